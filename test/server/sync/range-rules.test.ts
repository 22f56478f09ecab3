import { describe, expect, it } from 'vitest'
import { type Run, addRuns, endingAt, highestSeq, missingRanges } from '../../../server/sync/range-rules.js'

/** A run of an honest chain: the hash at seq n is `h<n>`. */
const run = (from: number, to: number, change: Partial<Run> = {}): Run => ({ from, to, before: `h${from - 1}`, last: `h${to}`, ...change })
const covered = (contiguousSeq: number, ...ahead: Run[]) => ({ contiguousSeq, contiguousHash: `h${contiguousSeq}`, ahead })

describe('what is stored of an epoch', () => {
  it.each([
    ['the first records', covered(0), [run(1, 5)], covered(5), null],
    ['the next ones', covered(5), [run(6, 9)], covered(9), null],
    ['ones beyond a gap', covered(5), [run(8, 9)], covered(5, run(8, 9)), null],
    ['the gap, and all behind it', covered(5, run(8, 9), run(10, 12, { before: 'other' })), [run(6, 7)], covered(9, run(10, 12, { before: 'other' })), 10],
    ['a part of the gap at its beginning', covered(5, run(9, 9)), [run(6, 7)], covered(7, run(9, 9)), null],
    ['a part of the gap at its end', covered(5, run(9, 9)), [run(8, 8)], covered(5, run(8, 9)), null],
    ['a piece between two runs', covered(5, run(8, 9), run(12, 12)), [run(10, 11)], covered(5, run(8, 12)), null],
    ['two pieces at once', covered(5, run(8, 9)), [run(6, 7), run(10, 10)], covered(10), null],
    ['records after which a stored run does not follow', covered(5, run(8, 9, { before: 'other' })), [run(6, 7)], covered(7, run(8, 9, { before: 'other' })), 8],
    ['nothing', covered(5, run(8, 9)), [], covered(5, run(8, 9)), null],
  ] as const)('takes %s', (_name, before, added, after, brokenAtSeq) => {
    expect(addRuns(before, added)).toEqual({ coverage: after, brokenAtSeq })
  })

  it('names what is missing before the highest stored seq, and up to another one', () => {
    const coverage = covered(5, run(8, 9), run(10, 12, { before: 'other' }), run(20, 20))
    expect(missingRanges(coverage)).toEqual([{ from: 6, to: 7 }, { from: 13, to: 19 }])
    expect(missingRanges(coverage, 25)).toEqual([{ from: 6, to: 7 }, { from: 13, to: 19 }, { from: 21, to: 25 }])
    expect(missingRanges(covered(5))).toEqual([])
    expect(missingRanges(covered(5), 6)).toEqual([{ from: 6, to: 6 }])
    expect([highestSeq(coverage), highestSeq(covered(5)), highestSeq(covered(0))]).toEqual([20, 5, 0])
  })

  it('knows the hash where something ends, and nowhere else', () => {
    const coverage = covered(5, run(8, 9))
    expect([0, 4, 5, 8, 9].map((seq) => endingAt(coverage, seq))).toEqual([undefined, undefined, 'h5', undefined, 'h9'])
    expect(endingAt(covered(0), 0)).toBe('h0')
  })
})
