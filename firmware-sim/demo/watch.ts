import type { Clock } from '#kernel/clock.js'
import { failSim } from '../errors.js'
import { type LiveFigures, committedOf, liveFigures } from './figures.js'
import type { MessageTail } from './message-tail.js'
import type { Progress } from './progress.js'
import { type Sample, parseMetrics } from './prometheus.js'
import type { Integrity, ServerApi } from './server-api.js'
import type { RunningEstate } from './start-estate.js'

/** Metrics of each gateway by its id. */
export type GatewayMetrics = ReadonlyMap<string, readonly Sample[]>

const READ_MS = 10_000

/** Reads all gateways' metrics pages. @throws AppError SIM_DEMO_GATEWAY where one does not answer */
export async function readMetrics(estates: readonly RunningEstate[]): Promise<GatewayMetrics> {
  const pages = await Promise.all(estates.map(async ({ gatewayId, metricsUrl, plan }) => {
    const response = await fetch(metricsUrl, { signal: AbortSignal.timeout(READ_MS) }).catch((cause: unknown) => {
      throw failSim('SIM_DEMO_GATEWAY', { estate: plan.estateId, url: metricsUrl, reason: 'no answer' }, cause)
    })
    return [gatewayId, parseMetrics(await response.text())] as const
  }))
  return new Map(pages)
}

export interface WatchDeps {
  readonly estates: readonly RunningEstate[]
  readonly messages: MessageTail
  readonly clock: Clock
  readonly progress: Progress
  readonly startedMs: number
  readonly isTty: boolean
}

/** Looks this often until the first door opens, so that its time is known. */
const EAGER_MS = 250
const LIVE_MS = { terminal: 2_000, plain: 10_000 }

const clockText = (ms: number): string => {
  const seconds = Math.floor(ms / 1_000)
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
}

const liveText = ({ frames, granted, refused, opened, backlog }: LiveFigures): string =>
  `${frames} frames · ${granted} granted · ${refused} refused · ${opened} doors opened · ${backlog} records to send`

/** A pause that holds the process alive. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

/**
 * Shows what happens until `ended` resolves. A gateway too busy to answer is left out of one look; one that ended is
 * the supervisor's to report.
 * @returns seconds from the start of the demo to the first opened door, null where none opened
 */
export async function watch(deps: WatchDeps, ended: Promise<void>): Promise<number | null> {
  const { clock, progress } = deps
  let isOver = false
  void ended.then(() => (isOver = true))
  let firstOpenMs: number | null = null
  let shownAtMs = clock.monoMs()
  const look = (figures: LiveFigures): void => {
    const nowMs = clock.monoMs()
    const sinceMs = nowMs - deps.startedMs
    if (firstOpenMs === null && figures.opened > 0) {
      firstOpenMs = sinceMs
      progress.line(`First door opened ${(sinceMs / 1_000).toFixed(1)} s after the start.`)
    }
    if (nowMs - shownAtMs < (deps.isTty ? LIVE_MS.terminal : LIVE_MS.plain)) return
    shownAtMs = nowMs
    progress.live(`${clockText(sinceMs)}  ${liveText(figures)}`)
  }
  while (!isOver) {
    deps.messages.look()
    await readMetrics(deps.estates).then((metrics) => look(liveFigures([...metrics.values()].flat())), () => undefined)
    await Promise.race([ended, pause(firstOpenMs === null ? EAGER_MS : 1_000)])
  }
  progress.settle()
  return firstOpenMs === null ? null : Math.round(firstOpenMs / 100) / 10
}

const DRAIN_LOOK_MS = 500
const DRAIN_QUIET_MS = 2_000
const DRAIN_MS_MAX = 120_000

export interface Drained {
  readonly metrics: GatewayMetrics
  readonly integrity: Integrity
}

interface LogState {
  readonly estate: string
  readonly committed: number
  readonly atServer: number
  readonly backlog: number
}

function logStates(estates: readonly RunningEstate[], { metrics, integrity }: Drained): LogState[] {
  return estates.map(({ gatewayId, plan }) => {
    const gateway = integrity.gateways.find((known) => known.gatewayId === gatewayId)
    const samples = metrics.get(gatewayId) ?? []
    return {
      estate: plan.estateId,
      committed: gateway === undefined ? 0 : committedOf(gateway, samples),
      atServer: gateway?.epochs.reduce((sum, epoch) => sum + epoch.contiguousSeq, 0) ?? -1,
      backlog: liveFigures(samples).backlog,
    }
  })
}

/**
 * Waits until every gateway's log has stood still for 2 s and the server has all of it.
 * @throws AppError SIM_DEMO_DRAIN where that takes more than two minutes, with what is left
 */
export async function drain(estates: readonly RunningEstate[], api: ServerApi, clock: Clock): Promise<Drained> {
  const startedMs = clock.monoMs()
  let quietSinceMs = startedMs
  let before = -1
  for (;;) {
    const seen: Drained = { metrics: await readMetrics(estates), integrity: await api.integrity() }
    const logs = logStates(estates, seen)
    const left = logs.filter((log) => log.backlog > 0 || log.committed !== log.atServer)
    const committed = logs.reduce((sum, log) => sum + log.committed, 0)
    if (committed !== before) quietSinceMs = clock.monoMs()
    before = committed
    if (left.length === 0 && clock.monoMs() - quietSinceMs >= DRAIN_QUIET_MS) return seen
    if (clock.monoMs() - startedMs > DRAIN_MS_MAX) throw failSim('SIM_DEMO_DRAIN', { left })
    await pause(DRAIN_LOOK_MS)
  }
}
