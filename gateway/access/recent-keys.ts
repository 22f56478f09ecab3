import type { Clock } from '#kernel/clock.js'

/** Keys that were used a short while ago. */
export interface RecentKeys {
  /** True where `key` was not claimed within the window; it is claimed from now on. */
  claim(key: string): boolean
  /** True where `key` was claimed within the window. */
  has(key: string): boolean
  /** Lets `key` be claimed again at once. */
  forget(key: string): void
}

/**
 * Lets a thing happen once per window: a grant to one person at one gate, one line for one refusal. On the monotonic
 * clock, so that no wall clock shortens or stretches the window.
 * @param keysMax the oldest key is dropped above it and may then be claimed early
 */
export function createRecentKeys(deps: { clock: Clock; windowMs: number; keysMax: number }): RecentKeys {
  const { clock, windowMs, keysMax } = deps
  const claimedMs = new Map<string, number>()
  const has = (key: string): boolean => clock.monoMs() - (claimedMs.get(key) ?? -Infinity) < windowMs
  return {
    has,
    claim(key) {
      if (has(key)) return false
      const nowMs = clock.monoMs()
      // Deleted first: a map keeps the order of insertion, and the oldest must come first.
      claimedMs.delete(key)
      claimedMs.set(key, nowMs)
      for (const [oldest, atMs] of claimedMs) {
        if (nowMs - atMs < windowMs && claimedMs.size <= keysMax) break
        claimedMs.delete(oldest)
      }
      return true
    },
    forget(key) {
      claimedMs.delete(key)
    },
  }
}
