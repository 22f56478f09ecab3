import { describe, expect, it } from 'vitest'
import { schemaError } from '../../../gateway/contract/codec.js'
import { RosterItem } from '../../../gateway/contract/sync-roster.js'
import { appendRosterChange } from '../../../server/roster/roster-change-writer.js'
import { tempDatabase } from '../support/temp-database.js'
import { gateBody, registerOf } from '../support/register.js'
import { startTestServer } from '../support/test-server.js'

const person = (name: string) => ({ kind: 'person.v1', personRef: '01890000-0000-7000-8000-000000000000', displayName: name }) as const

describe('roster change feed', () => {
  it('gives each estate cursors of its own, without gap, under any number of writers', async () => {
    const db = await tempDatabase()
    for (const id of ['a', 'b']) await db.transact((tx) => tx.estate.create({ data: { id, name: id, district: 'd', createdAtMs: 1n } }))
    const write = (estateId: string, key: string) => db.transact((tx) => appendRosterChange(tx, estateId, key, person(key)))
    const cursors = await Promise.all(Array.from({ length: 20 }, (_, i) => write(i % 2 === 0 ? 'a' : 'b', `person:${i}`)))
    expect(cursors.filter((_, i) => i % 2 === 0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(cursors.filter((_, i) => i % 2 === 1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('keeps the latest of each item', async () => {
    const db = await tempDatabase()
    await db.transact((tx) => tx.estate.create({ data: { id: 'a', name: 'a', district: 'd', createdAtMs: 1n } }))
    for (const [key, name] of [['person:1', 'one'], ['person:2', 'two'], ['person:1', 'one again']] as const) await db.transact((tx) => appendRosterChange(tx, 'a', key, person(name)))
    const rows = await db.read.rosterChange.findMany({ orderBy: { cursor: 'asc' } })
    expect(rows.map((row) => [row.cursor, row.itemKey, (JSON.parse(row.item) as { displayName: string }).displayName])).toEqual([[2, 'person:2', 'two'], [3, 'person:1', 'one again']])
  })

  it('gives back the cursor of a change that failed', async () => {
    const db = await tempDatabase()
    await db.transact((tx) => tx.estate.create({ data: { id: 'a', name: 'a', district: 'd', createdAtMs: 1n } }))
    await expect(db.transact(async (tx) => { await appendRosterChange(tx, 'a', 'person:1', person('x')); throw new Error('no') })).rejects.toThrow('no')
    expect(await db.transact((tx) => appendRosterChange(tx, 'a', 'person:1', person('x')))).toBe(1)
  })

  it('holds nothing but valid items of the wire, whatever was done', async () => {
    const server = await startTestServer()
    const register = registerOf(server)
    await register.gate('jh', 'g-1', gateBody(1, ['cam-1']))
    await register.gate('jh', 'g-2', gateBody(2))
    const [guardian, child, other] = [await register.person('jh'), await register.person('jh', '2019-01-01'), await register.person('jh')]
    await register.permit(other, ['g-1', 'g-2'])
    await register.permit(other, ['g-2'])
    await register.consent(child, guardian)
    await register.consent(other)
    for (const url of ['/api/estates/jh/gates/g-2', `/api/persons/${guardian}`, `/api/persons/${other}`]) await server.call('DELETE', url, { as: await register.admin() })
    const feed = await register.feed('jh')
    for (const { item } of feed) expect(schemaError(RosterItem, item), JSON.stringify(item)).toBeUndefined()
    expect(feed.map(({ item }) => item['kind']).sort()).toEqual([
      'consent-deleted.v1', 'consent-deleted.v1', 'gate-deleted.v1', 'gate.v2', 'permit-deleted.v1', 'permit-deleted.v1',
      'person-deleted.v1', 'person-deleted.v1', 'person.v1',
    ])
    await server.close()
  })
})
