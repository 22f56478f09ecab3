import { isWeekend, localMoment } from '#kernel/schedule.js'
import type { HolidayRecord } from './holiday-repository.js'

const noon = (date: string): number => Date.parse(`${date}T12:00:00+08:00`)

/** The first thing wrong with the days of a year, beside what the wire's schema says. */
export function holidayProblem(year: number, days: readonly HolidayRecord[]): { readonly field: string; readonly problem: string } | undefined {
  const seen = new Set<string>()
  for (const [index, { date, treatAs }] of days.entries()) {
    const field = `days.${index}.date`
    const atMs = noon(date)
    if (Number.isNaN(atMs) || localMoment(atMs).date !== date) return { field, problem: 'is no day of the calendar' }
    if (!date.startsWith(`${year}-`)) return { field, problem: `is not in ${year}` }
    if (seen.has(date)) return { field, problem: 'stands in the table twice' }
    if (treatAs === 'workday' && !isWeekend(localMoment(atMs).weekday)) return { field, problem: 'is a working day already: only a weekend is made one' }
    seen.add(date)
  }
  return undefined
}
