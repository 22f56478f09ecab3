import type { Clock } from '#kernel/clock.js'

/** What somebody has tried at a device up to now, this time included. */
export interface Attempt {
  readonly firstMonoMs: number
  readonly count: number
}

/** Tries of one person at one reader, from the first to the one that is let in: what the wait of each way is compared by. */
export interface Attempts {
  begin(key: string, atMonoMs: number): Attempt
  end(key: string): void
}

/** Somebody who presents nothing for so long has gone, and begins anew. */
const ATTEMPT_GAP_MS = 30_000
const KEYS_MAX = 1_000

export function createAttempts({ clock }: { clock: Clock }): Attempts {
  /** The one tried last comes last. */
  const open = new Map<string, Attempt & { readonly lastMonoMs: number }>()
  return {
    begin(key, atMonoMs) {
      const before = open.get(key)
      const goesOn = before !== undefined && atMonoMs - before.lastMonoMs < ATTEMPT_GAP_MS
      const now = { firstMonoMs: goesOn ? before.firstMonoMs : atMonoMs, count: goesOn ? before.count + 1 : 1, lastMonoMs: atMonoMs }
      open.delete(key)
      open.set(key, now)
      for (const [oldest, { lastMonoMs }] of open) {
        if (open.size <= KEYS_MAX && clock.monoMs() - lastMonoMs < ATTEMPT_GAP_MS) break
        open.delete(oldest)
      }
      return now
    },
    end: (key) => void open.delete(key),
  }
}
