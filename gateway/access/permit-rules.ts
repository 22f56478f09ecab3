import type { PermitV2, ScheduleV1, VisitV1 } from '#contract/sync-roster.js'
import type { RefusalReason } from '#contract/passage-record.js'
import { type DayCalendar, withinSchedule } from '#kernel/schedule.js'

/** What is asked of time: now, and what the estate's schedules and calendar are. */
export interface Times {
  readonly nowWallMs: number
  readonly schedule: (scheduleId: string) => ScheduleV1 | undefined
  readonly calendar: DayCalendar
}

/** Where `lenient`, times are not asked: towards the way out, and where it burns, nobody is held by a date. */
export interface RightQuestion {
  readonly gateId: string
  readonly times: Times
  readonly lenient: boolean
}

type Refusal = { readonly kind: 'refused'; readonly reason: RefusalReason; readonly permitId: string | null }

/** Half-open: valid from its first moment, void from its last. */
const isValid = ({ validFromMs, validUntilMs }: Pick<PermitV2, 'validFromMs' | 'validUntilMs'>, nowWallMs: number): boolean =>
  validFromMs <= nowWallMs && nowWallMs < validUntilMs

/** Null is always; a schedule that is not known here lets nobody in. */
function isScheduled(scheduleId: string | null, { nowWallMs, schedule, calendar }: Times): boolean {
  if (scheduleId === null) return true
  const known = schedule(scheduleId)
  return known !== undefined && withinSchedule(known, calendar, nowWallMs)
}

/** One that lets a person through a gate that is kept locked goes before one that does not, and one that stands on an old roster before a carer's. */
const strengthOf = ({ role }: PermitV2): number => (role === 'staff' ? 2 : role === 'carer' ? 0 : 1)
const strongestFirst = (permits: readonly PermitV2[]): PermitV2[] => [...permits].sort((a, b) => strengthOf(b) - strengthOf(a))

/** The permit by which this person may pass the gate now, or what is wrong with all of them. */
export function rightOf(permits: readonly PermitV2[], personRef: string, question: RightQuestion): { readonly kind: 'right'; readonly permit: PermitV2 } | Refusal {
  const { gateId, times, lenient } = question
  const here = strongestFirst(permits.filter((permit) => permit.personRef === personRef && permit.gateIds.includes(gateId)))
  const [any] = here
  if (any === undefined) return { kind: 'refused', reason: 'no-permit', permitId: null }
  const valid = here.filter((permit) => isValid(permit, times.nowWallMs))
  const now = valid.find((permit) => isScheduled(permit.scheduleId, times))
  if (now !== undefined) return { kind: 'right', permit: now }
  if (lenient) return { kind: 'right', permit: valid[0] ?? any }
  const [late] = valid
  return late === undefined ? { kind: 'refused', reason: 'outside-validity', permitId: null } : { kind: 'refused', reason: 'outside-schedule', permitId: late.permitId }
}

/** Why this visit does not open the gate now; undefined where it does. One that is not known here is over. */
export function visitRefusal(visit: VisitV1 | undefined, passages: number, question: RightQuestion): RefusalReason | undefined {
  const { gateId, times, lenient } = question
  if (visit === undefined) return 'visit-over'
  if (!visit.gateIds.includes(gateId)) return 'no-permit'
  if (lenient) return undefined
  if (times.nowWallMs < visit.validFromMs) return 'outside-validity'
  if (times.nowWallMs >= visit.validUntilMs) return 'visit-over'
  if (!isScheduled(visit.scheduleId, times)) return 'outside-schedule'
  return visit.passagesMax !== null && passages >= visit.passagesMax ? 'quota-used' : undefined
}

/** True where a credential counts at this time; towards the way out its time is not asked. */
export const credentialCounts = isValid
