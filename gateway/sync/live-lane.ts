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
  /** The newest records, where it is their turn; undefined where it is the backlog's. */
  ahead(waiting: Waiting): Stretch | undefined
  /** The oldest records after `afterSeq`, up to what the server has ahead of them. */
  history(waiting: Waiting, afterSeq: number): Stretch
  /** The server's answer to a stretch. */
  heard(answer: RecordsResponseV1): void
  /** The server takes nothing ahead: none is sent so again in this life of the process. */
  refused(): void
}

/** A shorter backlog is at the server in a second or two: then order is worth more. */
const BACKLOG_MIN = 5_000
/** New records go ahead together, so that the backlog has nearly all of the line. */
const EVERY_MS = 1_000
/** New records that fit two batches follow the last stretch; more of them would let the newest wait again. */
const GAP_MAX = 2 * LIMITS.syncBatchRecordsMax
/** Stretches that a server may have ahead before new records follow the last in any case; it has room for 100. */
const STRETCHES_MAX = 50

export function createLiveLane(deps: { clock: Clock }): LiveLane {
  let epoch = 0
  let held: RecordsResponseV1['ahead'] = []
  let sentMonoMs = Number.NEGATIVE_INFINITY
  let isOff = false

  const heldIn = (waiting: Waiting): RecordsResponseV1['ahead'] => (waiting.epoch === epoch ? held : [])
  return {
    ahead(waiting) {
      const { ackedSeq, lastSeq } = waiting
      if (isOff || lastSeq - ackedSeq <= BACKLOG_MIN || deps.clock.monoMs() - sentMonoMs < EVERY_MS) return undefined
      const stretches = heldIn(waiting)
      const last = stretches.at(-1)?.to
      if (last === lastSeq) return undefined
      sentMonoMs = deps.clock.monoMs()
      const follows = last !== undefined && (lastSeq - last <= GAP_MAX || stretches.length >= STRETCHES_MAX)
      return { afterSeq: follows ? last : lastSeq - LIMITS.syncBatchRecordsMax, untilSeq: lastSeq }
    },
    history(waiting, afterSeq) {
      const next = heldIn(waiting).find(({ from }) => from > afterSeq + 1)
      return { afterSeq, untilSeq: next === undefined ? waiting.lastSeq : next.from - 1 }
    },
    heard(answer) {
      epoch = answer.epoch
      held = answer.ahead
    },
    refused() {
      isOff = true
    },
  }
}
