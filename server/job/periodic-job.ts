import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'

export interface PeriodicJobDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly everyMs: number
  readonly run: () => Promise<void>
}

export interface PeriodicJob {
  /** Runs at once, then `everyMs` after the end of each run. A run that fails is logged; the next one comes all the same. */
  start(): void
  /** Ends after the run that is under way. */
  stop(): Promise<void>
}

export function createPeriodicJob(deps: PeriodicJobDeps): PeriodicJob {
  let cancel: CancelTimer = () => {}
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  const runOnce = (): void => {
    running = deps.run()
      .catch((error: unknown) => deps.log.error({ err: error }, 'periodic job failed'))
      .then(() => {
        if (!stopped) cancel = deps.clock.after(deps.everyMs, runOnce)
      })
  }
  return {
    start: runOnce,
    async stop() {
      stopped = true
      cancel()
      await running
    },
  }
}
