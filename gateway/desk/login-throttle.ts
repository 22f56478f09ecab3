import type { Clock } from '#kernel/clock.js'

/** Attempts without any wait; from then on the wait doubles from one second. */
const FREE = { pair: 5, address: 20 } as const
/** Nobody is locked out for good: a guard who mistyped is back within a quarter of an hour. */
const WAIT_MS_MAX = 900_000
/** Failures are forgotten after this long without a new one. */
const FORGET_MS = 3_600_000
/** Counters kept; beyond it the oldest goes. An estate's network has some hundred addresses. */
const COUNTERS_MAX = 5_000

interface Counter {
  readonly failures: number
  /** On the monotonic clock. */
  readonly untilMs: number
  readonly lastMs: number
}

export interface LoginAttempt {
  readonly loginName: string
  readonly address: string
}

/** Slows guessing down by login and address together, and by address over all logins: a stranger's guesses keep nobody else out. */
export interface LoginThrottle {
  /** Milliseconds to wait; 0 lets the attempt go on and counts it as failed until `succeeded`, so that many at once are no way around. */
  begin(attempt: LoginAttempt): number
  succeeded(attempt: LoginAttempt): void
}

const waitMs = (failures: number, free: number): number => (failures < free ? 0 : Math.min(WAIT_MS_MAX, 1_000 * 2 ** Math.min(failures - free, 20)))

export function createLoginThrottle(deps: { clock: Clock }): LoginThrottle {
  // Re-inserted at every use: the first is the one longest unused.
  const counters = new Map<string, Counter>()
  const keysOf = ({ loginName, address }: LoginAttempt) => [[`pair ${address} ${loginName}`, FREE.pair], [`address ${address}`, FREE.address]] as const
  const current = (key: string, nowMs: number): Counter => {
    const known = counters.get(key)
    return known !== undefined && nowMs - known.lastMs < FORGET_MS ? known : { failures: 0, untilMs: nowMs, lastMs: nowMs }
  }
  const keep = (key: string, counter: Counter): void => {
    counters.delete(key)
    counters.set(key, counter)
    const oldest = counters.keys().next()
    if (counters.size > COUNTERS_MAX && oldest.done === false) counters.delete(oldest.value)
  }
  return {
    begin(attempt) {
      const nowMs = deps.clock.monoMs()
      const keys = keysOf(attempt)
      const wait = Math.max(...keys.map(([key]) => current(key, nowMs).untilMs - nowMs))
      if (wait > 0) return Math.ceil(wait)
      for (const [key, free] of keys) {
        const failures = current(key, nowMs).failures + 1
        keep(key, { failures, untilMs: nowMs + waitMs(failures, free), lastMs: nowMs })
      }
      return 0
    },
    succeeded(attempt) {
      const nowMs = deps.clock.monoMs()
      const [[pair], [address]] = keysOf(attempt)
      counters.delete(pair)
      // What was guessed before from that address stays counted: only this attempt was right.
      const counter = current(address, nowMs)
      if (counter.failures > 0) keep(address, { failures: counter.failures - 1, untilMs: nowMs, lastMs: nowMs })
    },
  }
}
