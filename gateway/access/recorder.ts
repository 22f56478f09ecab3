import type { RefusalReason } from '#contract/passage-record.js'
import { type Passing, passageRecord } from './passing.js'
import type { AccessRuntime, AccessTx, DecisionResult } from './ports.js'
import { createRecentKeys } from './recent-keys.js'

/** A disk that fails does so at every decision: one line in this time is enough. */
const FAILURE_REPEAT_MS = 10_000

/** What grants and refusals have in common: the record of a decision, and who is told of it. */
export interface Recorder {
  /** Inside a transaction. */
  append(tx: AccessTx, passing: Passing, passageId: string): Promise<unknown>
  tell(passing: Passing, result: DecisionResult, reason: RefusalReason | null, passageId: string | null, timings?: Passing['timings']): void
  storeFailed(passing: Passing, error: unknown): void
}

export function createRecorder({ clock, stamp, log, observer }: AccessRuntime): Recorder {
  const failures = createRecentKeys({ clock, windowMs: FAILURE_REPEAT_MS, keysMax: 1 })
  return {
    append: (tx, passing, passageId) => tx.append(passageRecord(passing, stamp(), passageId)),
    tell({ place, seen, way, decision, timings }, result, reason, passageId, took = timings) {
      observer.decided({
        gateId: place?.gate.gateId ?? null, deviceId: seen?.deviceId ?? null, way, personRef: decision.personRef, passageId,
        result, reason, logged: passageId !== null, timings: took,
      })
    },
    storeFailed({ seen, place }, error) {
      observer.anomaly('store-failed')
      if (failures.claim('store-failed')) log.error({ deviceId: seen?.deviceId, gateId: place?.gate.gateId, err: error }, 'a decision could not be recorded')
    },
  }
}
