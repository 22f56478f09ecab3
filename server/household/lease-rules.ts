import { type Result, err, ok } from '#kernel/result.js'
import { type CivilDate, LAST_DATE, type Span, addDays, covers, dayBefore, isCivilDate, isEmpty, overlap } from './civil-date-rules.js'

/** Longest lease: 公租房 contracts run up to five years (公共租赁住房管理办法 art. 18); the rest is room for older ones. */
const LEASE_DAYS_MAX = 20 * 366

export const MEMBER_ROLES = ['head', 'spouse', 'child', 'parent', 'other', 'carer'] as const
export type MemberRole = (typeof MEMBER_ROLES)[number]

/** Which households a list is asked for: with a lease now or to come, with one that ends soon, with none any more. */
export const HOUSEHOLD_FILTERS = ['living', 'ending', 'over'] as const
export type HouseholdFilterState = (typeof HOUSEHOLD_FILTERS)[number]

/** Building and room as lists show them. */
export const unitLabel = (building: string, roomNo: string): string => `${building} ${roomNo}`

export type LeaseState = 'upcoming' | 'current' | 'over'

/** A lease that is over, or never took effect, is over. */
export function leaseState(lease: Span, today: CivilDate): LeaseState {
  if (isEmpty(lease) || lease.untilDate < today) return 'over'
  return lease.fromDate > today ? 'upcoming' : 'current'
}

/** The lease of that day, else the next to come; undefined where all are over. */
export function leaseInForce<L extends Span>(leases: readonly L[], today: CivilDate): L | undefined {
  const ahead = leases.filter((lease) => leaseState(lease, today) === 'upcoming').sort((a, b) => (a.fromDate < b.fromDate ? -1 : 1))
  return leases.find((lease) => leaseState(lease, today) === 'current') ?? ahead[0]
}

export type SpanProblem = 'no-such-day' | 'ends-before-it-begins' | 'too-long'

export function checkSpan(span: Span): Result<void, { readonly field: 'fromDate' | 'untilDate'; readonly problem: SpanProblem }> {
  for (const field of ['fromDate', 'untilDate'] as const) if (!isCivilDate(span[field])) return err({ field, problem: 'no-such-day' })
  if (isEmpty(span)) return err({ field: 'untilDate', problem: 'ends-before-it-begins' })
  if (addDays(span.fromDate, LEASE_DAYS_MAX) < span.untilDate) return err({ field: 'untilDate', problem: 'too-long' })
  return ok(undefined)
}

/** The first of `others` that shares a day with the span. */
export const collision = <S extends Span>(span: Span, others: readonly S[]): S | undefined => others.find((other) => overlap(span, other))

/** A member's days with an end, for comparing. */
export const spanOf = (member: { readonly fromDate: CivilDate; readonly untilDate: CivilDate | null }): Span =>
  ({ fromDate: member.fromDate, untilDate: member.untilDate ?? LAST_DATE })

/** A span that ends with `lastDate` at the latest; one that would begin later never begins. */
export function cutAt<S extends { readonly fromDate: CivilDate; readonly untilDate: CivilDate | null }>(span: S, lastDate: CivilDate): S & Span {
  const untilDate = span.untilDate === null || span.untilDate > lastDate ? lastDate : span.untilDate
  return { ...span, untilDate: untilDate < span.fromDate ? dayBefore(span.fromDate) : untilDate }
}

/** Who of the members is in the household on that day. */
export const membersOn = <M extends { readonly fromDate: CivilDate; readonly untilDate: CivilDate | null }>(members: readonly M[], date: CivilDate): M[] =>
  members.filter((member) => covers(spanOf(member), date))
