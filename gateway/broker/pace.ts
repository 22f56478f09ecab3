import type { Clock } from '#kernel/clock.js'

/** Keys remembered; the one that was taken from longest ago makes room, and may begin anew. */
const KEYS_MAX = 1_024

/** One in so many milliseconds for each key, and a few in a row after a rest. */
export interface Pace {
  /** How long this key has to rest; 0 where it may take one now. */
  restMs(key: string): number
  take(key: string): void
}

export function createPace({ clock, everyMs, burst }: { clock: Clock; everyMs: number; burst: number }): Pace {
  /** When everything that was taken would be over at the even pace. */
  const paidUntilMs = new Map<string, number>()
  return {
    restMs: (key) => Math.max(0, (paidUntilMs.get(key) ?? 0) - clock.monoMs() - (burst - 1) * everyMs),
    take(key) {
      const paid = Math.max(clock.monoMs(), paidUntilMs.get(key) ?? 0) + everyMs
      paidUntilMs.delete(key)
      paidUntilMs.set(key, paid)
      if (paidUntilMs.size > KEYS_MAX) for (const oldest of [...paidUntilMs.keys()].slice(0, 1)) paidUntilMs.delete(oldest)
    },
  }
}
