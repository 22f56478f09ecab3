import { type BulkValue, bulkWrite } from '../db/bulk.js'
import type { Tx } from '../db/transaction.js'
import type { Origin, PlacedRecord } from '../sync/record-place.js'
import { type AccessTally, type WaitTally, decisionOf } from './figure-rules.js'

const PASSAGES = {
  table: 'AccessEvent', key: ['passageId'], onConflict: 'ignore',
  columns: [
    'passageId', 'gatewayId', 'epoch', 'seq', 'estateId', 'gateId', 'deviceId', 'way', 'direction', 'result', 'reason', 'decision', 'remarks', 'personRef', 'permitId',
    'credentialId', 'visitId', 'operatorRef', 'override', 'score', 'margin', 'threshold', 'liveness', 'gallerySize', 'modelId',
    'ageMs', 'waitMs', 'attempts', 'timings', 'occurredAtMs',
  ],
} as const
type PassageColumn = (typeof PASSAGES.columns)[number]

const rowOf = (estateId: string, { place, body }: PlacedRecord<'passage.v2'>): Record<PassageColumn, BulkValue> => ({
  ...place, passageId: body.passageId, estateId, gateId: body.gateId, deviceId: body.deviceId, way: body.way, direction: body.direction,
  result: body.result, reason: body.reason, decision: decisionOf(body), remarks: JSON.stringify(body.remarks),
  personRef: body.personRef, permitId: body.permitId, credentialId: body.credentialId, visitId: body.visitId,
  operatorRef: body.operatorRef, override: body.override, score: body.score, margin: body.margin, threshold: body.threshold, liveness: body.liveness,
  gallerySize: body.gallerySize, modelId: body.modelId, ageMs: body.ageMs, waitMs: body.waitMs, attempts: body.attempts,
  timings: JSON.stringify(body.timings), occurredAtMs: body.occurredAtMs,
})

/** Returns those that were not there: of two records that name one passage the first counts. */
export async function insertPassages(tx: Tx, { estateId }: Origin, passages: readonly PlacedRecord<'passage.v2'>[]): Promise<PlacedRecord<'passage.v2'>[]> {
  const inserted = new Set((await bulkWrite(tx, PASSAGES, passages.map((passage) => rowOf(estateId, passage)), ['passageId'])).map((row) => row.passageId))
  // A repeat within one call has the id of a row that went in: only its first mention is that row.
  return passages.filter(({ body }) => inserted.delete(body.passageId))
}

const TALLIES = {
  table: 'AccessTally', key: ['estateId', 'hourStartMs', 'way', 'decision'], columns: ['estateId', 'hourStartMs', 'way', 'decision', 'passages', 'attempts'],
  onConflict: { add: ['passages', 'attempts'] },
} as const

const WAITS = {
  table: 'WaitTally', key: ['estateId', 'dayStartMs', 'way', 'waitBin'], columns: ['estateId', 'dayStartMs', 'way', 'waitBin', 'passages'], onConflict: { add: ['passages'] },
} as const

/** Adds to what was counted before. */
export async function addTallies(tx: Tx, { estateId }: Origin, tallies: readonly AccessTally[], waits: readonly WaitTally[]): Promise<void> {
  await bulkWrite(tx, TALLIES, tallies.map((tally) => ({ estateId, ...tally })), ['way'])
  await bulkWrite(tx, WAITS, waits.map((tally) => ({ estateId, ...tally })), ['way'])
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
