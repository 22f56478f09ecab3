import { Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '#kernel/clock.js'
import type { CampaignSummary, FoundViolation } from '../simulation/campaign.js'
import { runInOwnGroup } from '../support/own-group.js'
import { memoryFolder } from '../support/run-folders.js'

// What runs is imported where it runs: help and a wrong option need none of it.

const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number from 0.')
  return value
}

interface Options {
  readonly seed: number
  readonly runs: number
  readonly json: boolean
  readonly processes: boolean
  readonly history: boolean
  readonly shrink: boolean
  readonly planted: boolean
  readonly first: boolean
  readonly campaign: 'estate' | 'money'
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)

function sayFound({ seed, violations, shortest, history }: FoundViolation): void {
  say(`\nseed ${seed} breaks:`)
  for (const { invariant, atMs, what } of violations.slice(0, 5)) say(`  ${invariant} at ${(atMs / 1_000).toFixed(3)} s: ${what}`)
  say(`\nthe shortest history found, ${shortest.length} happenings:`)
  for (const line of shortest) say(`  ${line}`)
  say('\nits end:')
  for (const line of history) say(`  ${line}`)
  say(`\nto repeat it: npm run chaos -- --seed ${seed} --runs 1`)
}

async function simulate({ seed, runs, json, history, shrink }: Options): Promise<boolean> {
  const [{ runCampaign }, { makePlan }, { makeTemplate }, { runWorld }] = await Promise.all(
    [import('../simulation/campaign.js'), import('../simulation/plan.js'), import('../simulation/template.js'), import('../simulation/world.js')])
  const template = await makeTemplate(memoryFolder())
  try {
    if (history) {
      const { tail, violations, digest } = await runWorld(template, makePlan(seed), Number.MAX_SAFE_INTEGER / 4)
      for (const line of tail) process.stdout.write(`${line}\n`)
      say(`digest ${digest}, ${violations.length} violations`)
      return violations.length === 0
    }
    const summary: CampaignSummary = await runCampaign(template, { seed, runs, onLine: say, shrinks: shrink }, systemClock.monoMs)
    if (summary.found !== null) sayFound(summary.found)
    const text = { layer: 'simulation', seed, ...summary }
    process.stdout.write(`${json ? JSON.stringify(text) : JSON.stringify(text, null, 2)}\n`)
    return summary.found === null
  } finally {
    await template.close()
  }
}

/** Each planted bug must be found; one that is not is a hole in the campaign. */
async function huntAll({ seed, runs, json }: Options): Promise<boolean> {
  const { PLANTED, huntPlanted } = await import('../simulation/planted.js')
  const results = PLANTED.map((bug) => {
    const result = huntPlanted(bug, { seed, runs, folder: memoryFolder() })
    say(`${result.bug}: ${result.invariant === null ? 'NOT FOUND' : `found by ${result.invariant}`} after ${result.runs} worlds, ${result.seconds} s: ${result.what ?? ''}`)
    return result
  })
  process.stdout.write(`${JSON.stringify({ layer: 'planted', seed, results }, null, json ? 0 : 2)}\n`)
  return results.every(({ invariant }) => invariant !== null)
}

async function runRealProcesses({ seed, runs, json }: Options): Promise<boolean> {
  const { runProcesses } = await import('./processes.js')
  const summary = await runProcesses({ seed, runs, onLine: say })
  const text = { layer: 'processes', seed, ...summary }
  process.stdout.write(`${json ? JSON.stringify(text) : JSON.stringify(text, null, 2)}\n`)
  // A run that came to no verdict is no clean one.
  return summary.clean === summary.runs
}

/** As `huntAll`, of what a power cut shows. */
async function huntCuts({ seed, runs, json }: Options): Promise<boolean> {
  const { huntPlantedCuts } = await import('./planted-cuts.js')
  const results = await huntPlantedCuts({ seed, cuts: runs, onLine: say })
  process.stdout.write(`${JSON.stringify({ layer: 'planted power cuts', seed, results }, null, json ? 0 : 2)}\n`)
  return results.every(({ violations }) => violations.length > 0)
}

/** As `huntAll`, of the money's. */
async function huntMoney({ seed, runs, json }: Options): Promise<boolean> {
  const { PLANTED_MONEY, huntMoneyBug } = await import('../chaos-money/planted.js')
  const results = PLANTED_MONEY.map((bug) => {
    const result = huntMoneyBug(bug, { seed, runs, folder: memoryFolder() })
    say(`${result.bug}: ${result.what === null ? 'NOT FOUND' : 'found'} after ${result.worlds} worlds, ${result.seconds} s: ${result.what ?? ''}`)
    return result
  })
  process.stdout.write(`${JSON.stringify({ layer: 'planted money', seed, results }, null, json ? 0 : 2)}\n`)
  return results.every(({ what }) => what !== null)
}

/** Payments by a real server process. */
async function runMoneyProcesses({ seed, runs, json }: Options): Promise<boolean> {
  const money = await import('../chaos-money/process-runs.js')
  const report = await money.runMoneyProcesses({ seed, runs, onLine: say })
  process.stdout.write(`${json ? JSON.stringify(report) : JSON.stringify(report, null, 2)}\n`)
  return report.clean === report.runs
}

async function runMoneyCampaign({ seed, runs, json, first }: Options): Promise<boolean> {
  const { runMoney } = await import('../chaos-money/money.js')
  const summary = await runMoney({ seed, runs, first, onLine: say })
  process.stdout.write(`${json ? JSON.stringify(summary) : JSON.stringify(summary, null, 2)}\n`)
  return summary.violations.length === 0
}

const program = new Command('chaos').description('The fault campaign: whole estates live through what goes wrong, and nothing may be lost, repeated or opened late.')
  .option('--seed <n>', 'of the first run; each further run has the next one', whole, 1)
  .option('--runs <n>', 'how many', whole, 1_000)
  .addOption(new Option('--campaign <name>', 'estate: gates, devices and records; money: payments').choices(['estate', 'money']).default('estate'))
  .option('--json', 'one JSON object on the last line', false)
  .option('--processes', 'real processes, killed for real, instead of simulated ones', false)
  .option('--no-shrink', 'does not look for the shortest history of what it finds')
  .option('--planted', 'plants known bugs in copies of the program, one at a time, and shows that the simulation finds each; with --processes, that power cuts do', false)
  .option('--first', 'money: ends with the first run that breaks something', false)
  .option('--history', 'prints everything that happens in the simulated world of the seed', false)
  .action(async (options: Options) => {
    const [money, estate] = options.processes ? [runMoneyProcesses, runRealProcesses] : [runMoneyCampaign, simulate]
    const campaign = options.campaign === 'money' ? money : estate
    const hunt = options.campaign === 'money' ? huntMoney : options.processes ? huntCuts : huntAll
    const isClean = await (options.planted ? hunt : campaign)(options)
    process.exitCode = isClean ? 0 : 1
  })

await runInOwnGroup()
await program.parseAsync()
