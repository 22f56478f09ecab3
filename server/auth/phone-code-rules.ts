import { createHash } from 'node:crypto'
import type { RandomSource } from '#kernel/random.js'

export const CODE_DIGITS = 6
/** A code counts so long. */
export const CODE_MS = 300_000
/** Tries of one code; with the limits below a stranger has at most 25 guesses an hour at one in a million. */
export const CODE_TRIES_MAX = 5

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** So many codes for one number within each span: messages cost money, and nobody's phone is to be flooded. */
const PHONE_LIMITS = [{ spanMs: MINUTE_MS, max: 1 }, { spanMs: HOUR_MS, max: 5 }, { spanMs: DAY_MS, max: 10 }] as const
/** From one address, which may be a whole building's. */
export const ADDRESS_LIMIT = { spanMs: HOUR_MS, max: 60 } as const

/**
 * Seconds to wait before the next code, 0 for none.
 * @param phoneTimes when codes were asked for with this number in the last day; newest first
 * @param addressTimes the same from this address in the last hour; newest first
 */
export function waitSeconds(phoneTimes: readonly number[], addressTimes: readonly number[], nowMs: number): number {
  const waits = [
    ...PHONE_LIMITS.map(({ spanMs, max }) => waitMs(phoneTimes, spanMs, max, nowMs)),
    waitMs(addressTimes, ADDRESS_LIMIT.spanMs, ADDRESS_LIMIT.max, nowMs),
  ]
  return Math.ceil(Math.max(...waits) / 1_000)
}

/** The one that makes the span full must leave it first. */
function waitMs(times: readonly number[], spanMs: number, max: number, nowMs: number): number {
  const blocking = times[max - 1]
  return blocking === undefined ? 0 : Math.max(0, blocking + spanMs - nowMs)
}

/** Six digits, each as likely as any other. */
export const newCode = (random: RandomSource): string =>
  Array.from({ length: CODE_DIGITS }, () => String(Math.floor(random.float() * 10))).join('')

/** What numbers are counted by; numbers of people who live nowhere here are not kept in clear. @param phone 11 digits */
export const phoneHashOf = (phone: string): string => createHash('sha256').update(`phone.v1 ${phone}`).digest('hex')
