import { localMoment } from '#kernel/schedule.js'

const DAY_MS = 86_400_000
/** Payments that were under way at midnight are in the log before the day is counted. */
const GRACE_MS = 10 * 60_000
/** A day further back is left as it was counted: payments that old are not kept whole. */
const DAYS_BACK = 31

export const bizDateOf = (atMs: number): string => localMoment(atMs).date

/** First day that is looked at. */
export const firstDay = (nowMs: number): string => bizDateOf(Math.max(0, nowMs - DAYS_BACK * DAY_MS))

/**
 * Days that are over and may have to be counted: those with a payment, and yesterday, which is counted though nothing came in:
 * a day without a count says nothing. Pure; ascending.
 */
export function daysOver(nowMs: number, withPayments: readonly string[]): string[] {
  const lastOver = bizDateOf(Math.max(0, nowMs - GRACE_MS - DAY_MS))
  return [...new Set([...withPayments.filter((day) => day <= lastOver), lastOver])].sort()
}
