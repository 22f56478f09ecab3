import { describe, expect, it } from 'vitest'
import { type BulkTable, bulkWrite } from '../../../server/db/bulk.js'
import { tempDatabase } from '../support/temp-database.js'

const columns = ['gatewayId', 'epoch', 'seq', 'kind', 'payload', 'hash', 'receivedAtMs'] as const
type Column = (typeof columns)[number]
const RECORDS: BulkTable<Column> = { table: 'GatewayRecord', columns, key: ['gatewayId', 'epoch', 'seq'], onConflict: 'ignore' }
const row = (seq: number, payload = '{}') =>
  ({ gatewayId: 'g', epoch: 1, seq: BigInt(seq), kind: 'k', payload, hash: `h${seq}`, receivedAtMs: 5n })

describe('bulk write', () => {
  it('inserts all rows in one statement and returns those that were new', async () => {
    const db = await tempDatabase()
    const write = (rows: ReturnType<typeof row>[]) => db.transact((tx) => bulkWrite(tx, RECORDS, rows, ['seq']))
    expect(await write([row(1), row(2)])).toEqual([{ seq: 1n }, { seq: 2n }])
    expect(await write([row(2, 'other'), row(3), row(3, 'again')])).toEqual([{ seq: 3n }])
    expect(await write([])).toEqual([])
    const stored = await db.read.gatewayRecord.findMany({ orderBy: { seq: 'asc' } })
    expect(stored).toEqual([row(1), row(2), row(3)])
  })

  it('overwrites only where the condition holds', async () => {
    const db = await tempDatabase()
    const newer: BulkTable<Column> = { ...RECORDS, onConflict: { update: ['payload', 'receivedAtMs'], when: 'excluded."receivedAtMs" > "GatewayRecord"."receivedAtMs"' } }
    const write = (rows: ReturnType<typeof row>[]) => db.transact((tx) => bulkWrite(tx, newer, rows, ['seq', 'payload']))
    await write([row(1, 'first'), row(2, 'first')])
    expect(await write([{ ...row(1, 'late'), receivedAtMs: 4n }, { ...row(2, 'new'), receivedAtMs: 6n }])).toEqual([{ seq: 2n, payload: 'new' }])
    expect((await db.read.gatewayRecord.findMany({ orderBy: { seq: 'asc' } })).map((stored) => stored.payload)).toEqual(['first', 'new'])
  })

  it.each([
    ['quotes and JSON', `it's "x" \\ {"a":[1,null]}`],
    ['text that looks like a number', '007'],
    ['Chinese, emoji, line ends', '江门市 🏠\r\n\t'],
    ['nothing', ''],
  ])('keeps %s as it is', async (_name, payload) => {
    const db = await tempDatabase()
    await db.transact((tx) => bulkWrite(tx, RECORDS, [row(1, payload)], ['seq']))
    expect(await db.read.gatewayRecord.findMany()).toEqual([row(1, payload)])
  })

  it('keeps null, booleans, floats and integers of 53 bits', async () => {
    const db = await tempDatabase()
    const states: BulkTable<'gatewayId' | 'eventId' | 'estateId' | 'epoch' | 'seq' | 'gateId' | 'deviceId' | 'doorNo' | 'type' | 'occurredAtMs' | 'live'> = {
      table: 'DoorEvent', columns: ['gatewayId', 'eventId', 'estateId', 'epoch', 'seq', 'gateId', 'deviceId', 'doorNo', 'type', 'occurredAtMs', 'live'],
      key: ['gatewayId', 'eventId'], onConflict: 'ignore',
    }
    const event = { gatewayId: 'g', eventId: 'e', estateId: 's', epoch: 1, seq: BigInt(Number.MAX_SAFE_INTEGER), gateId: null, deviceId: 'd', doorNo: 1, type: 'fire', occurredAtMs: 1n, live: true }
    await db.transact((tx) => bulkWrite(tx, states, [event], ['eventId']))
    expect(await db.read.doorEvent.findMany()).toMatchObject([event])
  })

  it('refuses a value that the database would turn into null, with nothing written', async () => {
    const db = await tempDatabase()
    const bad = { ...row(2), epoch: Number.NaN }
    await expect(db.transact((tx) => bulkWrite(tx, RECORDS, [row(1), bad], ['seq']))).rejects.toThrow('column epoch is NaN')
    expect(await db.read.gatewayRecord.count()).toBe(0)
  })
})
