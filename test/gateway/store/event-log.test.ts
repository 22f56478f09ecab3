import { describe, expect, it } from 'vitest'
import sqlite3 from 'sqlite3'
import { GENESIS_HASH, chainHash } from '#kernel/hash-chain.js'
import type { StoredRecord } from '../../../gateway/store/types.js'
import { statusRecord, uuid } from '../../support/factories.js'
import { GATEWAY_ID, openStore } from '../../support/open-store.js'

const execute = (path: string, sql: string): Promise<void> => new Promise((resolve, reject) => {
  const database = new sqlite3.Database(path)
  database.exec(sql, (error) => database.close(() => (error ? reject(error) : resolve())))
})

function expectChain(records: readonly StoredRecord[], startHash: string, from = 1): void {
  let previous = startHash
  for (const [index, record] of records.entries()) {
    expect(record.seq).toBe(from + index)
    expect(record.hash).toBe(chainHash(previous, { ...record, gatewayId: GATEWAY_ID }))
    previous = record.hash
  }
}

describe('event log', () => {
  it('refuses records before an epoch was granted', async () => {
    const store = await openStore({ bare: true })
    expect(store.head()).toBeUndefined()
    await expect(store.transact((tx) => tx.append(statusRecord(1)))).rejects.toMatchObject({ code: 'GW_STORE_NO_EPOCH' })
    await expect(store.beginEpoch(1, GENESIS_HASH)).rejects.toMatchObject({ code: 'GW_STORE_NO_EPOCH' })
    expect(await store.uploadPosition()).toBeUndefined()
  })

  it('stores the exact text that was hashed, gapless, each hash following the one before', async () => {
    const store = await openStore()
    const places = await Promise.all([1, 2, 3, 4, 5].map((number) => store.transact((tx) => tx.append(statusRecord(number)))))
    const records = await store.recordsAfter(1, 0, 100)
    expect(places).toEqual([1, 2, 3, 4, 5].map((seq) => ({ epoch: 1, seq, hash: records[seq - 1]?.hash })))
    expect(records.map((record) => record.payload)).toEqual([1, 2, 3, 4, 5].map((number) => JSON.stringify(statusRecord(number))))
    expectChain(records, GENESIS_HASH)
    expect(store.head()).toEqual({ gatewayId: GATEWAY_ID, epoch: 1, seq: 5, hash: records[4]?.hash })
    expect(await store.recordsAfter(1, 2, 2)).toEqual(records.slice(2, 4))
    expect(await store.hashAt(1, 0)).toBe(GENESIS_HASH)
    expect(await store.hashAt(1, 3)).toBe(records[2]?.hash)
    await expect(store.hashAt(1, 6)).rejects.toMatchObject({ code: 'GW_STORE_NO_RECORD' })
  })

  it.each([
    ['a field too many', { ...statusRecord(1), name: 'Chan' }, /additional|Unevaluated|name/i],
    ['a wrong value', statusRecord(1, { deviceId: 'Not A Slug' }), /^\/deviceId: /],
    ['a number that is none', statusRecord(1, { clockOffsetMs: Number.NaN }), /^\/clockOffsetMs: /],
    ['an unknown kind', { ...statusRecord(1), kind: 'gossip.v1' }, /^\/kind: unknown$/],
  ])('refuses a record with %s and names the field', async (_, body, error) => {
    const store = await openStore()
    await expect(store.transact((tx) => tx.append(body as ReturnType<typeof statusRecord>)))
      .rejects.toMatchObject({ code: 'GW_STORE_INVALID', details: { error: expect.stringMatching(error) } })
    expect(store.head()?.seq).toBe(0)
    expect(await store.recordsAfter(1, 0, 10)).toEqual([])
  })

  it('goes on where it stood after a restart', async () => {
    const first = await openStore()
    await first.transact((tx) => tx.append(statusRecord(1)))
    const head = first.head()
    await first.close()
    const second = await openStore({ path: first.path })
    expect(second.head()).toEqual(head)
    await second.transact((tx) => tx.append(statusRecord(2)))
    expectChain(await second.recordsAfter(1, 0, 10), GENESIS_HASH)
  })

  it('begins a new epoch after the hash that the server names, and never an old one', async () => {
    const store = await openStore()
    await store.transact((tx) => tx.append(statusRecord(1)))
    await store.beginEpoch(1, GENESIS_HASH)
    expect(store.head()?.seq).toBe(1)
    await expect(store.beginEpoch(1, 'a'.repeat(64))).rejects.toMatchObject({ code: 'GW_STORE_EPOCH' })
    await store.beginEpoch(3, 'b'.repeat(64))
    expect(store.head()).toEqual({ gatewayId: GATEWAY_ID, epoch: 3, seq: 0, hash: 'b'.repeat(64) })
    await expect(store.beginEpoch(2, GENESIS_HASH)).rejects.toMatchObject({ code: 'GW_STORE_EPOCH' })
    expect(await store.transact((tx) => tx.append(statusRecord(2)))).toMatchObject({ epoch: 3, seq: 1 })
    expectChain(await store.recordsAfter(3, 0, 10), 'b'.repeat(64))
    expect(await store.uploadPosition()).toEqual({ epoch: 1, ackedSeq: 0, lastSeq: 1 })
    await store.markUploaded(1, 1)
    expect(await store.uploadPosition()).toEqual({ epoch: 3, ackedSeq: 0, lastSeq: 1 })
  })

  it('the file itself refuses to change, drop, skip or backdate a record', async () => {
    const store = await openStore()
    for (let number = 1; number <= 3; number++) await store.transact((tx) => tx.append(statusRecord(number)))
    await store.markUploaded(1, 2)
    const before = await store.recordsAfter(1, 0, 10)
    await store.close()
    const hash = 'f'.repeat(64)
    for (const sql of [
      `UPDATE log_record SET payload = '{}' WHERE seq = 1`,
      `DELETE FROM log_record WHERE seq = 3`,
      `DELETE FROM log_record WHERE seq = 2`,
      `INSERT INTO log_record VALUES (1, 5, '{}', '${hash}')`,
      `INSERT INTO log_record VALUES (1, 3, '{}', '${hash}')`,
      `PRAGMA recursive_triggers = ON; INSERT OR REPLACE INTO log_record VALUES (1, 3, '{}', '${hash}')`,
      `UPDATE log_epoch SET acked_seq = 1`,
      `UPDATE log_epoch SET acked_seq = 4`,
      `UPDATE log_epoch SET start_hash = '${hash}'`,
      `DELETE FROM log_epoch`,
      `INSERT INTO log_epoch VALUES (1, '${hash}', 0)`,
    ]) await expect(execute(store.path, sql), sql).rejects.toThrow(/append-only|gapless|epochs only grow|UNIQUE/)
    expect(await (await openStore({ path: store.path })).recordsAfter(1, 0, 10)).toEqual(before)
  })

  it('notices at the next start that the log was changed with its guards removed', async () => {
    const store = await openStore()
    for (let number = 1; number <= 3; number++) await store.transact((tx) => tx.append(statusRecord(number)))
    await store.close()
    await execute(store.path, `DROP TRIGGER log_record_fixed; UPDATE log_record SET payload = replace(payload, 'cam-1', 'cam-2') WHERE seq = 2`)
    await expect(openStore({ path: store.path })).rejects.toMatchObject({ code: 'GW_STORE_CHAIN', details: { epoch: 1, seq: 2 } })
  })
})

describe('outbox', () => {
  it('counts what the server does not hold, and never takes an acknowledgement back', async () => {
    const store = await openStore()
    expect(await store.uploadPosition()).toBeUndefined()
    for (let number = 1; number <= 5; number++) await store.transact((tx) => tx.append(statusRecord(number)))
    expect(await store.backlog()).toBe(5)
    expect(await store.uploadPosition()).toEqual({ epoch: 1, ackedSeq: 0, lastSeq: 5 })
    await store.markUploaded(1, 3)
    await store.markUploaded(1, 2)
    expect(await store.uploadPosition()).toEqual({ epoch: 1, ackedSeq: 3, lastSeq: 5 })
    await expect(store.markUploaded(1, 6)).rejects.toMatchObject({ code: 'GW_STORE_ACK_AHEAD', details: { lastSeq: 5 } })
    await expect(store.markUploaded(2, 1)).rejects.toMatchObject({ code: 'GW_STORE_ACK_AHEAD' })
    await store.markUploaded(1, 5)
    expect(await store.backlog()).toBe(0)
    expect(await store.uploadPosition()).toBeUndefined()
  })

  it('forgets old uploaded records only, keeps the place from which the next upload starts, and goes on gapless', async () => {
    const store = await openStore()
    for (let number = 1; number <= 6; number++) await store.transact((tx) => tx.append(statusRecord(number)))
    await store.markUploaded(1, 4)
    const all = await store.recordsAfter(1, 0, 10)
    const limits = { recordsBeforeMs: statusRecord(3).occurredAtMs, claimsBeforeMs: 0 }
    expect(await store.prune(limits)).toBe(2)
    expect(await store.recordsAfter(1, 0, 10)).toEqual(all.slice(2))
    expect(await store.prune({ ...limits, recordsBeforeMs: Number.MAX_SAFE_INTEGER })).toBe(1)
    expect(await store.hashAt(1, 4)).toBe(all[3]?.hash)
    await store.markUploaded(1, 6)
    expect(await store.prune({ ...limits, recordsBeforeMs: Number.MAX_SAFE_INTEGER })).toBe(2)
    await store.close()
    const again = await openStore({ path: store.path })
    expect(await again.transact((tx) => tx.append(statusRecord(7)))).toMatchObject({ epoch: 1, seq: 7 })
    expectChain((await again.recordsAfter(1, 6, 10)), all[5]?.hash as string, 7)
  })

  it('forgets old claims and settled commands, never an open command', async () => {
    const store = await openStore()
    const command = { passageId: uuid(1), gateId: 'gate-1', deviceId: 'ctl-1', issuedAtMs: 5, stage: 'issued' } as const
    await store.transact(async (tx) => {
      await tx.claimDeviceEvent('ctl-1', uuid(1))
      await tx.putCommand({ ...command, commandId: uuid(1) })
      await tx.putCommand({ ...command, commandId: uuid(2) })
      await tx.moveCommand(uuid(2), 'issued', 'executed')
    })
    expect(await store.prune({ recordsBeforeMs: 0, claimsBeforeMs: Date.UTC(2100, 0, 1) })).toBe(2)
    expect(await store.openCommands()).toEqual([{ ...command, commandId: uuid(1) }])
    expect(await store.transact((tx) => tx.claimDeviceEvent('ctl-1', uuid(1)))).toBe(true)
  })
})
