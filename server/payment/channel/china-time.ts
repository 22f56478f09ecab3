import { CHINA_OFFSET_MS } from '#kernel/schedule.js'

/** `2026-09-22 08:42:00`: Beijing time, whatever the process's time zone is. */
export const chinaTime = (atMs: number): string => new Date(atMs + CHINA_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')

/** `from` to `to` of the text as a number; NaN where one of them is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

/** Milliseconds of a Beijing time; undefined where the text is none. Bills have a million of them: no pattern, no object. */
export function parseChinaTime(text: string): number | undefined {
  if (text.length !== 19 || text[4] !== '-' || text[7] !== '-' || text[10] !== ' ' || text[13] !== ':' || text[16] !== ':') return undefined
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  const days = month === 2 && isLeap(year) ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0)
  // Years below 100 are others to Date.UTC.
  if (!(year >= 100 && day >= 1 && day <= days && hour <= 23 && minute <= 59 && second <= 59)) return undefined
  return Date.UTC(year, month - 1, day, hour, minute, second) - CHINA_OFFSET_MS
}
