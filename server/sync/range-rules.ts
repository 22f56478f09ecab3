/** Ranges that an epoch may hold beyond its contiguous position; the answer to the gateway has room for as many. */
export const AHEAD_RANGES_MAX = 100

/** Consecutive records; `before` is the hash that the first one follows, `last` the hash of the last one. */
export interface Run {
  readonly from: number
  readonly to: number
  readonly before: string
  readonly last: string
}

/** What is stored of an epoch: 1…contiguousSeq with a verified chain, and runs beyond it, ascending. */
export interface Coverage {
  readonly contiguousSeq: number
  readonly contiguousHash: string
  readonly ahead: readonly Run[]
}

export interface SeqRange {
  readonly from: number
  readonly to: number
}

/** 0 where nothing is stored. */
export const highestSeq = (coverage: Coverage): number => coverage.ahead.at(-1)?.to ?? coverage.contiguousSeq

/** Hash of the record at `seq` where it is the last of something stored (or the start of the epoch), else undefined. */
export function endingAt(coverage: Coverage, seq: number): string | undefined {
  if (seq === coverage.contiguousSeq) return coverage.contiguousHash
  return coverage.ahead.find((run) => run.to === seq)?.last
}

/** What is missing before `untilSeq`, by default before the highest stored seq. */
export function missingRanges(coverage: Coverage, untilSeq = highestSeq(coverage)): SeqRange[] {
  const missing: SeqRange[] = []
  let next = coverage.contiguousSeq + 1
  for (const { from, to } of coverage.ahead) {
    if (from > next) missing.push({ from: next, to: from - 1 })
    next = to + 1
  }
  if (untilSeq >= next) missing.push({ from: next, to: untilSeq })
  return missing
}

/**
 * Adds runs that are not stored yet. Runs that touch become one where the later follows the earlier; where it does
 * not, both stay and `brokenAtSeq` is the first seq of the later.
 */
export function addRuns(coverage: Coverage, added: readonly Run[]): { coverage: Coverage; brokenAtSeq: number | null } {
  const sorted = [...coverage.ahead, ...added].sort((a, b) => a.from - b.from)
  let { contiguousSeq, contiguousHash } = coverage
  let brokenAtSeq: number | null = null
  const ahead: Run[] = []
  for (const run of sorted) {
    const previous = ahead.at(-1)
    const end = previous === undefined ? { to: contiguousSeq, last: contiguousHash } : previous
    const follows = run.from === end.to + 1 && run.before === end.last
    if (run.from === end.to + 1 && !follows) brokenAtSeq ??= run.from
    if (!follows) ahead.push(run)
    else if (previous === undefined) ({ to: contiguousSeq, last: contiguousHash } = run)
    else ahead[ahead.length - 1] = { ...previous, to: run.to, last: run.last }
  }
  return { coverage: { contiguousSeq, contiguousHash, ahead }, brokenAtSeq }
}
