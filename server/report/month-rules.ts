import { monthAfter, monthsOf } from '../billing/period-rules.js'
import { dayBefore } from '../household/civil-date-rules.js'

/** Months of one report: three years, so that a year can be put beside the one before. */
export const MONTHS_MAX = 36

export interface MonthSpan {
  /** YYYY-MM, ascending, without gaps. */
  readonly months: readonly string[]
  readonly fromDate: string
  readonly untilDate: string
}

/** Whole months, both included. @returns undefined where there are none or too many */
export function monthSpan(fromMonth: string, untilMonth: string): MonthSpan | undefined {
  const fromDate = `${fromMonth}-01`
  const untilDate = dayBefore(monthAfter(`${untilMonth}-01`, 1))
  const months = untilMonth < fromMonth ? [] : monthsOf({ fromDate, untilDate }).map((month) => month.fromDate.slice(0, 7))
  return months.length === 0 || months.length > MONTHS_MAX ? undefined : { months, fromDate, untilDate }
}
