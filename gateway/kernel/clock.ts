/** Cancels a pending timer. Calling it again, or after the timer fired, does nothing. */
export type CancelTimer = () => void

/**
 * The only source of time. Wall time is a claim that may jump; every age, deadline and timeout is measured on
 * the monotonic clock, which restarts with the process.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. */
  wallMs(): number
  /** Milliseconds on a clock that never goes back; its origin is arbitrary. */
  monoMs(): number
  /** Runs `callback` once after `delayMs`. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): CancelTimer
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monoMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Resolves after `delayMs` on `clock`; resolves at once when `signal` aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const done = (): void => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(delayMs, done)
    signal?.addEventListener('abort', done, { once: true })
  })
}
