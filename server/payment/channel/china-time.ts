const CHINA_OFFSET_MS = 8 * 3_600_000
const CHINA_TIME = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/

/** `2026-09-22 08:42:00`: Beijing time, whatever the process's time zone is. */
export const chinaTime = (atMs: number): string => new Date(atMs + CHINA_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')

/** Milliseconds of a Beijing time; undefined where the text is none. */
export function parseChinaTime(text: string): number | undefined {
  const match = CHINA_TIME.exec(text)
  const atMs = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}+08:00`)
  return Number.isNaN(atMs) || chinaTime(atMs) !== text ? undefined : atMs
}
