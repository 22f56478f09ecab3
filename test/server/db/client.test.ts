import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../../server/db/client.js'
import { createWriteQueue } from '../../../server/db/transaction.js'
import type { Database, Tx } from '../../../server/db/transaction.js'
import { tempDatabase } from '../support/temp-database.js'

const addEstate = (tx: Tx, id: string) => tx.estate.create({ data: { id, name: id, district: 'd', createdAtMs: 1n } })

async function pragma(db: Database, name: string): Promise<unknown> {
  const [row] = await db.read.$queryRawUnsafe<Array<Record<string, unknown>>>(`PRAGMA ${name}`)
  return Object.values(row ?? {})[0]
}

describe('database', () => {
  it('keeps WAL, FULL, foreign keys and its busy timeout over transactions, committed or not', async () => {
    const db = await tempDatabase()
    const settings = async () => [await pragma(db, 'journal_mode'), await pragma(db, 'synchronous'), await pragma(db, 'foreign_keys'), await pragma(db, 'busy_timeout')]
    const wanted = ['wal', 2, 1, 5000]
    expect(await settings()).toEqual(wanted)
    await db.transact((tx) => addEstate(tx, 'a'))
    await expect(db.transact(async (tx) => { await addEstate(tx, 'b'); throw new Error('no') })).rejects.toThrow('no')
    expect(await settings()).toEqual(wanted)
    expect(await db.read.estate.findMany({ select: { id: true } })).toEqual([{ id: 'a' }])
  })

  it('refuses a row that refers to nothing', async () => {
    const db = await tempDatabase()
    const orphan = { personRef: 'p', estateId: 'nowhere', displayName: 'n', birthDate: '2000-01-01', unitLabel: '', createdAtMs: 1n }
    await expect(db.transact((tx) => tx.person.create({ data: orphan }))).rejects.toMatchObject({ code: 'P2003' })
  })

  it('runs transactions one after another in the order they were asked for', async () => {
    const db = await tempDatabase()
    await db.transact((tx) => addEstate(tx, 'a'))
    // Read, wait, write: only a queue keeps all 20 increments.
    await Promise.all(Array.from({ length: 20 }, () => db.transact(async (tx) => {
      const { rosterCursor } = await tx.estate.findUniqueOrThrow({ where: { id: 'a' } })
      await new Promise((resolve) => setImmediate(resolve))
      await tx.estate.update({ where: { id: 'a' }, data: { rosterCursor: rosterCursor + 1 } })
    })))
    expect(await db.read.estate.findMany()).toMatchObject([{ rosterCursor: 20 }])
  })

  it('goes on after a transaction whose statement failed', async () => {
    const db = await tempDatabase()
    await db.transact((tx) => addEstate(tx, 'a'))
    await expect(db.transact((tx) => addEstate(tx, 'a'))).rejects.toMatchObject({ code: 'P2002' })
    await db.transact((tx) => addEstate(tx, 'b'))
    expect(await db.read.estate.count()).toBe(2)
  })

  it('finishes what was asked for before it closes', async () => {
    const db = await tempDatabase()
    const writes = ['a', 'b', 'c'].map((id) => db.transact((tx) => addEstate(tx, id)))
    await db.close()
    expect(await Promise.all(writes)).toHaveLength(3)
  })

  it.each(['', 'postgres://x/y', 'file:', 'server.db'])('refuses the address %j', async (url) => {
    await expect(openDatabase(url)).rejects.toMatchObject({ code: 'SV_DB_URL' })
  })

  it('refuses a write when too many wait', async () => {
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => { open = resolve })
    const queue = createWriteQueue({ run: async (work) => { await gate; return work({} as Tx) }, waitingMax: 2 })
    const first = queue.transact(() => Promise.resolve(1))
    await Promise.resolve()
    const waiting = [queue.transact(() => Promise.resolve(2)), queue.transact(() => Promise.resolve(3))]
    expect(queue.waiting()).toBe(2)
    await expect(queue.transact(() => Promise.resolve(4))).rejects.toMatchObject({ code: 'SV_DB_BUSY' })
    open()
    expect(await Promise.all([first, ...waiting])).toEqual([1, 2, 3])
    expect(queue.waiting()).toBe(0)
  })
})
