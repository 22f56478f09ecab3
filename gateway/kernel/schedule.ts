/** A time of day in an estate, `HH:MM`; `24:00` ends a day. Half-open: `from` is in it, `until` is not. */
export interface DayTimes {
  readonly from: string
  readonly until: string
}

/** From Monday on. */
export const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type DayOfWeek = (typeof WEEK)[number]

/** Times of a week. A day that the calendar calls a holiday takes `onHolidays` in place of its week day's times. */
export interface WeekSchedule {
  /** Times past midnight are two entries: one until `24:00`, one from `00:00`. */
  readonly weekly: ReadonlyArray<DayTimes & { readonly days: readonly DayOfWeek[] }>
  readonly onHolidays: readonly DayTimes[]
}

/** Days (`YYYY-MM-DD`) that are not as their week day says: 法定节假日, and 调休 that make a working day of a weekend. */
export type DayCalendar = ReadonlyMap<string, 'holiday' | 'workday'>

/** Asia/Shanghai: one civil time for all of China, without summer time since 1992. */
export const CHINA_OFFSET_MS = 8 * 3_600_000
const DAY_MS = 86_400_000
/** 1970-01-01 was a Thursday, the fourth of its week. */
const EPOCH_DAY_INDEX = 3

export interface LocalMoment {
  /** `YYYY-MM-DD` */
  readonly date: string
  readonly weekday: DayOfWeek
  /** Milliseconds since the day began. */
  readonly dayMs: number
}

/** Day and time of day in an estate at `atMs`, milliseconds since the Unix epoch. */
export function localMoment(atMs: number): LocalMoment {
  const localMs = atMs + CHINA_OFFSET_MS
  const day = Math.floor(localMs / DAY_MS)
  const weekday = WEEK[(((day + EPOCH_DAY_INDEX) % 7) + 7) % 7] as DayOfWeek
  return { date: new Date(day * DAY_MS).toISOString().slice(0, 10), weekday, dayMs: localMs - day * DAY_MS }
}

export const isWeekend = (day: DayOfWeek): boolean => day === 'sat' || day === 'sun'

/** Milliseconds from midnight to a time of day. */
export const timeOfDayMs = (time: string): number => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))) * 60_000

const contains = ({ from, until }: DayTimes, dayMs: number): boolean => timeOfDayMs(from) <= dayMs && dayMs < timeOfDayMs(until)

/** The times of one day, in the order of the schedule. */
export function timesOfDay(schedule: WeekSchedule, calendar: DayCalendar, { date, weekday }: Pick<LocalMoment, 'date' | 'weekday'>): readonly DayTimes[] {
  const treatAs = calendar.get(date)
  if (treatAs === 'holiday') return schedule.onHolidays
  const countsAs = treatAs === 'workday' && isWeekend(weekday) ? 'mon' : weekday
  return schedule.weekly.filter((interval) => interval.days.includes(countsAs))
}

/** True where `atMs` lies within the schedule. An empty schedule never holds; no schedule at all is the caller's to say. */
export function withinSchedule(schedule: WeekSchedule, calendar: DayCalendar, atMs: number): boolean {
  const moment = localMoment(atMs)
  return timesOfDay(schedule, calendar, moment).some((times) => contains(times, moment.dayMs))
}
