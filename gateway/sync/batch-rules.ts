import { LIMITS } from '#kernel/limits.js'
import type { SyncRecordV1 } from '#contract/sync-api.js'
import type { StoredRecord } from '../store/types.js'

/** Room kept for everything of the body that is no record: epoch, hashes, signature. */
const FRAME_BYTES = 1_024

/**
 * As many of the first records as one upload may carry, at least one: `LIMITS.syncBatchRecordsMax` records and
 * `LIMITS.syncBodyBytesMax` bytes of body.
 * @param records consecutive, oldest first, not empty
 */
export function cutBatch(records: readonly StoredRecord[]): SyncRecordV1[] {
  const batch: SyncRecordV1[] = []
  let bytes = FRAME_BYTES
  for (const { seq, payload, hash } of records) {
    const record = { seq, payload, hash }
    bytes += Buffer.byteLength(JSON.stringify(record)) + 1
    if (batch.length > 0 && (bytes > LIMITS.syncBodyBytesMax || batch.length >= LIMITS.syncBatchRecordsMax)) break
    batch.push(record)
  }
  return batch
}
