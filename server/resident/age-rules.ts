import { CHINA_OFFSET_MS } from '#kernel/schedule.js'

/** PIPL art. 31: below it a guardian consents. */
export const OWN_CONSENT_YEARS = 14
export const ADULT_YEARS = 18
const AGE_YEARS_MAX = 130

const BIRTH_DATE = /^(\d{4})-(\d{2})-(\d{2})$/

/** Start of the civil day on which somebody born on `birthDate` becomes `years`, milliseconds UTC. */
export function birthdayMs(birthDate: string, years: number): number {
  const [, year, month, day] = BIRTH_DATE.exec(birthDate) ?? []
  // Born on 29 February: without that day the birthday is 1 March, as civil law counts.
  return Date.UTC(Number(year) + years, Number(month) - 1, Number(day)) - CHINA_OFFSET_MS
}

/** True where the text is a day that exists, not in the future and no longer ago than a person lives. */
export function isBirthDate(text: string, nowMs: number): boolean {
  if (!BIRTH_DATE.test(text)) return false
  const ms = birthdayMs(text, 0)
  if (Number.isNaN(ms) || new Date(ms + CHINA_OFFSET_MS).toISOString().slice(0, 10) !== text) return false
  return ms <= nowMs && birthdayMs(text, AGE_YEARS_MAX) > nowMs
}

/** True from the day of that birthday on. */
export const hasAge = (birthDate: string, years: number, nowMs: number): boolean => birthdayMs(birthDate, years) <= nowMs
