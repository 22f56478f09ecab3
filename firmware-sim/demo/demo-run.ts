import { readFileSync } from 'node:fs'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { createFaceSource } from '../frames/face-source.js'
import type { DemoOptions } from './demo-options.js'
import { type PlannedEstate, planEstate } from './demo-plan.js'
import { type DemoPaths, type StateFile, demoPaths, deleteDemo, openDemo } from './demo-state.js'
import { type DemoFigures, demoFigures } from './figures.js'
import { writeJsonFile } from './json-file.js'
import type { Part } from './part.js'
import { createMessageTail } from './message-tail.js'
import type { Progress } from './progress.js'
import { ensureBills } from './provision-bills.js'
import { ensureTreasuryTerms } from './provision-treasury.js'
import { ensureEstate } from './provision-server.js'
import { type RunningChannels, freePort, startChannels } from './start-channels.js'
import { type RunningEstate, startEstate } from './start-estate.js'
import { type RunningServer, ensureExampleUsers, startServer } from './start-server.js'
import { type Supervisor, createSupervisor, endLeftovers } from './supervisor.js'
import { type Drained, drain, pause, watch } from './watch.js'

/** Compiled entry points of the programs. */
export interface Programs {
  readonly server: string
  readonly gateway: string
  readonly simulator: string
  readonly channels: string
}

export interface DemoDeps {
  readonly options: DemoOptions
  readonly programs: Programs
  readonly clock: Clock
  readonly random: RandomSource
  readonly progress: Progress
  /** Resolves when the user wants the end. */
  readonly asked: Promise<void>
}

interface Running {
  readonly channels: RunningChannels
  readonly server: RunningServer
  readonly estates: readonly RunningEstate[]
  readonly cameras: Part
}

/** Gateways started at once: each loads its models, and two cores are common. */
const STARTS_AT_ONCE = 2

async function inTurn<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return results
}

function announce(progress: Progress, { channels, server, estates }: Running, paths: DemoPaths): void {
  progress.line('')
  const [resident] = estates[0]?.plan.persons ?? []
  progress.line(`  Residents' page, for a phone: ${server.origin}/`)
  if (resident !== undefined) progress.line(`        ${resident.phone} ${resident.displayName}; the code appears here, and where phones get SMS: ${channels.messageOrigin}/`)
  progress.line(`  Cashier, in place of WeChat Pay and Alipay: ${channels.origin}/`)
  progress.line(`  Page: ${server.origin}/manager`)
  for (const { loginName, password, displayName } of server.logins) {
    progress.line(`        ${loginName.padEnd(8)} ${password.padEnd(26)} ${displayName}`)
  }
  for (const { plan, deskUrl } of estates) progress.line(`  Desk of ${plan.name}: ${deskUrl}/  (guard, manager; works without the server)`)
  progress.line(`  The logins are in ${paths.logins}, the parts' logs in ${paths.logDir}.`)
  progress.line('')
}

async function startAll(deps: DemoDeps, paths: DemoPaths, state: StateFile, supervisor: Supervisor): Promise<Running> {
  const { options, programs, progress, clock, random } = deps
  const plans: PlannedEstate[] = Array.from({ length: options.estates }, (_, estate) => planEstate(estate, options.cameras))
  const port = await freePort(options.port)
  const channels = await progress.step('sandbox of the payment channels and of SMS', () => startChannels({ main: programs.channels, paths, supervisor }))
  const server = await progress.step('server', () =>
    startServer({ main: programs.server, paths, port, channels, firstEstateId: plans[0]?.estateId ?? '', random, supervisor, pause }))
  await progress.step(`register: ${plans.length} ${plans.length === 1 ? 'estate' : 'estates'}`, async () => {
    for (const plan of plans) await ensureEstate({ api: server.api, state, paths, clock }, plan)
    await ensureExampleUsers(server)
    await ensureBills({ origin: server.origin, logins: server.logins, clock }, plans.map((plan) => plan.estateId))
    await ensureTreasuryTerms(server, plans.map((plan) => plan.estateId))
  })
  const faces = createFaceSource()
  const load = { fps: options.fps, workers: plans.length === 1 ? 2 : 1 }
  const estates = await inTurn(plans, STARTS_AT_ONCE, (plan) => progress.step(`gateway of ${plan.name}, ${plan.district}`, () =>
    startEstate({ main: programs.gateway, paths, state, supervisor, faces, pause }, server, plan, load)))
  for (const refused of estates.flatMap((estate) => estate.refused)) progress.line(`  not enrolled: ${refused}`)
  const chance = ['--seed', String(options.seed), '--faults', options.faults]
  const simulator = (name: string, file: string) =>
    supervisor.start(name, [programs.simulator, '--devices', file, ...chance, '--state', paths.simDir, '--json'])
  return progress.step('controllers, cameras, readers and tills', async () => {
    writeJsonFile(paths.controllersFile, { devices: estates.flatMap((estate) => estate.controllers) })
    writeJsonFile(paths.camerasFile, { devices: estates.flatMap((estate) => [...estate.cameras, ...estate.readers, ...estate.tills]) })
    const controllers = simulator('controllers', paths.controllersFile)
    const [{ part: cameras }] = await Promise.all([simulator('cameras', paths.camerasFile), controllers])
    return { channels, server, estates, cameras }
  })
}

/** Resident memory of the parts by program, where the system tells it. */
function memoryMb(parts: readonly Part[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { name, pid } of parts) {
    try {
      const [, kb = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
      const program = name.replace(/-.*/, '')
      sums[program] = (sums[program] ?? 0) + Math.round(Number(kb) / 1_024)
    } catch {
      continue
    }
  }
  return sums
}

type Figures = Omit<DemoFigures, 'cleanShutdown'>

async function runAndDrain(deps: DemoDeps, paths: DemoPaths, state: StateFile, supervisor: Supervisor): Promise<Figures | undefined> {
  const { options, progress, clock } = deps
  const startedMs = clock.monoMs()
  const starting = startAll(deps, paths, state, supervisor)
  starting.catch(() => undefined)
  const running = await Promise.race([starting, deps.asked])
  if (running === undefined) return undefined
  announce(progress, running, paths)
  const messages = createMessageTail({ path: paths.messages, progress })
  const watchedMs = clock.monoMs()
  const timeUp = options.forSeconds === undefined ? deps.asked : Promise.race([deps.asked, pause(options.forSeconds * 1_000)])
  const secondsToFirstOpen = await watch({ estates: running.estates, messages, clock, progress, startedMs, isTty: process.stdout.isTTY }, timeUp)
  if (options.forSeconds === undefined && !options.json) return undefined
  const rssMb = memoryMb(supervisor.parts())
  const seconds = Math.round((clock.monoMs() - watchedMs) / 100) / 10
  const drained: Drained = await progress.step('cameras stop, the gateways hand over what is left', async () => {
    await supervisor.stop(running.cameras)
    await running.server.login()
    return drain(running.estates, running.server.api, clock)
  })
  const { estates, cameras, fps } = options
  return demoFigures({ ...drained, run: { estates, cameras: estates * cameras, fps, seconds, secondsToFirstOpen, rssMb } })
}

/**
 * Brings everything up, watches it, and takes it down in reverse order, whatever happened.
 * @returns the figures where they were asked for, and whether every part ended cleanly
 * @throws AppError SIM_DEMO_*
 */
export async function runDemo(deps: DemoDeps): Promise<{ figures: DemoFigures | undefined; clean: boolean }> {
  const { options, progress } = deps
  const paths = demoPaths(options.dataDir)
  const leftovers = await endLeftovers(paths.pidFile, options.dataDir, pause)
  if (leftovers > 0) progress.line(`  ended ${leftovers} processes that an earlier run left behind`)
  if (options.fresh) deleteDemo(options.dataDir)
  const state = openDemo(options.dataDir)
  const supervisor = createSupervisor({ pidFile: paths.pidFile, logDir: paths.logDir })
  const kill = (): void => supervisor.killAll()
  process.once('exit', kill)
  const down = (): Promise<boolean> => progress.step('everything stops', () => supervisor.stopAll())
  let figures: Figures | undefined
  try {
    figures = await Promise.race([runAndDrain(deps, paths, state, supervisor), supervisor.failure])
  } catch (error) {
    progress.settle()
    await down()
    throw error
  }
  const clean = await down()
  return { figures: figures === undefined ? undefined : { ...figures, cleanShutdown: clean }, clean }
}
