import type { ScheduleV1 } from '#contract/sync-roster.js'
import { type DayTimes, WEEK, timeOfDayMs } from '#kernel/schedule.js'

export type ScheduleTimes = Pick<ScheduleV1, 'weekly' | 'onHolidays'>

export interface ScheduleProblem {
  /** Dotted name of the request's field. */
  readonly field: string
  readonly problem: string
}

/** Two of the times that share a moment. */
function overlap(times: readonly DayTimes[]): readonly [DayTimes, DayTimes] | undefined {
  const sorted = [...times].sort((a, b) => timeOfDayMs(a.from) - timeOfDayMs(b.from))
  for (const [index, next] of sorted.entries()) {
    const before = sorted[index - 1]
    if (before !== undefined && timeOfDayMs(next.from) < timeOfDayMs(before.until)) return [before, next]
  }
  return undefined
}

const isBackwards = ({ from, until }: DayTimes): boolean => timeOfDayMs(until) <= timeOfDayMs(from)
const backwards = (field: string): ScheduleProblem => ({ field, problem: 'ends after it begins; past midnight write two entries' })
const shared = (field: string, [a, b]: readonly [DayTimes, DayTimes], day = ''): ScheduleProblem =>
  ({ field, problem: `${day}${a.from}–${a.until} and ${b.from}–${b.until} overlap` })

/** The first thing wrong with the times, beside what the wire's schema says. */
export function scheduleProblem({ weekly, onHolidays }: ScheduleTimes): ScheduleProblem | undefined {
  if (weekly.length === 0 && onHolidays.length === 0) return { field: 'weekly', problem: 'has no time at which anybody may pass' }
  for (const [index, interval] of weekly.entries()) {
    if (isBackwards(interval)) return backwards(`weekly.${index}.until`)
    if (new Set(interval.days).size < interval.days.length) return { field: `weekly.${index}.days`, problem: 'names a day twice' }
  }
  for (const [index, times] of onHolidays.entries()) if (isBackwards(times)) return backwards(`onHolidays.${index}.until`)
  for (const day of WEEK) {
    const both = overlap(weekly.filter((interval) => interval.days.includes(day)))
    if (both !== undefined) return shared('weekly', both, `${day} `)
  }
  const both = overlap(onHolidays)
  return both === undefined ? undefined : shared('onHolidays', both)
}
