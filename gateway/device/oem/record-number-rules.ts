/** A range of RecordIDs that a terminal counted and the gateway never got, ends included. */
export interface MissingRange {
  readonly from: number
  readonly to: number
}

/** How far a terminal's own count of its records is known. */
export interface RecordCount {
  readonly last: number | null
  readonly missing: readonly MissingRange[]
}

export interface CountStep {
  readonly count: RecordCount
  /** `restart`: the terminal counts anew, as after a factory reset. */
  readonly kind: 'first' | 'next' | 'gap' | 'filled' | 'restart'
  /** Records that are missing since this step and were not before. */
  readonly newlyMissing: number
}

export const NO_RECORDS: RecordCount = { last: null, missing: [] }
/** Ranges kept; the oldest is given up, its records counted as missing for good. */
const RANGES_MAX = 64
/** A jump larger than this is another way of counting, not lost records. */
const JUMP_MAX = 1_000_000

const size = ({ from, to }: MissingRange): number => to - from + 1

/** Records that a terminal counted and the gateway does not have. */
export const missingRecords = (count: RecordCount): number => count.missing.reduce((sum, range) => sum + size(range), 0)

function without(ranges: readonly MissingRange[], recordId: number): MissingRange[] {
  return ranges.flatMap((range) => {
    if (recordId < range.from || recordId > range.to) return [range]
    return [{ from: range.from, to: recordId - 1 }, { from: recordId + 1, to: range.to }].filter((rest) => size(rest) > 0)
  })
}

/**
 * One record that was not stored before. A terminal sends what it kept out of order, after what is new: a number below
 * the last is a late one where it was missing, and the start of a new count where it was not.
 */
export function countRecord(count: RecordCount, recordId: number): CountStep {
  const { last, missing } = count
  if (last === null) return { count: { last: recordId, missing }, kind: 'first', newlyMissing: 0 }
  if (missing.some((range) => range.from <= recordId && recordId <= range.to)) {
    return { count: { last, missing: without(missing, recordId) }, kind: 'filled', newlyMissing: 0 }
  }
  if (recordId <= last || recordId - last > JUMP_MAX) return { count: { last: recordId, missing: [] }, kind: 'restart', newlyMissing: 0 }
  if (recordId === last + 1) return { count: { last: recordId, missing }, kind: 'next', newlyMissing: 0 }
  const gap = { from: last + 1, to: recordId - 1 }
  return { count: { last: recordId, missing: [...missing, gap].slice(-RANGES_MAX) }, kind: 'gap', newlyMissing: size(gap) }
}
