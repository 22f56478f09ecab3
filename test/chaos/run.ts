import { eventually } from '../flow/support/child.js'
import { ESTATE, GATE } from '../flow/support/estate-under-test.js'
import { type Evidence, readEvidence } from './evidence.js'
import { acknowledgedIsKept, doorsOpenedByGrants, logIsAtTheServer, nothingHoldsAFace, paidOnce, withdrawnIsGone } from './invariants.js'
import { readJournal } from './journals.js'
import type { Fault, Step } from './plan.js'
import { type World, type WorldDeps, createWorld } from './world.js'

export interface RunResult {
  readonly seed: number
  readonly violations: readonly string[]
  /** Why it did not come to its verdict: a process that hangs, or a machine that is too slow. */
  readonly unfinished: string | null
  readonly seconds: number
  /** How often each fault was done; a power cut counts where the gateway ended by it. */
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  readonly records: number
  readonly acknowledged: number
  readonly opened: number
}

const TICK_MS = 50
/** Longer than any fault lasts, and than a gateway takes to come back on two busy cores. */
const HEAL_MS_MAX = 240_000
const AFTER_LAST_STEP_MS = 700

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What a run has done so far, and what waits to be undone. */
interface Doing {
  readonly world: World
  readonly faults: Partial<Record<Fault, number>>
  withdrawn: boolean
  /** The return of a part that is away: at most one at a time each. */
  gatewayBack: Promise<void> | undefined
  serverBack: Promise<void> | undefined
  readonly undo: Array<{ readonly atMs: number; readonly act: () => void }>
}

const count = (doing: Doing, fault: Fault): void => void (doing.faults[fault] = (doing.faults[fault] ?? 0) + 1)

/** Begins the gateway's next life; one that a power cut ends before it was open is followed by one that none ends. */
async function gatewayAgain(doing: Doing): Promise<void> {
  for (;;) {
    try {
      return await doing.world.startGateway()
    } catch (error) {
      if (doing.world.estate.running || !doing.world.isArmed()) throw error
      count(doing, 'power-cut')
      doing.world.arm(undefined)
    }
  }
}

function bringBack(doing: Doing): void {
  const { world } = doing
  if (!world.estate.running && doing.gatewayBack === undefined) {
    if (world.isArmed()) count(doing, 'power-cut')
    world.arm(undefined)
    doing.gatewayBack = gatewayAgain(doing).finally(() => { doing.gatewayBack = undefined })
  }
}

/** Asks the server for something that may well fail while it is away. */
const asked = (request: Promise<unknown>): Promise<boolean> => request.then(() => true, () => false)

const ACTS: Readonly<Record<Fault, (doing: Doing, step: Step, nowMs: number) => Promise<void> | void>> = {
  async 'gateway-killed'(doing) {
    if (doing.gatewayBack !== undefined) return
    await doing.world.estate.kill()
    doing.world.arm(undefined)
  },
  async 'power-cut'(doing, { calls }) {
    if (doing.gatewayBack !== undefined) return
    await doing.world.estate.kill()
    doing.world.arm({ calls })
    doing.gatewayBack = gatewayAgain(doing).finally(() => { doing.gatewayBack = undefined })
  },
  async 'server-killed'(doing, { forMs }, nowMs) {
    if (doing.serverBack !== undefined) return
    await doing.world.server.kill()
    let back = (): void => undefined
    doing.serverBack = new Promise<void>((resolve) => { back = resolve }).then(() => doing.world.startServer()).finally(() => { doing.serverBack = undefined })
    doing.undo.push({ atMs: nowMs + forMs, act: back })
  },
  'uplink-cut'(doing, { forMs }, nowMs) {
    doing.world.uplink.cut()
    doing.undo.push({ atMs: nowMs + forMs, act: () => doing.world.uplink.restore() })
  },
  'broker-killed': (doing, { forMs }) => doing.world.broker?.restart(() => pause(forMs)),
  'gateway-stalled'(doing, { forMs }, nowMs) {
    if (!doing.world.estate.running) return
    doing.world.estate.signal('SIGSTOP')
    doing.undo.push({ atMs: nowMs + forMs, act: () => doing.world.estate.signal('SIGCONT') })
  },
  'server-stalled'(doing, { forMs }, nowMs) {
    doing.world.server.signal('SIGSTOP')
    doing.undo.push({ atMs: nowMs + forMs, act: () => doing.world.server.signal('SIGCONT') })
  },
  'disk-full'(doing, { forMs }, nowMs) {
    doing.world.disk('full')
    doing.undo.push({ atMs: nowMs + forMs, act: () => doing.world.disk('free') })
  },
  async 'door-ordered'({ world }) {
    await asked(world.server.api('POST', `/api/estates/${ESTATE}/gates/${GATE}/open`, { reason: 'other', note: 'chaos' }))
  },
  async 'consent-withdrawn'(doing) {
    doing.withdrawn = await asked(doing.world.server.api('POST', `/api/consents/${doing.world.base.resident.consentId}/withdraw`)) || doing.withdrawn
  },
}

async function play(doing: Doing, steps: readonly Step[]): Promise<void> {
  const beganMs = performance.now()
  const waiting = [...steps]
  const untilMs = (steps.at(-1)?.atMs ?? 0) + AFTER_LAST_STEP_MS
  for (let nowMs = 0; nowMs < untilMs; nowMs = performance.now() - beganMs) {
    for (let step = waiting[0]; step !== undefined && step.atMs <= nowMs; step = waiting[0]) {
      waiting.shift()
      if (step.fault !== 'power-cut') count(doing, step.fault)
      // A request of the server may take its time, and the next fault need not wait for it.
      const acted = ACTS[step.fault](doing, step, nowMs)
      if (step.fault !== 'door-ordered' && step.fault !== 'consent-withdrawn') await acted
    }
    for (const [index, { atMs, act }] of [...doing.undo.entries()].reverse()) {
      if (atMs > nowMs) continue
      doing.undo.splice(index, 1)
      act()
    }
    bringBack(doing)
    await pause(TICK_MS)
  }
}

/** Everything is well again: what is dead is started, what is cut is mended, and what waits is told. */
async function heal(doing: Doing): Promise<void> {
  const { world } = doing
  for (const { act } of doing.undo.splice(0)) act()
  world.estate.signal('SIGCONT')
  world.server.signal('SIGCONT')
  await Promise.all([doing.gatewayBack, doing.serverBack])
  if (world.isArmed()) {
    await world.estate.kill()
    bringBack(doing)
    await doing.gatewayBack
  }
  const before = readJournal(world.dir).acknowledged.size
  await eventually('the controller is heard again', () => (readJournal(world.dir).acknowledged.size > before ? true : undefined), HEAL_MS_MAX)
  await world.devices()?.stop()
  await eventually('everything is at the server', async () => {
    const { state, log } = await world.health()
    return state === 'open' && log?.backlogRecords === 0 ? true : undefined
  }, HEAL_MS_MAX)
}

/** Of the resident whose face may be withdrawn: waits until that has come to its end. */
async function withdrawalIsOver({ world, withdrawn }: Doing): Promise<void> {
  if (!withdrawn) return
  await eventually('the withdrawal is acknowledged', async () => {
    const { face, log } = await world.health()
    return face?.galleryPersons === 0 && log?.backlogRecords === 0 ? true : undefined
  }, HEAL_MS_MAX)
}

function judge(evidence: Evidence, { world, withdrawn }: Doing): string[] {
  return [
    ...acknowledgedIsKept(evidence), ...logIsAtTheServer(evidence), ...doorsOpenedByGrants(evidence), ...paidOnce(evidence),
    ...withdrawnIsGone(evidence, world.base.resident, withdrawn), ...nothingHoldsAFace(evidence),
  ]
}

/** One run, from a fresh copy of the base to its verdict. Where that is bad its folder stays. */
export async function runOnce(deps: WorldDeps): Promise<RunResult> {
  const beganMs = performance.now()
  const { seed, steps } = deps.plan
  const world = await createWorld(deps)
  const doing: Doing = { world, faults: {}, withdrawn: false, gatewayBack: undefined, serverBack: undefined, undo: [] }
  let violations: string[] = []
  let unfinished: string | null = null
  let evidence: Evidence | undefined
  try {
    await Promise.all([world.startServer(), world.startGateway(), world.play()])
    await play(doing, steps)
    await heal(doing)
    await withdrawalIsOver(doing)
    await Promise.all([world.estate.kill(), world.server.kill()])
    evidence = await readEvidence(world.dir, deps.base.gatewayId)
    violations = judge(evidence, doing)
  } catch (error) {
    unfinished = error instanceof Error ? error.message : String(error)
  }
  await world.end(violations.length > 0)
  return {
    seed, violations, unfinished, seconds: Math.round((performance.now() - beganMs) / 100) / 10, faults: doing.faults, records: evidence?.log.length ?? 0,
    acknowledged: evidence?.journal.acknowledged.size ?? 0,
    opened: [...(evidence?.journal.kept.values() ?? [])].filter((message) => message.kind === 'commandResult' && message.payload.outcome === 'executed').length,
  }
}
