import type { GateRules, PermitV2 } from '#contract/sync-roster.js'
import { type DayCalendar, type WeekSchedule, withinSchedule } from '#kernel/schedule.js'

/** Schedules by id; one that is not known lets nobody in. */
export type Schedules = ReadonlyMap<string, WeekSchedule>

export interface Moment {
  readonly atMs: number
  readonly schedules: Schedules
  readonly calendar: DayCalendar
}

const holds = (scheduleId: string, { atMs, schedules, calendar }: Moment): boolean => {
  const schedule = schedules.get(scheduleId)
  return schedule !== undefined && withinSchedule(schedule, calendar, atMs)
}

export type GateMode = 'as-usual' | 'kept-open' | 'kept-locked'

/** What the gate's own times make of it. Locked counts before open: of two mistakes it is the smaller. */
export function gateModeAt(rules: GateRules, moment: Moment): GateMode {
  if (rules.lockedScheduleId !== null && holds(rules.lockedScheduleId, moment)) return 'kept-locked'
  return rules.openScheduleId !== null && holds(rules.openScheduleId, moment) ? 'kept-open' : 'as-usual'
}

export type Verdict = 'allowed' | 'outside-validity' | 'outside-schedule' | 'kept-locked'
type Terms = Pick<PermitV2, 'validFromMs' | 'validUntilMs' | 'scheduleId'>

/** Whether a permit or a visit lets its holder pass a gate that it names. */
export function verdictAt(terms: Terms, mode: GateMode, isStaff: boolean, moment: Moment): Verdict {
  if (moment.atMs < terms.validFromMs || moment.atMs >= terms.validUntilMs) return 'outside-validity'
  if (terms.scheduleId !== null && !holds(terms.scheduleId, moment)) return 'outside-schedule'
  return mode === 'kept-locked' && !isStaff ? 'kept-locked' : 'allowed'
}
