import { bulkWrite } from '../db/bulk.js'
import type { Tx } from '../db/transaction.js'
import type { Origin, PlacedRecord } from '../sync/record-place.js'

const PASSAGES = {
  table: 'AccessEvent', key: ['passageId'], onConflict: 'ignore',
  columns: [
    'passageId', 'gatewayId', 'epoch', 'seq', 'estateId', 'gateId', 'deviceId', 'way', 'result', 'reason', 'personRef', 'permitId',
    'score', 'margin', 'threshold', 'liveness', 'gallerySize', 'modelId', 'frameAgeMs', 'timings', 'occurredAtMs',
  ],
} as const

export async function insertPassages(tx: Tx, { estateId }: Origin, passages: readonly PlacedRecord<'passage.v2'>[]): Promise<void> {
  const rows = passages.map(({ place, body }) => ({
    ...body, ...place, estateId, deviceId: body.deviceId ?? 'desk', gallerySize: body.gallerySize ?? 0, modelId: body.modelId ?? '', frameAgeMs: body.ageMs ?? 0,
    timings: JSON.stringify(body.timings),
  }))
  await bulkWrite(tx, PASSAGES, rows, ['passageId'])
}

const OUTCOMES = {
  table: 'PassageOutcome', key: ['gatewayId', 'passageId'],
  columns: ['gatewayId', 'passageId', 'epoch', 'seq', 'outcome', 'reason', 'latencyMs'],
  onConflict: {
    update: ['epoch', 'seq', 'outcome', 'reason', 'latencyMs'],
    when: '(excluded."epoch", excluded."seq") > ("PassageOutcome"."epoch", "PassageOutcome"."seq")',
  },
} as const

/** @param outcomes at most one for each passage; an older one than the stored changes nothing */
export async function saveOutcomes(tx: Tx, outcomes: readonly PlacedRecord<'command-outcome.v1'>[]): Promise<void> {
  const rows = outcomes.map(({ place, body: { passageId, outcome, reason, latencyMs } }) => ({ ...place, passageId, outcome, reason, latencyMs }))
  await bulkWrite(tx, OUTCOMES, rows, ['passageId'])
}
