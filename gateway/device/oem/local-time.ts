const TEXT = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})$/
const MINUTE_MS = 60_000
/** Years that a terminal's calendar can write. */
const WALL_MS_MAX = Date.UTC(2099, 11, 31, 23, 59, 59)

/**
 * `YYYY-MM-DD HH:mm:ss` of a terminal, which names no zone, as milliseconds since the Unix epoch.
 * @param utcOffsetMinutes of the estate's local time, 480 in China
 * @returns undefined where it is no time at all, as `0000-00-00 00:00:00` of a clock that was never set
 */
export function parseLocalTime(text: string, utcOffsetMinutes: number): number | undefined {
  const [year, month, day, hour, minute, second] = (TEXT.exec(text.trim()) ?? []).slice(1).map(Number)
  if (year === undefined || month === undefined || second === undefined) return undefined
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second)
  // A day 31 of a month without one rolls over instead of failing.
  const isReal = new Date(asUtc).toISOString().slice(0, 19) === `${text.trim().slice(0, 10)}T${text.trim().slice(11)}`
  const wallMs = asUtc - utcOffsetMinutes * MINUTE_MS
  return isReal && wallMs >= 0 ? wallMs : undefined
}

/** The same, written; whole seconds, rounded down. */
export const formatLocalTime = (wallMs: number, utcOffsetMinutes: number): string =>
  new Date(Math.min(wallMs, WALL_MS_MAX) + utcOffsetMinutes * MINUTE_MS).toISOString().slice(0, 19).replace('T', ' ')
