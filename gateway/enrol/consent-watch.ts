import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Exclusive } from '#kernel/exclusive.js'
import type { Logger } from '#kernel/log.js'
import type { ConsentV1 } from '#contract/sync-roster.js'
import { lapsed, nextEndMs } from './consent-rules.js'
import type { TemplateKeeper } from './template-keeper.js'

/** Erases templates when the consent that they stand on ends by time, with the server out of reach too. */
export interface ConsentWatch {
  /**
   * Takes the consents of a new state of the roster, erases what none of them allows, and looks again whenever one
   * ends. The caller holds the `exclusive`.
   */
  follow(consents: readonly ConsentV1[]): Promise<void>
  stop(): void
}

/** The wall clock may be set while a timer runs, and Node's timers end at 2^31 ms: nothing waits longer than this. */
const CHECK_MS_MAX = 60_000
const RETRY_MS = 5_000

export function createConsentWatch(deps: { keeper: TemplateKeeper; exclusive: Exclusive; clock: Clock; log: Logger }): ConsentWatch {
  const { keeper, clock, log } = deps
  let consents: readonly ConsentV1[] = []
  let cancel: CancelTimer = () => {}
  let stopped = false

  const wait = (delayMs: number): void => {
    cancel()
    if (stopped) return
    cancel = clock.after(delayMs, () => void deps.exclusive(check).catch((error: unknown) => {
      log.error({ err: error }, 'templates without consent could not be erased, trying again')
      wait(RETRY_MS)
    }))
  }

  /** Looks at the newest consents, not at those that set the timer: others may have come while it waited. */
  const check = async (): Promise<void> => {
    if (stopped) return
    const lookedAtMs = clock.wallMs()
    const erasures = lapsed(keeper.held(), consents, lookedAtMs)
    if (erasures.length > 0) {
      await keeper.erase(erasures)
      log.info({ persons: erasures.length }, 'templates erased: their consent ended')
    }
    // Counted from the look, not from now: another consent may have ended while the disk was written.
    const endMs = nextEndMs(consents, lookedAtMs)
    if (endMs !== undefined) wait(Math.min(Math.max(0, endMs - clock.wallMs()), CHECK_MS_MAX))
  }

  return {
    async follow(next) {
      consents = next
      await check()
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}
