import type { Clock } from '#kernel/clock.js'

interface Bound {
  /** Attempts without any wait. */
  readonly free: number
  /** The wait doubles from one second up to this. */
  readonly waitMsMax: number
}

/**
 * Guessing is slowed down by whom it is tried on, from where, and both together. Nobody is ever locked out: waits end,
 * and an address from which the account logged in before waits only for its own failures, so a stranger's guesses do
 * not keep the owner out.
 */
const BOUNDS = {
  pair: { free: 5, waitMsMax: 900_000 },
  address: { free: 50, waitMsMax: 900_000 },
  account: { free: 30, waitMsMax: 60_000 },
} as const satisfies Record<string, Bound>

/** Failures are forgotten after this long without a new one. */
const FORGET_MS = 3_600_000

/** Counters kept; beyond it the oldest goes. One costs about 200 bytes. */
const COUNTERS_MAX = 50_000

interface Counter {
  failures: number
  /** On the monotonic clock. */
  untilMs: number
  lastMs: number
}

export interface LoginAttempt {
  readonly loginName: string
  readonly address: string
  /** The account has logged in from this address before. */
  readonly knownAddress: boolean
}

export interface LoginThrottle {
  /**
   * Milliseconds to wait; 0 lets the attempt go on and counts it as failed until `succeeded` is called, so that many at
   * once are no way around.
   */
  begin(attempt: LoginAttempt): number
  succeeded(attempt: LoginAttempt): void
}

const keysOf = (attempt: LoginAttempt): Array<readonly [string, Bound]> => {
  const { loginName, address, knownAddress } = attempt
  const keys: Array<readonly [string, Bound]> = [[`pair ${address} ${loginName}`, BOUNDS.pair], [`address ${address}`, BOUNDS.address]]
  if (!knownAddress) keys.push([`account ${loginName}`, BOUNDS.account])
  return keys
}

const waitMs = (failures: number, bound: Bound): number =>
  failures < bound.free ? 0 : Math.min(bound.waitMsMax, 1_000 * 2 ** Math.min(failures - bound.free, 20))

export function createLoginThrottle(deps: { clock: Clock }): LoginThrottle {
  // Re-inserted on every use: the first is the one longest unused.
  const counters = new Map<string, Counter>()

  const current = (key: string, now: number): Counter => {
    const known = counters.get(key)
    return known !== undefined && now - known.lastMs < FORGET_MS ? known : { failures: 0, untilMs: now, lastMs: now }
  }
  const keep = (key: string, counter: Counter): void => {
    counters.delete(key)
    counters.set(key, counter)
    const oldest = counters.keys().next()
    if (counters.size > COUNTERS_MAX && oldest.done === false) counters.delete(oldest.value)
  }

  return {
    begin(attempt) {
      const now = deps.clock.monoMs()
      const keys = keysOf(attempt)
      const wait = Math.max(...keys.map(([key]) => current(key, now).untilMs - now))
      if (wait > 0) return Math.ceil(wait)
      for (const [key, bound] of keys) {
        const failures = current(key, now).failures + 1
        keep(key, { failures, untilMs: now + waitMs(failures, bound), lastMs: now })
      }
      return 0
    },
    succeeded(attempt) {
      const now = deps.clock.monoMs()
      const [pair, ...shared] = keysOf(attempt).map(([key]) => key)
      if (pair !== undefined) counters.delete(pair)
      // The others' failures stay: one right password must not wipe out what was guessed before it.
      for (const key of shared) {
        const counter = current(key, now)
        const failures = Math.max(0, counter.failures - 1)
        if (counter.failures > 0) keep(key, { ...counter, failures, untilMs: now })
      }
    },
  }
}
