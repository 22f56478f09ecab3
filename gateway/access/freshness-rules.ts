import type { PermitV2 } from '#contract/sync-roster.js'

/**
 * How old the roster is, for what was revoked at the server cannot be known here while the server is out of reach. `old`: all are let in
 * with a remark. `too-old`: what ends at short notice lets nobody in any more. Nobody is held on the way out, nor where it burns.
 */
export type RosterFreshness = 'current' | 'old' | 'too-old'

export interface FreshnessLimits {
  /** Since everything that the server had was here. */
  readonly rosterOldHours: number
  readonly rosterTooOldHours: number
}

const HOUR_MS = 3_600_000

/** Written so that an age that is no number is too old. */
export function freshnessOf(ageMs: number, { rosterOldHours, rosterTooOldHours }: FreshnessLimits): RosterFreshness {
  if (!(ageMs < rosterTooOldHours * HOUR_MS)) return 'too-old'
  return ageMs < rosterOldHours * HOUR_MS ? 'current' : 'old'
}

/**
 * Whose permit stands on a roster of any age: residents and staff, whose lease or employment ends on a day that the permit names. A carer's
 * pass is ended by the household from one hour to the next.
 */
export const standsLong = ({ role }: Pick<PermitV2, 'role'>): boolean => role !== 'carer'
