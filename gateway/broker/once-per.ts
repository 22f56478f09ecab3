import type { Clock } from '#kernel/clock.js'

/** Keys remembered; the one claimed longest ago makes room. An estate has fewer devices. */
const KEYS_MAX = 1_024

/** True for a key's first call and for none of its calls in the `windowMs` after it was true. */
export function createOncePer(clock: Clock, windowMs: number): (key: string) => boolean {
  const claimedMonoMs = new Map<string, number>()
  return (key) => {
    const nowMonoMs = clock.monoMs()
    const last = claimedMonoMs.get(key)
    if (last !== undefined && nowMonoMs - last < windowMs) return false
    claimedMonoMs.delete(key)
    claimedMonoMs.set(key, nowMonoMs)
    if (claimedMonoMs.size > KEYS_MAX) for (const oldest of [...claimedMonoMs.keys()].slice(0, 1)) claimedMonoMs.delete(oldest)
    return true
  }
}
