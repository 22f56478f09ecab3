import type { EpochState } from '../sync/ingest-rules.js'
import { missingRanges } from '../sync/range-rules.js'

export interface EpochView {
  readonly epoch: number
  readonly contiguousSeq: number
  readonly headSeq: number
  readonly missing: { from: number; to: number }[]
  readonly duplicates: number
  readonly chain: 'verified' | 'broken'
  readonly brokenAtSeq: number | null
}

/**
 * What can be said of an epoch. In the latest one, what was signed for and is not here is still on its way; in an
 * earlier one it is missing, for a new epoch begins where a log was lost.
 */
export function epochView(state: EpochState, isLatest: boolean): EpochView {
  const { epoch, contiguousSeq, headSeq, duplicates, brokenAtSeq } = state
  return {
    epoch, contiguousSeq, headSeq, duplicates, brokenAtSeq, chain: brokenAtSeq === null ? 'verified' : 'broken',
    missing: isLatest ? missingRanges(state) : missingRanges(state, headSeq),
  }
}
