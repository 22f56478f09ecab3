import type { RecordOf } from '#contract/sync-records.js'
import { dayStartMs } from '../gate-state/gate-state-rules.js'

/** What a passage came to: `granted`, or why it was refused. */
export const decisionOf = ({ result, reason }: Pick<RecordOf<'passage.v2'>, 'result' | 'reason'>): string => (result === 'granted' ? 'granted' : reason ?? 'refused')

export interface AccessTally {
  readonly hourStartMs: number
  readonly way: string
  readonly decision: string
  readonly passages: number
  readonly attempts: number
}

export interface WaitTally {
  readonly dayStartMs: number
  readonly way: string
  readonly waitBin: number
  readonly passages: number
}

const HOUR_MS = 3_600_000
const hourStartMs = (ms: number): number => Math.floor(ms / HOUR_MS) * HOUR_MS
/** Hour of the day in Jiangmen, 0 to 23. */
export const hourOfDay = (ms: number): number => Math.floor((ms - dayStartMs(ms)) / HOUR_MS)

/** Waits fall into intervals that grow by a tenth: up to 50 ms the first, the last from about 10 minutes on. */
const BIN_FIRST_MS = 50
const BIN_GROWTH = 1.1
const BINS = 100
export const waitBin = (ms: number): number =>
  Math.min(BINS - 1, Math.max(0, Math.ceil(Math.log(ms / BIN_FIRST_MS) / Math.log(BIN_GROWTH))))
/** Middle of an interval, milliseconds: what a wait in it is shown as, off by a twentieth at most. */
export const binMs = (bin: number): number => (bin === 0 ? BIN_FIRST_MS / 2 : BIN_FIRST_MS * BIN_GROWTH ** (bin - 0.5))

type Counted = Pick<RecordOf<'passage.v2'>, 'way' | 'result' | 'reason' | 'attempts' | 'waitMs' | 'occurredAtMs'>

/** Counts passages by hour, way and decision, and the waits of those who were let in by day and way. */
export function talliesOf(passages: readonly Counted[]): { readonly tallies: AccessTally[]; readonly waits: WaitTally[] } {
  const tallies = new Map<string, AccessTally>()
  const waits = new Map<string, WaitTally>()
  for (const passage of passages) {
    const { way, attempts, occurredAtMs, waitMs } = passage
    const hour = hourStartMs(occurredAtMs)
    const decision = decisionOf(passage)
    const key = `${hour} ${way} ${decision}`
    const known = tallies.get(key)
    tallies.set(key, { hourStartMs: hour, way, decision, passages: (known?.passages ?? 0) + 1, attempts: (known?.attempts ?? 0) + attempts })
    if (passage.result !== 'granted' || waitMs === null) continue
    const day = dayStartMs(occurredAtMs)
    const bin = waitBin(waitMs)
    const waitKey = `${day} ${way} ${bin}`
    waits.set(waitKey, { dayStartMs: day, way, waitBin: bin, passages: (waits.get(waitKey)?.passages ?? 0) + 1 })
  }
  return { tallies: [...tallies.values()], waits: [...waits.values()] }
}

/** The value below which `part` of a histogram's passages waited, milliseconds; null of an empty one. */
export function quantileMs(histogram: ReadonlyMap<number, number>, part: number): number | null {
  const bins = [...histogram].sort(([a], [b]) => a - b)
  const total = bins.reduce((sum, [, passages]) => sum + passages, 0)
  if (total === 0) return null
  let seen = 0
  for (const [bin, passages] of bins) {
    seen += passages
    if (seen >= part * total) return binMs(bin)
  }
  return null
}
