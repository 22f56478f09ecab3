import { CHINA_OFFSET_MS } from '#kernel/schedule.js'

const DAY_MS = 86_400_000

/** A day in Asia/Shanghai as YYYY-MM-DD: texts of one length, so that `<` compares days. */
export type CivilDate = string

/** Stands for "nobody said when" where days are compared. */
export const LAST_DATE: CivilDate = '9999-12-31'
const DATE = /^(?:19|20|21)\d{2}-\d{2}-\d{2}$/

const textOf = (utcMs: number): CivilDate => new Date(utcMs).toISOString().slice(0, 10)

/** True where the text is a day that exists, of the years 1900 to 2199. */
export const isCivilDate = (text: string): boolean => DATE.test(text) && !Number.isNaN(Date.parse(text)) && textOf(Date.parse(text)) === text

/** The day in Jiangmen at that moment. */
export const civilDateOf = (ms: number): CivilDate => textOf(ms + CHINA_OFFSET_MS)

/** The moment at which the day begins, milliseconds UTC. */
export const startOfDayMs = (date: CivilDate): number => Date.parse(date) - CHINA_OFFSET_MS

/** The moment at which the day is over: that at which the next begins. */
export const endOfDayMs = (date: CivilDate): number => startOfDayMs(date) + DAY_MS

export const addDays = (date: CivilDate, days: number): CivilDate => textOf(Date.parse(date) + days * DAY_MS)

export const dayBefore = (date: CivilDate): CivilDate => addDays(date, -1)

/** Days from the first to the last, both of them included. Empty where the last lies before the first. */
export interface Span {
  readonly fromDate: CivilDate
  readonly untilDate: CivilDate
}

export const isEmpty = (span: Span): boolean => span.untilDate < span.fromDate

/** The days that are in both. */
export const common = (a: Span, b: Span): Span =>
  ({ fromDate: a.fromDate > b.fromDate ? a.fromDate : b.fromDate, untilDate: a.untilDate < b.untilDate ? a.untilDate : b.untilDate })

export const overlap = (a: Span, b: Span): boolean => !isEmpty(a) && !isEmpty(b) && !isEmpty(common(a, b))

export const covers = (span: Span, date: CivilDate): boolean => span.fromDate <= date && date <= span.untilDate
