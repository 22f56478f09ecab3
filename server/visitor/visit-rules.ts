import type { VisitPurpose } from './visit-repository.js'

/** Bounds that an operator sets. */
export interface VisitLimits {
  /** Open visits of one household at a time. */
  readonly openPerHouseholdMax: number
  /** Longest visit. */
  readonly daysMax: number
  /** Longest recurring pass of a carer. */
  readonly carerDaysMax: number
}

export interface VisitTerms {
  readonly purpose: VisitPurpose
  readonly gateIds: readonly string[]
  readonly validFromMs: number
  readonly validUntilMs: number
  readonly scheduleId: string | null
  readonly hostPersonRef: string | null
}

/** A permit of the host, as far as it counts here. */
export interface HostPermit {
  readonly gateIds: readonly string[]
  readonly validUntilMs: number
}

export type VisitRefusal =
  | { readonly code: 'SV_VISIT_TIMES'; readonly field: string; readonly problem: string; readonly latestMs?: number }
  | { readonly code: 'SV_VISIT_HOST'; readonly field: string; readonly problem: string; readonly gateIds?: readonly string[] }

const DAY_MS = 86_400_000
/** Times that a page took from its clock may lie a little behind. */
const SLACK_MS = 10 * 60_000

function timesProblem({ purpose, validFromMs, validUntilMs, scheduleId }: VisitTerms, nowMs: number, limits: VisitLimits): VisitRefusal | undefined {
  const refusal = (field: string, problem: string, latestMs?: number): VisitRefusal =>
    ({ code: 'SV_VISIT_TIMES', field, problem, ...(latestMs === undefined ? {} : { latestMs }) })
  if (validUntilMs <= validFromMs) return refusal('validUntilMs', 'is not after the beginning')
  if (validUntilMs <= nowMs) return refusal('validUntilMs', 'is over already')
  if (validFromMs < nowMs - SLACK_MS) return refusal('validFromMs', 'is in the past')
  const latestMs = validFromMs + (purpose === 'carer' ? limits.carerDaysMax : limits.daysMax) * DAY_MS
  if (validUntilMs > latestMs) return refusal('validUntilMs', 'is later than allowed', latestMs)
  return purpose === 'carer' && scheduleId === null ? refusal('scheduleId', 'is needed for a recurring pass') : undefined
}

/**
 * Why a visit cannot be as asked, or undefined. Nobody lets in a visitor where or for longer than they may pass
 * themselves; deliveries and maintenance have no host.
 * @param hostPermits what the host may pass now; empty without a host
 */
export function visitRefusal(terms: VisitTerms, hostPermits: readonly HostPermit[], nowMs: number, limits: VisitLimits): VisitRefusal | undefined {
  const times = timesProblem(terms, nowMs, limits)
  if (times !== undefined) return times
  if (terms.hostPersonRef === null) {
    const needsHost = terms.purpose === 'visit' || terms.purpose === 'carer'
    return needsHost ? { code: 'SV_VISIT_HOST', field: 'hostPersonRef', problem: 'is needed for this purpose' } : undefined
  }
  const covering = hostPermits.filter((permit) => permit.validUntilMs >= terms.validUntilMs)
  const missing = terms.gateIds.filter((gateId) => !covering.some((permit) => permit.gateIds.includes(gateId)))
  return missing.length === 0 ? undefined : { code: 'SV_VISIT_HOST', field: 'gateIds', problem: 'the host may not pass there until then', gateIds: missing }
}
