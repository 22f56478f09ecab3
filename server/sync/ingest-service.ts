import type { RecordsRequestV1, RecordsResponseV1, SyncRecordV1 } from '#contract/sync-api.js'
import type { AppError } from '#kernel/app-error.js'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { Database, Tx } from '../db/transaction.js'
import { type ServerErrorCode, fail } from '../errors.js'
import { findEpoch, saveEpoch } from './epoch-repository.js'
import type { KnownGateway } from './gateway-auth.js'
import { headIsSigned } from './head-signature.js'
import { type BatchOutcome, type EpochState, batchFormError, hashesNeeded, takeBatch } from './ingest-rules.js'
import type { Projector } from './projector.js'
import { missingRanges } from './range-rules.js'
import { type ReadRecord, readRecord } from './record-reading.js'
import { insertRecords, storedHashes } from './record-repository.js'
import { type Origin, type Place, type PlacedRecord, ofKind } from './record-place.js'
import type { SyncMetrics } from './sync-metrics.js'

/** Told after the commit, with what it brought; it must neither throw nor wait. */
export type CommitListener = (origin: Origin, records: readonly PlacedRecord[]) => void

export interface IngestDeps {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly projectors: readonly Projector[]
  readonly committed: CommitListener
  readonly metrics: SyncMetrics
}

export interface IngestService {
  /**
   * Stores a batch exactly once, whole, in one transaction with all that is projected from it. A repeat is counted
   * and changes nothing; a batch beyond the contiguous position is kept and the gap named.
   * @throws AppError SV_HTTP_VALIDATION, SV_SYNC_SIGNATURE, SV_SYNC_EPOCH; SV_SYNC_CHAIN, SV_SYNC_CONFLICT and
   *   SV_SYNC_FRAGMENTED with `seq`: then nothing of the batch is stored
   */
  ingest(gateway: KnownGateway, batch: RecordsRequestV1): Promise<RecordsResponseV1>
}

type Accepted = Extract<BatchOutcome, { kind: 'accepted' }>

interface Read extends ReadRecord {
  readonly place: Place
  readonly record: SyncRecordV1
}

const answerOf = ({ state, fresh, duplicates }: Accepted): RecordsResponseV1 => ({
  epoch: state.epoch, contiguousSeq: state.contiguousSeq, ahead: state.ahead.map(({ from, to }) => ({ from, to })),
  missing: missingRanges(state), stored: fresh.length, duplicates,
})

/** What the records themselves change in the epoch's row. */
function withRecords(state: EpochState, read: readonly Read[], placed: readonly PlacedRecord[]): EpochState {
  const starts = ofKind(placed, 'gateway-start.v1').map((record) => record.place.seq)
  return { ...state, unprojected: state.unprojected + read.length - placed.length, lastStartSeq: Math.max(state.lastStartSeq, ...starts) }
}

export function createIngestService(deps: IngestDeps): IngestService {
  const { db, clock, metrics } = deps
  const refused = (code: ServerErrorCode, details: Readonly<Record<string, unknown>> = {}): AppError => {
    metrics.refused(code)
    return fail(code, details)
  }

  const store = async (tx: Tx, gateway: KnownGateway, batch: RecordsRequestV1) => {
    const origin = { gatewayId: gateway.gatewayId, estateId: gateway.estateId }
    const state = await findEpoch(tx, gateway.gatewayId, batch.epoch)
    if (state === undefined) throw refused('SV_SYNC_EPOCH', { field: 'epoch', problem: `${batch.epoch} was not granted` })
    const stored = await storedHashes(tx, gateway.gatewayId, batch.epoch, hashesNeeded(state, batch))
    const outcome = takeBatch(origin, state, batch, stored)
    if (outcome.kind === 'refused') {
      await saveEpoch(tx, gateway.gatewayId, outcome.state)
      return { outcome, placed: [] as PlacedRecord[], unprojected: 0 }
    }
    const read = outcome.fresh.map((record): Read =>
      ({ record, place: { gatewayId: gateway.gatewayId, epoch: batch.epoch, seq: record.seq }, ...readRecord(record.payload) }))
    const placed = read.flatMap(({ place, body }): PlacedRecord[] => (body === undefined ? [] : [{ place, body }]))
    const rows = read.map(({ record: { payload, hash }, place, kind }) => ({ ...place, kind, payload, hash }))
    const inserted = await insertRecords(tx, rows, clock.wallMs())
    // The rows were not there a moment ago and writers stand in one queue.
    if (inserted !== rows.length) throw new Error(`ingest: ${inserted} of ${rows.length} records inserted`)
    for (const projector of deps.projectors) await projector.project(tx, origin, placed)
    await saveEpoch(tx, gateway.gatewayId, withRecords(outcome.state, read, placed))
    return { outcome, placed, unprojected: read.length - placed.length }
  }

  return {
    async ingest(gateway, batch) {
      const formError = batchFormError(batch)
      if (formError !== undefined) throw refused('SV_HTTP_VALIDATION', { in: 'body', ...formError })
      if (!headIsSigned(gateway, batch.head)) throw refused('SV_SYNC_SIGNATURE')
      const { outcome, placed, unprojected } = await db.transact(async (tx) => {
        const begunMs = clock.monoMs()
        const result = await store(tx, gateway, batch)
        metrics.batch((clock.monoMs() - begunMs) / 1_000)
        return result
      })
      const { gatewayId, estateId } = gateway
      if (outcome.kind === 'refused') {
        deps.log.warn({ gatewayId, estateId, epoch: batch.epoch, seq: outcome.seq, code: outcome.code }, 'upload refused')
        // The finding changes what is shown of the gateway.
        deps.committed({ gatewayId, estateId }, [])
        throw refused(outcome.code, { epoch: batch.epoch, seq: outcome.seq })
      }
      metrics.records('stored', outcome.fresh.length)
      metrics.records('duplicate', outcome.duplicates)
      metrics.records('unprojected', unprojected)
      deps.committed({ gatewayId, estateId }, placed)
      return answerOf(outcome)
    },
  }
}
