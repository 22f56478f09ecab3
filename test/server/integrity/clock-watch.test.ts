import { describe, expect, it } from 'vitest'
import { CLOCK_TOLERANCE_MS, type Stamped, createClockWatch } from '../../../server/integrity/clock-watch.js'

const REGISTERED_MS = 1_000_000_000
const HOUR_MS = 3_600_000
/** A record one second after another, received at once; `wallMs` is how far its wall clock is off. */
const record = (seq: number, change: { wallMs?: number; bootId?: string; waitMs?: number } = {}): Stamped => ({
  seq, bootId: change.bootId ?? 'a', monoMs: seq * 1_000, occurredAtMs: REGISTERED_MS + seq * 1_000 + (change.wallMs ?? 0),
  receivedAtMs: REGISTERED_MS + seq * 1_000 + (change.waitMs ?? 100),
})
function findings(...records: readonly Stamped[]) {
  const watch = createClockWatch(REGISTERED_MS)
  for (const one of records) watch.see(1, one)
  return watch.report().stretches
}
const from = (first: number, last: number, change: Parameters<typeof record>[1] = {}): Stamped[] =>
  Array.from({ length: last - first + 1 }, (_, index) => record(first + index, change))

describe('times that cannot be right', () => {
  it.each<[string, Stamped[], object[]]>([
    ['a good clock, whenever the uplink came back', [...from(1, 5, { waitMs: 40 * 24 * HOUR_MS }), ...from(6, 9)], []],
    ['within the tolerance', [...from(1, 3), ...from(4, 6, { wallMs: CLOCK_TOLERANCE_MS })], []],
    ['a clock that is ahead', [...from(1, 2), ...from(3, 5, { bootId: 'b', wallMs: HOUR_MS })], [{ epoch: 1, from: 3, to: 5, cause: 'ahead', offMs: HOUR_MS - 100 }]],
    ['a clock that was never set', from(1, 3, { wallMs: -REGISTERED_MS }), [{ epoch: 1, from: 1, to: 3, cause: 'behind', offMs: REGISTERED_MS - 1_000 }]],
    ['a clock that fell back at a restart', [...from(1, 10), ...from(11, 12, { bootId: 'b', wallMs: -HOUR_MS })], [{ epoch: 1, from: 11, to: 12, cause: 'behind', offMs: HOUR_MS - 1_000 }]],
    ['a clock that is set forward while the process runs', [...from(1, 3), ...from(4, 6, { bootId: 'b', waitMs: 2 * HOUR_MS }), ...from(7, 9, { bootId: 'b', wallMs: HOUR_MS, waitMs: 2 * HOUR_MS })],
      [{ epoch: 1, from: 4, to: 6, cause: 'set', offMs: HOUR_MS }]],
    ['a clock that is set back while the process runs: what follows is right',
      [...from(1, 3), ...from(4, 6, { bootId: 'b', wallMs: HOUR_MS, waitMs: 2 * HOUR_MS }), ...from(7, 9, { bootId: 'b', waitMs: 2 * HOUR_MS })],
      [{ epoch: 1, from: 4, to: 6, cause: 'set', offMs: HOUR_MS }]],
    ['one wrong record does not spoil those after it', [...from(1, 2), record(3, { bootId: 'b', wallMs: HOUR_MS }), ...from(4, 6, { bootId: 'c' })], [{ epoch: 1, from: 3, to: 3, cause: 'ahead', offMs: HOUR_MS - 100 }]],
  ])('%s', (_name, records, expected) => expect(findings(...records)).toEqual(expected))
})
