import { describe, expect, it } from 'vitest'
import { GENESIS_HASH, chainHash } from '#kernel/hash-chain.js'
import { AHEAD_RANGES_MAX } from '../../../server/sync/range-rules.js'
import { statusRecord } from '../../support/factories.js'
import { tempDatabase } from '../support/temp-database.js'
import { createGatewayLog, withPayload } from './gateway-log.js'
import { openIngest } from './ingest-rig.js'

const statuses = (count: number, from = 1) => Array.from({ length: count }, (_, index) => statusRecord(from + index))
const OTHER_HASH = 'f'.repeat(64)

async function withRecords(count: number) {
  const rig = await openIngest(await tempDatabase())
  rig.log.append(...statuses(count))
  return rig
}

describe('records of a gateway', () => {
  it('are stored as they came, once, and acknowledged to the last', async () => {
    const { log, send, epochRow, committed, recordCount } = await withRecords(3)
    expect(await send(log.batch(1, 3))).toEqual({ epoch: 1, contiguousSeq: 3, ahead: [], missing: [], stored: 3, duplicates: 0 })
    expect(await send(log.batch(1, 3))).toEqual({ epoch: 1, contiguousSeq: 3, ahead: [], missing: [], stored: 0, duplicates: 3 })
    expect(await recordCount()).toBe(3)
    expect(await epochRow()).toMatchObject({
      startHash: GENESIS_HASH, contiguousSeq: 3n, contiguousHash: log.hashAt(3), headSeq: 3n, headHash: log.hashAt(3),
      headSignature: log.head().signature, ahead: '[]', duplicates: 3n, unprojected: 0n, brokenAtSeq: null,
    })
    expect(committed).toEqual([3, 0])
  })

  it('overlap: only what is new is stored', async () => {
    const { log, send, recordCount } = await withRecords(9)
    await send(log.batch(1, 4))
    expect(await send(log.batch(3, 7))).toMatchObject({ contiguousSeq: 7, stored: 3, duplicates: 2 })
    expect(await send(log.batch(1, 9))).toMatchObject({ contiguousSeq: 9, stored: 2, duplicates: 7 })
    expect(await recordCount()).toBe(9)
  })

  it('beyond a gap are kept and the gap is named; its records close it', async () => {
    const { log, send, epochRow } = await withRecords(20)
    await send(log.batch(1, 2))
    expect(await send(log.batch(9, 12))).toEqual({
      epoch: 1, contiguousSeq: 2, ahead: [{ from: 9, to: 12 }], missing: [{ from: 3, to: 8 }], stored: 4, duplicates: 0,
    })
    expect(await send(log.batch(5, 6))).toMatchObject({ contiguousSeq: 2, ahead: [{ from: 5, to: 6 }, { from: 9, to: 12 }], missing: [{ from: 3, to: 4 }, { from: 7, to: 8 }] })
    expect(await send(log.batch(3, 10))).toMatchObject({ contiguousSeq: 12, ahead: [], missing: [], stored: 4, duplicates: 4 })
    expect(await epochRow()).toMatchObject({ contiguousSeq: 12n, contiguousHash: log.hashAt(12), headSeq: 20n, brokenAtSeq: null })
  })

  it('of an earlier epoch are still taken after a new one was granted', async () => {
    const { log, send, epochs, gateway, epochRow } = await withRecords(4)
    await send(log.batch(1, 2))
    const granted = await epochs.grant(gateway, { head: null })
    expect(granted).toEqual({ epoch: 2, continues: false, startHash: log.hashAt(4) })
    log.beginEpoch(2, granted.startHash)
    log.append(...statuses(1, 50))
    expect(await send(log.batch(1, 1))).toMatchObject({ epoch: 2, contiguousSeq: 1 })
    expect(await send(log.batch(3, 4, 4, 1))).toMatchObject({ epoch: 1, contiguousSeq: 4 })
    expect([(await epochRow(1)).contiguousSeq, (await epochRow(2)).contiguousSeq]).toEqual([4n, 1n])
  })

  it('that are not understood are stored for their chain and counted, and block nothing', async () => {
    const { log, send, epochRow, recordCount, committed, registry } = await withRecords(1)
    const unknownKind = { kind: 'lift-call.v9', floor: 3 }
    log.append(unknownKind, { ...statusRecord(7), status: 'sleeping' }, 'no json at all', '{"kind":7}', statusRecord(8))
    expect(await send(log.batch(1, 6))).toMatchObject({ contiguousSeq: 6, stored: 6 })
    expect(committed).toEqual([2])
    expect(await epochRow()).toMatchObject({ unprojected: 4n })
    expect(await recordCount()).toBe(6)
    expect(await send(log.batch(1, 6))).toMatchObject({ duplicates: 6 })
    expect(await epochRow()).toMatchObject({ unprojected: 4n })
    expect(await registry.getSingleMetricAsString('sv_sync_records_total')).toContain('sv_sync_records_total{result="unprojected"} 4')
  })
})

describe('a batch that does not fit', () => {
  const unchanged = { contiguousSeq: 5n, headSeq: 8n, ahead: '[]', duplicates: 0n }

  async function half() {
    const rig = await withRecords(8)
    await rig.send(rig.log.batch(1, 5))
    return rig
  }

  it('is refused where a payload was changed, and the finding stays', async () => {
    const { log, refusal, epochRow, recordCount, registry, committed } = await half()
    expect(await refusal(withPayload(log.batch(6, 8), 7, '{"kind":"forged.v1"}'))).toEqual({ code: 'SV_SYNC_CHAIN', details: { epoch: 1, seq: 7 } })
    expect(await epochRow()).toMatchObject({ ...unchanged, brokenAtSeq: 7n })
    expect(await recordCount()).toBe(5)
    expect(committed).toEqual([5, 0])
    expect(await registry.getSingleMetricAsString('sv_sync_batches_refused_total')).toContain('{code="SV_SYNC_CHAIN"} 1')
  })

  it('is refused where its first record does not follow what is stored', async () => {
    const { log, refusal, epochRow, recordCount } = await half()
    log.forgetAfter(4)
    log.append(...statuses(4, 100))
    const forked = log.batch(6, 8)
    expect(await refusal(forked)).toEqual({ code: 'SV_SYNC_CONFLICT', details: { epoch: 1, seq: 8 } })
    expect(await epochRow()).toMatchObject({ ...unchanged, brokenAtSeq: 8n })
    log.append(...statuses(1, 200))
    // Past the head that the server holds nothing contradicts it but the predecessor.
    expect(await refusal(log.batch(6, 7))).toEqual({ code: 'SV_SYNC_CHAIN', details: { epoch: 1, seq: 6 } })
    expect(await epochRow()).toMatchObject({ ...unchanged, brokenAtSeq: 6n })
    expect(await recordCount()).toBe(5)
  })

  it('is refused where another record stands at a place, whole', async () => {
    const { log, refusal, epochRow, recordCount } = await half()
    log.forgetAfter(4)
    log.append(...statuses(6, 100))
    expect(await refusal(log.batch(5, 10))).toEqual({ code: 'SV_SYNC_CONFLICT', details: { epoch: 1, seq: 5 } })
    expect(await epochRow()).toMatchObject({ ...unchanged, brokenAtSeq: 5n })
    expect(await recordCount()).toBe(5)
  })

  it('is refused where its signed head names another record than a stored one, or than its own last', async () => {
    const { log, refusal, epochRow, recordCount } = await half()
    const honest = log.batch(6, 7, 7)
    log.forgetAfter(2)
    log.append(...statuses(6, 100))
    expect(await refusal({ ...log.batch(1, 2), head: log.head(5) })).toEqual({ code: 'SV_SYNC_CONFLICT', details: { epoch: 1, seq: 5 } })
    expect(await refusal({ ...honest, head: log.head(7) })).toEqual({ code: 'SV_SYNC_CONFLICT', details: { epoch: 1, seq: 7 } })
    expect(await epochRow()).toMatchObject({ ...unchanged, brokenAtSeq: 5n })
    expect(await recordCount()).toBe(5)
  })

  it('is refused under a head that another key signed, and says nothing of the chain', async () => {
    const { log, refusal, epochRow, recordCount } = await half()
    const twin = createGatewayLog(log.gatewayId)
    twin.append(...statuses(8))
    expect(await refusal({ ...log.batch(6, 8), head: twin.head(8) })).toMatchObject({ code: 'SV_SYNC_SIGNATURE' })
    expect(await refusal({ ...log.batch(6, 8), head: { ...log.head(8), hash: OTHER_HASH } })).toMatchObject({ code: 'SV_SYNC_SIGNATURE' })
    expect(await refusal({ ...log.batch(6, 8), head: { ...log.head(8), signature: '' } })).toMatchObject({ code: 'SV_SYNC_SIGNATURE' })
    expect(await epochRow()).toMatchObject({ ...unchanged, brokenAtSeq: null })
    expect(await recordCount()).toBe(5)
  })

  it('is taken where it follows the verified part, though a run stored before does not follow it', async () => {
    const { log, send, refusal, epochRow } = await withRecords(6)
    const original = log.batch(4, 6)
    await send(original)
    log.forgetAfter(2)
    log.append(...statuses(1, 100))
    const verified = { ...log.batch(1, 3), head: { ...original.head } }
    expect(await send(verified)).toMatchObject({ contiguousSeq: 3, ahead: [{ from: 4, to: 6 }], missing: [], stored: 3 })
    expect(await epochRow()).toMatchObject({ contiguousSeq: 3n, contiguousHash: log.hashAt(3), brokenAtSeq: 4n })
    // The gateway that goes on after seq 3 learns that it cannot: it must ask for an epoch.
    expect(await refusal(original)).toEqual({ code: 'SV_SYNC_CHAIN', details: { epoch: 1, seq: 4 } })
  })

  it('is refused by its form: order, head of another epoch, head below the last record', async () => {
    const { log, refusal, epochRow } = await half()
    const batch = log.batch(6, 8)
    const skipped = { ...batch, records: batch.records.filter((record) => record.seq !== 7) }
    expect(await refusal(skipped)).toEqual({ code: 'SV_HTTP_VALIDATION', details: { in: 'body', field: 'records.1.seq', problem: 'must be 7' } })
    expect(await refusal({ ...batch, epoch: 2 })).toMatchObject({ code: 'SV_HTTP_VALIDATION', details: { field: 'head.epoch' } })
    expect(await refusal(log.batch(6, 8, 7))).toMatchObject({ code: 'SV_HTTP_VALIDATION', details: { field: 'head.seq' } })
    expect(await epochRow()).toMatchObject({ ...unchanged, brokenAtSeq: null })
  })

  it('is refused in an epoch that was never granted', async () => {
    const { log, refusal } = await half()
    log.beginEpoch(2, log.hashAt(8))
    log.append(...statuses(1))
    expect(await refusal(log.batch(1, 1))).toMatchObject({ code: 'SV_SYNC_EPOCH' })
  })

  it('is refused where it would leave more gaps than an answer can name, and is taken once they are fewer', async () => {
    const { log, send, refusal, epochRow } = await withRecords(2 * AHEAD_RANGES_MAX + 3)
    for (let range = 1; range <= AHEAD_RANGES_MAX; range++) await send(log.batch(2 * range + 1, 2 * range + 1))
    const beyond = log.batch(2 * AHEAD_RANGES_MAX + 3, 2 * AHEAD_RANGES_MAX + 3)
    expect(await refusal(beyond)).toMatchObject({ code: 'SV_SYNC_FRAGMENTED' })
    expect(await epochRow()).toMatchObject({ brokenAtSeq: null })
    await send(log.batch(1, 2))
    expect((await send(beyond)).missing).toHaveLength(AHEAD_RANGES_MAX)
  })

  it('leaves nothing where a projection fails, and the same batch is taken whole afterwards', async () => {
    let failing = true
    const db = await tempDatabase()
    const { log, ingest, gateway, recordCount, epochRow } = await openIngest(db, {
      projectors: [{ project: () => (failing ? Promise.reject(new Error('disk')) : Promise.resolve()) }],
    })
    log.append(...statuses(2))
    await expect(ingest.ingest(gateway, log.batch(1, 2))).rejects.toThrow('disk')
    expect([await recordCount(), (await epochRow()).headSeq]).toEqual([0, 0n])
    failing = false
    expect(await ingest.ingest(gateway, log.batch(1, 2))).toMatchObject({ contiguousSeq: 2, stored: 2 })
  })
})

describe('a gateway whose log went another way', () => {
  it('is told so, gets a new epoch that follows the old head, and goes on', async () => {
    const { log, send, refusal, epochs, gateway, epochRow } = await withRecords(8)
    await send(log.batch(1, 8))
    log.forgetAfter(6)
    log.append(...statuses(4, 100))
    expect(await refusal(log.batch(7, 10))).toMatchObject({ code: 'SV_SYNC_CONFLICT', details: { seq: 7 } })
    const oldHead = (await epochRow()).headHash
    const granted = await epochs.grant(gateway, { head: log.head() })
    expect(granted).toEqual({ epoch: 2, continues: false, startHash: oldHead })
    log.beginEpoch(2, granted.startHash)
    log.append(...statuses(2, 200))
    expect(await send(log.batch(1, 2))).toMatchObject({ epoch: 2, contiguousSeq: 2 })
    expect(chainHash(oldHead, { gatewayId: log.gatewayId, epoch: 2, seq: 1, payload: JSON.stringify(statusRecord(200)) })).toBe(log.hashAt(1))
  })
})
