import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { DELETE_MAX, EDIT_MAX, retryMs, verdictOf } from './command-rules.js'
import type { InFlight } from './command-settling.js'
import type { CommandAck } from './oem-reader.js'

/** Questions without an answer after which a terminal counts as one that cannot say, until it connects again. */
const QUERIES_MAX = 2
const PAUSE_MS = 1_000
/** A terminal that is busy is asked again every 10 s at the latest: a deletion may wait behind it. */
const BUSY_TRIES_MAX = 1

/** What one connection knows; void with it. */
export function createCommandSession({ clock, random }: { clock: Clock; random: RandomSource }) {
  let batchMax = EDIT_MAX
  let pauses = 0
  let queries = 0
  let mustQuery = true
  let notBeforeMs = 0
  let strays: readonly string[] = []
  const pause = (delayMs: number): void => {
    notBeforeMs = clock.wallMs() + delayMs
  }
  return {
    plan: () => ({ batchMax, mustQuery }),
    notBeforeMs: () => notBeforeMs,
    takeStrays(): readonly string[] {
      const some = strays.slice(0, Math.min(DELETE_MAX, batchMax))
      strays = strays.slice(some.length)
      return some
    },
    /** False where the whole command comes again: later, where another one still runs, or in smaller parts. */
    isSettledBy(ack: CommandAck, flight: InFlight): boolean {
      const verdict = verdictOf(ack)
      if (verdict === 'busy') {
        pause(retryMs(Math.min(pauses++, BUSY_TRIES_MAX), random))
        return false
      }
      pauses = 0
      if (verdict !== 'malformed' || flight.personRefs.length <= 1) return true
      batchMax = Math.max(1, Math.floor(flight.personRefs.length / 2))
      pause(PAUSE_MS)
      return false
    },
    /** A deletion left persons of whom it is not known whether they are gone. */
    doubt(): void {
      mustQuery ||= queries < QUERIES_MAX
    },
    answered(found: readonly string[]): void {
      strays = found
      queries = 0
      mustQuery = false
    },
    unanswered(): void {
      queries += 1
      mustQuery = queries < QUERIES_MAX
    },
  }
}
