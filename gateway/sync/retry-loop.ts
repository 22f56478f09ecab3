import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'

/** What one round says about the next: more is ready now, nothing to do, or it failed and must be tried again later. */
export type Round = 'more' | 'idle' | 'failed'

export interface RetryLoop {
  start(): void
  /** Asks for a round soon, `coalesceMs` from now at the latest; while rounds fail it waits for the retry instead. */
  kick(): void
  /** No round begins after this; resolves when the running one ended. */
  stop(): Promise<void>
  /** Rounds that failed since the last one that did not. */
  failures(): number
}

export interface RetryLoopTimes {
  /** Pause after an idle round without a kick. */
  readonly idleMs: number
  /** Pause between a kick and its round, so that a burst of kicks makes one. */
  readonly coalesceMs: number
  /** First pause after a failure; it doubles with each further one up to `retryMsMax`. */
  readonly retryMsMin: number
  readonly retryMsMax: number
}

/** Half of the pause is fixed, half is chance: eleven gateways that lost one server do not come back in one beat. */
export function retryDelayMs(failures: number, times: RetryLoopTimes, random: RandomSource): number {
  const full = Math.min(times.retryMsMax, times.retryMsMin * 2 ** Math.min(failures - 1, 30))
  return full / 2 + random.float() * (full / 2)
}

/** Repeats `round`, never two at a time. A round that throws counts as failed; `round` itself reports why. */
export function createRetryLoop(deps: {
  round: () => Promise<Round>; times: RetryLoopTimes; clock: Clock; random: RandomSource
}): RetryLoop {
  const { round, times, clock, random } = deps
  let state: 'new' | 'waiting' | 'running' | 'stopped' = 'new'
  let failures = 0
  let kicked = false
  let cancel: CancelTimer = () => {}
  let running: Promise<void> = Promise.resolve()

  const wait = (delayMs: number): void => {
    state = 'waiting'
    cancel = clock.after(delayMs, () => { running = run() })
  }

  const run = async (): Promise<void> => {
    state = 'running'
    kicked = false
    const outcome = await round().catch((): Round => 'failed')
    if ((state as string) === 'stopped') return
    failures = outcome === 'failed' ? failures + 1 : 0
    if (outcome === 'failed') wait(retryDelayMs(failures, times, random))
    else if (outcome === 'more') wait(0)
    else wait(kicked ? times.coalesceMs : times.idleMs)
  }

  return {
    start() {
      if (state === 'new') wait(0)
    },
    kick() {
      if (kicked || failures > 0) return
      kicked = true
      if (state !== 'waiting') return
      cancel()
      wait(times.coalesceMs)
    },
    async stop() {
      state = 'stopped'
      cancel()
      await running
    },
    failures: () => failures,
  }
}
