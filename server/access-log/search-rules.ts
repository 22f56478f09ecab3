import { REFUSAL_REASONS, WAYS } from '#contract/passage-record.js'
import type { AccessLogQuery } from './schemas.js'

/** What a list of passages is narrowed to, beside the estates. */
export type PassageFilter = Pick<AccessLogQuery, 'gateId' | 'way' | 'result' | 'reason' | 'personRef' | 'fromMs' | 'toMs'>

/**
 * Passages that stand together in one index, newest last. Every list is the newest of a few runs: whatever is asked
 * for, the database reads a page from each of them and never the whole log.
 */
export interface Run {
  readonly estateId: string
  readonly gateId: string | null
  /** Null together: the run has all passages of the estate. */
  readonly way: string | null
  readonly decision: string | null
}

/** A refusal without a reason is written so. */
const NO_REASON = 'refused'
const DECISIONS = ['granted', NO_REASON, ...REFUSAL_REASONS]

/** Decisions that result and reason leave; none where they contradict each other. */
function decisionsOf({ result, reason }: PassageFilter): readonly string[] {
  const wanted = reason === undefined ? DECISIONS : [reason]
  if (result === undefined) return wanted
  return wanted.filter((decision) => (decision === 'granted') === (result === 'granted'))
}

/** The runs in which a filter's passages stand, for a list that is not about one person. */
export function runsOf(filter: PassageFilter, estateIds: readonly string[]): Run[] {
  const { gateId = null, way, result, reason } = filter
  if (gateId === null && way === undefined && result === undefined && reason === undefined) {
    return estateIds.map((estateId) => ({ estateId, gateId, way: null, decision: null }))
  }
  const ways = way === undefined ? WAYS : [way]
  const decisions = decisionsOf(filter)
  return estateIds.flatMap((estateId) => ways.flatMap((each) => decisions.map((decision) => ({ estateId, gateId, way: each, decision }))))
}

/** A run with the time of its newest passage. */
export interface HeadedRun extends Run {
  readonly newestMs: number
}

/**
 * The runs that a page of `limit` passages can have anything from, and the time before which it has nothing: where so
 * many runs have something as late as that, older ones are on a later page.
 */
export function runsOfPage(runs: readonly HeadedRun[], limit: number): { readonly runs: readonly HeadedRun[]; readonly sinceMs: number } {
  const sorted = [...runs].sort((a, b) => b.newestMs - a.newestMs)
  const sinceMs = sorted[limit - 1]?.newestMs ?? 0
  return { runs: sorted.filter((run) => run.newestMs >= sinceMs), sinceMs }
}
