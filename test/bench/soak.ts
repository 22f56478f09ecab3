import { startLoad } from './estate-load.js'
import { memoryOf } from './memory.js'
import { readMetrics } from './prometheus.js'
import { spread } from './timing.js'

/**
 * The demo's estate: at each of two gates a card, code or PIN every 14 s and a face about every 7 s. Faces are looked at by workers whose
 * memory `bench memory` measures; here each passage comes by card, which leaves the same records.
 */
const NORMAL_PASSAGES_A_SECOND = 2 * (1 / 14 + 1 / 7)
const SAMPLE_MS = 10_000
const WARM_UP_SHARE = 0.25
const CARDS = 60

export interface SoakOptions {
  readonly minutes: number
  /** Times the normal rate. */
  readonly rate: number
}

interface Point {
  readonly seconds: number
  readonly gatewayMiB: number
  readonly serverMiB: number
  readonly backlog: number
}

/** MiB that memory grows in an hour, by least squares. */
function growthAnHour(points: readonly Point[], of: (point: Point) => number): number {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map(({ seconds }) => seconds)), mean(points.map(of))]
  const slope = points.reduce((sum, point) => sum + (point.seconds - x) * (of(point) - y), 0) / points.reduce((sum, { seconds }) => sum + (seconds - x) ** 2, 0)
  return Number((slope * 3_600).toFixed(1))
}

/** Real gateway and server, a page that watches, and passages at many times the normal rate: what memory does. */
export async function benchSoak({ minutes, rate }: SoakOptions) {
  const load = await startLoad('soak', CARDS)
  const { server, estate } = load.system
  const curve: Point[] = []
  const doorMs: number[] = []
  const liveMs: number[] = []
  const logSeq = async (): Promise<number> => Math.max(...Object.values((await readMetrics(estate.opsPort()))('gw_log_seq')))
  const seqBefore = await logSeq()
  const startedMs = performance.now()
  const sample = async (): Promise<void> => {
    const backlog = (await readMetrics(estate.opsPort()))('gw_backlog_records')['']
    const point = { seconds: Math.round((performance.now() - startedMs) / 1_000), gatewayMiB: memoryOf(estate.pid()).rssMiB, serverMiB: memoryOf(server.pid()).rssMiB, backlog: backlog ?? -1 }
    curve.push(point)
    process.stderr.write(`${JSON.stringify({ ...point, passages: load.passages() })}\n`)
  }
  const everyMs = 1_000 / (NORMAL_PASSAGES_A_SECOND * rate)
  const keep = (samples: number[]) => (ms: number): void => void samples.push(ms)
  const passing = setInterval(() => {
    const passed = load.pass()
    void passed.doorMs.then(keep(doorMs))
    void passed.liveMs.then(keep(liveMs))
  }, everyMs)
  const sampling = setInterval(() => void sample(), SAMPLE_MS)
  await new Promise((resolve) => setTimeout(resolve, minutes * 60_000))
  clearInterval(passing)
  clearInterval(sampling)
  while (doorMs.length < load.passages() || liveMs.length < load.passages()) await new Promise((resolve) => setTimeout(resolve, 200))
  await sample()
  const steady = curve.filter(({ seconds }) => seconds >= minutes * 60 * WARM_UP_SHARE)
  const passages = load.passages()
  const records = await logSeq() - seqBefore
  const answered = (samples: readonly number[]): number[] => samples.filter(Number.isFinite)
  await load.close()
  return {
    minutes, normalPassagesASecond: Number(NORMAL_PASSAGES_A_SECOND.toFixed(2)), rate, passages, records, recordsASecond: Number((records / (minutes * 60)).toFixed(1)),
    unanswered: passages - answered(doorMs).length, notOnThePage: passages - answered(liveMs).length,
    presentedToAnswerMs: spread(answered(doorMs)), presentedToPageMs: spread(answered(liveMs)),
    gateway: { steadyMiB: spread(steady.map(({ gatewayMiB }) => gatewayMiB)), growthMiBAnHour: growthAnHour(steady, ({ gatewayMiB }) => gatewayMiB) },
    server: { steadyMiB: spread(steady.map(({ serverMiB }) => serverMiB)), growthMiBAnHour: growthAnHour(steady, ({ serverMiB }) => serverMiB) }, curve,
  }
}
