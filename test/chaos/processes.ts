import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missing } from '../flow/support/gateway-rig.js'
import { type Base, makeBase } from './base.js'
import { FAULTS, planOf } from './plan.js'
import { compilePowerCut, copyProgram } from './program.js'
import { type RunResult, runOnce } from './run.js'

export interface ProcessRuns {
  /** Of the first run; each further one has the next. */
  readonly seed: number
  readonly runs: number
  /** Told of each run as it ends. */
  readonly onLine: (line: string) => void
}

export interface ProcessReport {
  readonly runs: number
  readonly clean: number
  readonly violations: ReadonlyArray<{ readonly seed: number; readonly found: readonly string[] }>
  /** Runs that did not come to a verdict, and why. */
  readonly unfinished: ReadonlyArray<{ readonly seed: number; readonly why: string }>
  readonly seconds: number
  /** How often each fault was done, over all runs. */
  readonly faults: Readonly<Record<string, number>>
  readonly records: number
  readonly acknowledged: number
  readonly opened: number
  /** What these runs went without, and why. */
  readonly without: readonly string[]
}

const sum = (results: readonly RunResult[], of: (result: RunResult) => number): number => results.reduce((all, result) => all + of(result), 0)

function reportOf(results: readonly RunResult[], seconds: number, without: readonly string[]): ProcessReport {
  const violations = results.filter(({ violations: found }) => found.length > 0).map(({ seed, violations: found }) => ({ seed, found }))
  const unfinished = results.flatMap(({ seed, unfinished: why }) => (why === null ? [] : [{ seed, why }]))
  return {
    runs: results.length, clean: results.length - violations.length - unfinished.length, violations, unfinished, seconds: Math.round(seconds),
    faults: Object.fromEntries(FAULTS.map((fault) => [fault, sum(results, ({ faults }) => faults[fault] ?? 0)])),
    records: sum(results, ({ records }) => records), acknowledged: sum(results, ({ acknowledged }) => acknowledged), opened: sum(results, ({ opened }) => opened), without,
  }
}

const verdictOf = ({ violations, unfinished }: RunResult): string => (violations.length > 0 ? 'VIOLATED' : unfinished === null ? 'clean' : 'UNFINISHED')

const lineOf = (result: RunResult): string => {
  const { seed, violations, unfinished, seconds, faults, records, acknowledged, opened } = result
  return `seed ${seed}: ${verdictOf(result)} in ${seconds} s, ${records} records, ${acknowledged} acknowledged, ${opened} doors; `
    + `${Object.entries(faults).map(([fault, times]) => `${fault} ${times}`).join(', ') || 'no fault'}${[...violations, ...(unfinished === null ? [] : [unfinished])].map((text) => `\n  ${text}`).join('')}`
}

/**
 * Real processes of server, gateway, devices and, where Mosquitto is installed, broker, with kills, cuts, stalls, full
 * disks and, where a C compiler is, power cuts at seeded moments; after each run the invariants of what is left.
 * @throws where something that the runs cannot do without is missing
 */
export async function runProcesses({ seed, runs, onLine }: ProcessRuns): Promise<ProcessReport> {
  const absent = missing()
  if (absent !== undefined) throw new Error(absent)
  const beganMs = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'))
  let base: Base | undefined
  const results: RunResult[] = []
  const without: string[] = []
  try {
    const root = copyProgram(join(folder, 'program'))
    const powerCut = compilePowerCut(folder)
    base = await makeBase(root)
    const library = 'library' in powerCut ? powerCut.library : undefined
    if ('missing' in powerCut) without.push(`no power cuts and no full disk: ${powerCut.missing}`)
    if (base.brokerPort === undefined) without.push('no broker of the estate\'s own: mosquitto is not installed')
    for (const line of without) onLine(line)
    for (let run = 0; run < runs; run++) {
      const plan = planOf(seed + run, { ownBroker: base.brokerPort !== undefined, powerCut: library !== undefined })
      const world = join(folder, `run-${plan.seed}`)
      const result = await runOnce({ base, plan, root, folder: world, library })
      results.push(result)
      onLine(lineOf(result))
      // Real processes never do quite the same again: what is left of this one is kept.
      if (result.violations.length > 0) onLine(`  its files are left in ${world}`)
    }
    return reportOf(results, (performance.now() - beganMs) / 1_000, without)
  } finally {
    const isKept = results.some(({ violations }) => violations.length > 0)
    if (base !== undefined) rmSync(base.dir, { recursive: true, force: true })
    if (!isKept) rmSync(folder, { recursive: true, force: true })
  }
}
