import type { SeqRange } from '../sync/range-rules.js'

/** What of `ranges` is not in `others`. Both ascending, disjoint; so is the result. */
export function without(ranges: readonly SeqRange[], others: readonly SeqRange[]): SeqRange[] {
  const left: SeqRange[] = []
  let next = 0
  for (const { from, to } of ranges) {
    let start = from
    while ((others[next]?.to ?? Infinity) < start) next += 1
    for (let index = next; start <= to; index += 1) {
      const other = others[index]
      if (other === undefined || other.from > to) {
        left.push({ from: start, to })
        break
      }
      if (other.from > start) left.push({ from: start, to: other.from - 1 })
      start = other.to + 1
    }
  }
  return left
}

/** Collects numbers that come ascending into ranges. */
export function createRangeCollector(): { add(seq: number): void; readonly ranges: SeqRange[] } {
  const ranges: SeqRange[] = []
  return {
    add(seq) {
      const last = ranges.at(-1)
      if (last?.to === seq - 1) ranges[ranges.length - 1] = { from: last.from, to: seq }
      else ranges.push({ from: seq, to: seq })
    },
    ranges,
  }
}
