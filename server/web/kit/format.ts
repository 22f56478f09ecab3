/** Written forms of numbers and times. All times are shown in Asia/Shanghai, whatever the browser's zone. */

/** China has kept UTC+8 without summer time since 1991. */
const OFFSET_MS = 8 * 3_600_000
const DAY_MS = 86_400_000

const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0')
const local = (ms: number): Date => new Date(ms + OFFSET_MS)

/** `14:03:22` */
export const clockText = (ms: number): string => {
  const at = local(ms)
  return `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`
}

/** `2026-11-23` */
export const dayText = (ms: number): string => {
  const at = local(ms)
  return `${pad(at.getUTCFullYear(), 4)}-${pad(at.getUTCMonth() + 1)}-${pad(at.getUTCDate())}`
}

/** `2026-11-23 14:03:22` */
export const dateTimeText = (ms: number): string => `${dayText(ms)} ${clockText(ms)}`

/** The time alone for today, with month and day for this year, with the year before that. */
export function shortTimeText(ms: number, nowMs: number): string {
  if (dayText(ms) === dayText(nowMs)) return clockText(ms)
  return dayText(ms).slice(0, 4) === dayText(nowMs).slice(0, 4) ? dateTimeText(ms).slice(5) : dateTimeText(ms)
}

/** Midnight that begins the day of `ms`. */
export const dayStartMs = (ms: number): number => Math.floor((ms + OFFSET_MS) / DAY_MS) * DAY_MS - OFFSET_MS

/** Text of a `datetime-local` field: `2026-11-23T14:03`. */
export const fieldText = (ms: number): string => dateTimeText(ms).replace(' ', 'T').slice(0, 16)

/** What a `datetime-local` field says, read as Shanghai time; undefined where it is empty or no such time exists. */
export function fieldMs(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text)) return undefined
  const ms = Date.parse(`${text}:00+08:00`)
  return Number.isFinite(ms) && fieldText(ms) === text ? ms : undefined
}

const AGE_UNITS: ReadonlyArray<readonly [Intl.RelativeTimeFormatUnit, number]> = [
  ['day', DAY_MS], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000],
]

/** `3 minutes ago` in the reader's language; a time ahead of `nowMs` counts as now. */
export function ageText(ms: number, nowMs: number, locale: string): string {
  const ageMs = Math.max(0, nowMs - ms)
  const [unit, size] = AGE_UNITS.find(([, unitMs]) => ageMs >= unitMs) ?? ['second', 1_000]
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-Math.floor(ageMs / size), unit)
}

/** `48,211` */
export const numberText = (value: number, locale: string): string => new Intl.NumberFormat(locale).format(value)

/** `¥1,234.56` from integer fen. */
export function moneyText(fen: number): string {
  const yuan = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(Math.abs(fen) / 100)
  return `${fen < 0 ? '-' : ''}¥${yuan}`
}

/** `86 ms`, `1.24 s`; below ten milliseconds with one decimal. */
export function durationText(ms: number): string {
  if (Math.round(ms) >= 1_000) return `${(ms / 1_000).toFixed(2)} s`
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}

/** Scores of the matcher: three decimals. */
export const scoreText = (score: number): string => score.toFixed(3)

/** Last eight characters of an id: enough to tell two apart on a screen (a UUIDv7 begins with its time). */
export const shortId = (id: string): string => id.slice(-8)

/** Whole years between a birth date (YYYY-MM-DD) and `nowMs`; undefined where the date is not one. */
export function yearsOld(birthDate: string, nowMs: number): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(birthDate)) return undefined
  const today = dayText(nowMs)
  return Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4)) - (today.slice(5) < birthDate.slice(5) ? 1 : 0)
}
