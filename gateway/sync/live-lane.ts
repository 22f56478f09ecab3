import type { RecordsResponseV1 } from '#contract/sync-api.js'
import type { Clock } from '#kernel/clock.js'
import { LIMITS } from '#kernel/limits.js'

/** What waits for the server in one epoch. */
export interface Waiting {
  readonly epoch: number
  readonly ackedSeq: number
  readonly lastSeq: number
}

/** The records after `afterSeq`, up to `untilSeq`. */
export interface Stretch {
  readonly afterSeq: number
  readonly untilSeq: number
}

/**
 * After a long outage what happens now goes ahead of what happened then: managers see the gates as they are within
 * seconds, while the backlog follows. The server keeps what it has ahead of its contiguous position and names what is
 * missing before; the signed head covers both, and nothing is sent twice.
 */
export interface LiveLane {
  /**
   * The newest records, where it is their turn; undefined where it is the backlog's.
   * @param olderRecords that wait in earlier epochs, and would go before
   */
  ahead(waiting: Waiting, olderRecords?: number): Stretch | undefined
  /** The oldest records after `afterSeq`, up to what the server has ahead of them. */
  history(waiting: Waiting, afterSeq: number): Stretch
  /** The server's answer to a stretch. */
  heard(answer: RecordsResponseV1): void
  /** The server takes nothing ahead in this epoch: none is sent so again. It may in another: what it refused may be a history that it does not share. */
  refused(epoch: number): void
}

/** A shorter backlog is at the server in a second or two: then order is worth more. */
const BACKLOG_MIN = 5_000
/** New records go ahead together, so that the backlog has nearly all of the line. */
const EVERY_MS = 1_000
/** New records that fit two batches follow the last stretch; more of them would let the newest wait again. */
const GAP_MAX = 2 * LIMITS.syncBatchRecordsMax
/** Stretches that a server may have ahead before new records follow the last in any case; it has room for 100. */
const STRETCHES_MAX = 50
/** Epochs whose state is remembered: the one that is written in, and an earlier one that still drains. */
const EPOCHS_MAX = 4

export function createLiveLane(deps: { clock: Clock }): LiveLane {
  const held = new Map<number, RecordsResponseV1['ahead']>()
  let sentMonoMs = Number.NEGATIVE_INFINITY
  let offEpoch: number | undefined

  const heldIn = ({ epoch }: Waiting): RecordsResponseV1['ahead'] => held.get(epoch) ?? []
  return {
    ahead(waiting, olderRecords = 0) {
      const { epoch, ackedSeq, lastSeq } = waiting
      if (epoch === offEpoch || olderRecords + lastSeq - ackedSeq <= BACKLOG_MIN || deps.clock.monoMs() - sentMonoMs < EVERY_MS) return undefined
      const stretches = heldIn(waiting)
      const last = stretches.at(-1)?.to
      if (last === lastSeq || lastSeq <= ackedSeq) return undefined
      sentMonoMs = deps.clock.monoMs()
      const follows = last !== undefined && (lastSeq - last <= GAP_MAX || stretches.length >= STRETCHES_MAX)
      return { afterSeq: follows ? last : Math.max(ackedSeq, lastSeq - LIMITS.syncBatchRecordsMax), untilSeq: lastSeq }
    },
    history(waiting, afterSeq) {
      const next = heldIn(waiting).find(({ from }) => from > afterSeq + 1)
      return { afterSeq, untilSeq: next === undefined ? waiting.lastSeq : next.from - 1 }
    },
    heard({ epoch, ahead }) {
      held.delete(epoch)
      held.set(epoch, ahead)
      if (held.size > EPOCHS_MAX) for (const oldest of [...held.keys()].slice(0, 1)) held.delete(oldest)
    },
    refused(epoch) {
      offEpoch = epoch
    },
  }
}
