import type { CameraReport, ControllerReport, ReaderReport, TillReport } from '../device/device.js'
import type { OemReport } from '../oem/oem-terminal.js'
import type { PassageCacheFigures } from '../frames/passage-cache.js'

/** Everything the simulator counted in one run: the last line of `--json`. */
export interface SimReport {
  readonly seconds: number
  readonly cameras: number
  readonly controllers: number
  readonly connects: number
  readonly reboots: number
  readonly framesSent: number
  readonly framesSkipped: number
  readonly resultsShown: Readonly<Record<string, number>>
  /** Frame handed to the network → result shown, milliseconds; null where no result came. */
  readonly resultMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null
  readonly readers: number
  readonly presented: number
  readonly presentationAnswers: Readonly<Record<string, number>>
  /** Presentation handed to the network → answer, milliseconds; null where none came. */
  readonly answerMs: SimReport['resultMs']
  readonly commandsReceived: number
  readonly commandsExecuted: number
  readonly commandsRefused: Readonly<Record<string, number>>
  readonly doorsOpened: number
  readonly eventsAcknowledged: number
  readonly eventsPending: number
  readonly eventsLost: number
  readonly notices: Readonly<Record<string, number>>
  /** Payment terminals, each. */
  readonly tills: readonly TillReport[]
  /** Face terminals of other makers, each. */
  readonly terminals: readonly OemReport[]
  readonly framesRendered: number
  readonly renderMsMean: number
  readonly rssMb: number
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

function merged(counts: ReadonlyArray<Readonly<Record<string, number>>>): Record<string, number> {
  const total: Record<string, number> = {}
  for (const one of counts) for (const [name, value] of Object.entries(one)) total[name] = (total[name] ?? 0) + value
  return total
}

/** The smallest value that at least `share` of all are not above; `sorted` is ascending and not empty. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number

const round = (value: number): number => Math.round(value * 10) / 10

/** Adds up the devices' own reports. */
export function simReport(
  { cameras, controllers, readers, tills, terminals }: {
    cameras: readonly CameraReport[]; controllers: readonly ControllerReport[]; readers: readonly ReaderReport[]; tills: readonly TillReport[]
    terminals: readonly OemReport[]
  },
  run: { seconds: number; rssBytes: number; passages: PassageCacheFigures },
): SimReport {
  const spread = (times: readonly number[]): SimReport['resultMs'] => {
    const sorted = [...times].sort((a, b) => a - b)
    const at = (share: number): number => round(quantile(sorted, share))
    return sorted.length === 0 ? null : { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
  }
  return {
    seconds: round(run.seconds),
    cameras: cameras.length,
    controllers: controllers.length,
    connects: sum([...cameras, ...controllers, ...readers, ...tills].map((device) => device.connects)),
    reboots: sum(controllers.map((device) => device.reboots)),
    framesSent: sum(cameras.map((camera) => camera.framesSent)),
    framesSkipped: sum(cameras.map((camera) => camera.framesSkipped)),
    resultsShown: merged(cameras.map((camera) => camera.resultsShown)),
    resultMs: spread(cameras.flatMap((camera) => camera.resultMs)),
    readers: readers.length,
    presented: sum(readers.map((reader) => reader.presented)),
    presentationAnswers: merged(readers.map((reader) => reader.answers)),
    answerMs: spread(readers.flatMap((reader) => reader.resultMs)),
    commandsReceived: sum(controllers.map((device) => device.commandsReceived)),
    commandsExecuted: sum(controllers.map((device) => device.commandsExecuted)),
    commandsRefused: merged(controllers.map((device) => device.commandsRefused)),
    doorsOpened: sum(controllers.map((device) => device.doorsOpened)),
    eventsAcknowledged: sum(controllers.map((device) => device.eventsAcknowledged)),
    eventsPending: sum(controllers.map((device) => device.eventsPending)),
    eventsLost: sum(controllers.map((device) => device.eventsLost)),
    notices: merged([...cameras, ...controllers, ...readers, ...tills].map((device) => device.notices)),
    tills,
    terminals,
    framesRendered: run.passages.framesRendered,
    renderMsMean: round(run.passages.renderMsMean),
    rssMb: Math.round(run.rssBytes / 1_048_576),
  }
}
