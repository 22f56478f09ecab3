import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { RecordsRequestV1 } from '#contract/sync-api.js'
import type { Database } from '../../../server/db/transaction.js'
import { statusRecord } from '../../support/factories.js'
import { tempDatabase } from '../support/temp-database.js'
import { openIngest } from './ingest-rig.js'
import { command, controllerStatus, doorEvent, enrolment, erasure, gatewayStart, outcome, passage, refusal } from './record-samples.js'

const RECORDS = 24

/** A log with every kind of record, one of an unknown kind among them. */
const contents = (offset: number): object[] => {
  const n = (number: number): number => offset + number
  return [
    gatewayStart(n(1)), controllerStatus(n(2), 'online'), passage(n(3)), command(n(3)), doorEvent(n(5), 'relay-released'), outcome(n(3)),
    doorEvent(n(7), 'opened'), doorEvent(n(8), 'relay-locked'), refusal(n(9)), doorEvent(n(10), 'closed'), passage(n(11)), command(n(11)),
    outcome(n(11), { outcome: 'no-answer', latencyMs: null }), { kind: 'unheard-of.v1' }, enrolment(n(15)), outcome(n(11)), doorEvent(n(17), 'forced'),
    controllerStatus(n(18), 'offline'), erasure(n(19)), doorEvent(n(20), 'fire'), gatewayStart(n(21)), controllerStatus(n(22), 'online'),
    doorEvent(n(23), 'forced-cleared'), statusRecord(n(24)),
  ]
}

/** Everything that the gateway's records made, without times of arrival and counts of repeats. */
async function tablesOf(db: Database, gatewayId: string, estateId: string) {
  const where = { gatewayId }
  return {
    records: await db.read.gatewayRecord.findMany({ where, orderBy: { seq: 'asc' }, omit: { receivedAtMs: true } }),
    epoch: await db.read.gatewayEpoch.findMany({ where, omit: { duplicates: true, grantedAtMs: true } }),
    passages: await db.read.accessEvent.findMany({ where, orderBy: { seq: 'asc' } }),
    outcomes: await db.read.passageOutcome.findMany({ where, orderBy: { passageId: 'asc' } }),
    doorEvents: await db.read.doorEvent.findMany({ where, orderBy: { seq: 'asc' } }),
    gates: (await db.read.gateState.findMany({ where: { estateId } })).map((row) => ({ ...row, registers: JSON.parse(row.registers) as unknown })),
    devices: await db.read.deviceState.findMany({ where: { estateId }, orderBy: { deviceId: 'asc' } }),
    holdings: (await db.read.templateHolding.findMany({ where })).map((row) => ({ ...row, registers: JSON.parse(row.registers) as unknown })),
  }
}

/** Any cover of the log by batches, in any order, with any of them repeated at any time. */
const uploads = fc.uniqueArray(fc.integer({ min: 1, max: RECORDS - 1 }), { maxLength: 8 }).chain((cuts) => {
  const ends = [...cuts.sort((a, b) => a - b), RECORDS]
  const pieces = ends.map((to, index) => ({ from: (ends[index - 1] ?? 0) + 1, to }))
  const extra = fc.record({ from: fc.integer({ min: 1, max: RECORDS }), length: fc.integer({ min: 0, max: 10 }) })
    .map(({ from, length }) => ({ from, to: Math.min(RECORDS, from + length) }))
  return fc.array(extra, { maxLength: 8 }).chain((extras) => fc.shuffledSubarray([...pieces, ...extras], { minLength: pieces.length + extras.length }))
})

it('any cover of a log by batches, in any order and with any repeats, ends in one row a record and the same projections', async () => {
  const db = await tempDatabase()
  let number = 0
  /** A gateway and estate of its own, so that runs do not meet. */
  const run = async (batches: (batch: (from: number, to: number) => RecordsRequestV1) => RecordsRequestV1[]) => {
    number += 1
    const estateId = `estate-${number}`
    const rig = await openIngest(db, { number, estateId })
    rig.log.append(...contents(number * 100))
    const sent = batches((from, to) => rig.log.batch(from, to))
    for (const batch of sent) await rig.send(batch)
    return { rig, sent, tables: await tablesOf(db, rig.gateway.gatewayId, estateId) }
  }

  await fc.assert(fc.asyncProperty(uploads, async (ranges) => {
    const { rig, sent, tables } = await run((batch) => ranges.map(({ from, to }) => batch(from, to)))
    expect(tables.records.map((row) => [Number(row.seq), row.payload, row.hash])).toEqual(
      rig.log.batch(1, RECORDS).records.map(({ seq, payload, hash }) => [seq, payload, hash]),
    )
    const row = await rig.epochRow()
    expect(row).toMatchObject({ contiguousSeq: BigInt(RECORDS), contiguousHash: rig.log.hashAt(RECORDS), ahead: '[]', brokenAtSeq: null, unprojected: 1n })
    expect(Number(row.duplicates)).toBe(sent.reduce((sum, batch) => sum + batch.records.length, 0) - RECORDS)

    // The same log, in one piece: what stands in the tables must not tell the two apart.
    const { estateId, gatewayId } = rig.gateway
    for (const table of ['gatewayRecord', 'gatewayEpoch', 'accessEvent', 'passageOutcome', 'doorEvent', 'templateHolding'] as const) {
      await db.transact((tx) => (tx[table] as typeof tx.gatewayRecord).deleteMany({ where: { gatewayId } }))
    }
    await db.transact(async (tx) => {
      await tx.gateState.deleteMany({ where: { estateId } })
      await tx.deviceState.deleteMany({ where: { estateId } })
    })
    await rig.epochs.grant(rig.gateway, { head: null })
    await rig.send(rig.log.batch(1, RECORDS))
    expect(tables).toEqual(await tablesOf(db, gatewayId, estateId))
  }), { numRuns: 40 })
}, 300_000)
