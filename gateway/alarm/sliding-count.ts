import type { Clock } from '#kernel/clock.js'

/** Says when something has happened too often. */
export interface SlidingCount {
  /** True where this is the `count`th time within the window; it counts from nothing then. */
  hit(key: string): boolean
}

/**
 * Times of the latest happenings by key, on the monotonic clock.
 * @param keysMax the key that was hit the longest ago is forgotten above it
 */
export function createSlidingCount(deps: { clock: Clock; windowMs: number; count: number; keysMax: number }): SlidingCount {
  const { clock, windowMs, count, keysMax } = deps
  const times = new Map<string, number[]>()
  return {
    hit(key) {
      const nowMs = clock.monoMs()
      const recent = [...(times.get(key) ?? []).filter((atMs) => nowMs - atMs < windowMs), nowMs]
      // Deleted first: a map keeps the order of insertion, and the oldest must come first.
      times.delete(key)
      if (recent.length >= count) return true
      times.set(key, recent)
      const oldest = times.size > keysMax ? times.keys().next().value : undefined
      if (oldest !== undefined) times.delete(oldest)
      return false
    },
  }
}
