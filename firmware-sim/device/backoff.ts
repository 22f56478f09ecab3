import type { RandomSource } from '#kernel/random.js'

const FIRST_MS = 500
const CAP_MS = 15_000
const FLOOR_MS = 100

/** Pause before reconnect number `attempt` (from 0): doubled each time up to 15 s, with full jitter. */
export function backoffMs(attempt: number, random: RandomSource): number {
  const ceiling = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt, 10))
  return FLOOR_MS + random.float() * (ceiling - FLOOR_MS)
}
