import { type CivilDate, type Span, addDays, dayBefore } from '../household/civil-date-rules.js'

const MONTH = /^(20\d{2})-(0[1-9]|1[0-2])$/
const QUARTER = /^(20\d{2})-Q([1-4])$/

export const CYCLES = ['month', 'quarter'] as const
export type Cycle = (typeof CYCLES)[number]

/** A month (`2026-09`) or a quarter (`2026-Q3`) with its first and last day. */
export interface Period extends Span {
  readonly name: string
  readonly cycle: Cycle
}

const monthStart = (year: number, month: number): CivilDate => {
  const index = year * 12 + month - 1
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}-01`
}

/** The first day of the month that lies `months` after that of `date`. */
export const monthAfter = (date: CivilDate, months: number): CivilDate => monthStart(Number(date.slice(0, 4)), Number(date.slice(5, 7)) + months)

const spanFrom = (fromDate: CivilDate, months: number): Span => ({ fromDate, untilDate: dayBefore(monthAfter(fromDate, months)) })

/** The period of that name, or undefined where it is none of the years 2000 to 2099. */
export function parsePeriod(name: string): Period | undefined {
  const month = MONTH.exec(name)
  if (month !== null) return { name, cycle: 'month', ...spanFrom(monthStart(Number(month[1]), Number(month[2])), 1) }
  const quarter = QUARTER.exec(name)
  if (quarter !== null) return { name, cycle: 'quarter', ...spanFrom(monthStart(Number(quarter[1]), Number(quarter[2]) * 3 - 2), 3) }
  return undefined
}

/** The period that a day lies in. */
export function periodOf(cycle: Cycle, date: CivilDate): Period {
  const name = cycle === 'month' ? date.slice(0, 7) : `${date.slice(0, 4)}-Q${Math.ceil(Number(date.slice(5, 7)) / 3)}`
  const period = parsePeriod(name)
  if (period === undefined) throw new RangeError(`${date} lies in no period`)
  return period
}

export const previousPeriod = (period: Period): Period => periodOf(period.cycle, dayBefore(period.fromDate))

/** The months that a span touches, each cut to it. */
export function monthsOf(span: Span): Span[] {
  const months: Span[] = []
  for (let fromDate = span.fromDate; fromDate <= span.untilDate; fromDate = monthAfter(fromDate, 1)) {
    const end = dayBefore(monthAfter(fromDate, 1))
    months.push({ fromDate, untilDate: end < span.untilDate ? end : span.untilDate })
  }
  return months
}

/** Days of a span, both ends included; none where it is empty. */
export const daysIn = ({ fromDate, untilDate }: Span): number => Math.max(0, Math.round((Date.parse(untilDate) - Date.parse(fromDate)) / 86_400_000) + 1)

/** Days of the month that the day lies in. */
export const daysInMonth = (date: CivilDate): number => daysIn(spanFrom(`${date.slice(0, 7)}-01`, 1))

/** A day of the month that lies `months` after the period's first one. @param day 1 to 28 */
export const dueDateOf = (period: Period, months: number, day: number): CivilDate => addDays(monthAfter(period.fromDate, months), day - 1)
