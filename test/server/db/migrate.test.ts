import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../gateway/kernel/clock.js'
import { openDatabase } from '../../../server/db/client.js'
import { lockDatabase } from '../../../server/db/database-lock.js'
import { migrate } from '../../../server/db/migrate.js'
import { modelSource } from '../support/model-source.js'
import { MIGRATIONS, systemIds, tempFolder } from '../support/temp-database.js'

const run = (url: string, folder: string): Promise<string[]> => migrate({ url, folder, clock: systemClock, ids: systemIds })

async function place(): Promise<{ url: string; folder: string; add(name: string, sql: string): Promise<void> }> {
  const temp = await tempFolder()
  const folder = join(temp, 'migrations')
  await cp(MIGRATIONS, folder, { recursive: true })
  const add = async (name: string, sql: string): Promise<void> => {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, 'migration.sql'), sql)
  }
  return { url: `file:${join(temp, 'server.db')}`, folder, add }
}

async function tablesOf(url: string): Promise<string[]> {
  const db = await openDatabase(url)
  const rows = await db.read.$queryRawUnsafe<Array<{ name: string }>>(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
  await db.close()
  return rows.map((row) => row.name)
}

describe('migrations', () => {
  it('make every model of the one source, and are a no-op the second time', async () => {
    const { url, folder } = await place()
    const names = (await readdir(MIGRATIONS, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort()
    expect(await run(url, folder)).toEqual(names)
    expect(await run(url, folder)).toEqual([])
    const source = await modelSource()
    const models = [...source.matchAll(/^model (\w+)/gm)].map((match) => match[1] as string)
    expect(await tablesOf(url)).toEqual(['_prisma_migrations', ...models].sort())
  })

  it('add only what is new', async () => {
    const { url, folder, add } = await place()
    await run(url, folder)
    await add('99990101000000_more', 'CREATE TABLE "More" ("id" TEXT PRIMARY KEY);\nINSERT INTO "More" VALUES (\'a;b\');')
    expect(await run(url, folder)).toEqual(['99990101000000_more'])
    expect(await tablesOf(url)).toContain('More')
  })

  it('refuse a migration that was changed after it was applied', async () => {
    const { url, folder, add } = await place()
    await add('99990101000000_more', 'CREATE TABLE "More" ("id" TEXT);')
    await run(url, folder)
    await add('99990101000000_more', 'CREATE TABLE "More" ("id" TEXT, "extra" TEXT);')
    await expect(run(url, folder)).rejects.toMatchObject({ code: 'SV_DB_MIGRATION_CHANGED', details: { migration: '99990101000000_more' } })
  })

  it('refuse a database of a newer version', async () => {
    const { url, folder, add } = await place()
    await add('99990101000000_more', 'CREATE TABLE "More" ("id" TEXT);')
    await run(url, folder)
    await expect(run(url, MIGRATIONS)).rejects.toMatchObject({ code: 'SV_DB_MIGRATION_UNKNOWN', details: { migration: '99990101000000_more' } })
  })

  it('leave nothing of one that fails half way', async () => {
    const { url, folder, add } = await place()
    await run(url, folder)
    const before = await tablesOf(url)
    await add('99990101000000_bad', 'CREATE TABLE "More" ("id" TEXT);\nINSERT INTO "Nowhere" VALUES (1);')
    await expect(run(url, folder)).rejects.toMatchObject({ code: 'SV_DB_MIGRATION_FAILED', details: { migration: '99990101000000_bad' } })
    expect(await tablesOf(url)).toEqual(before)
    await add('99990101000000_bad', 'CREATE TABLE "More" ("id" TEXT);')
    expect(await run(url, folder)).toEqual(['99990101000000_bad'])
  })

  it('rebuild a table that others refer to, and refuse one that leaves them without', async () => {
    const { url, folder, add } = await place()
    await run(url, folder)
    const db = await openDatabase(url)
    await db.transact((tx) => tx.user.create({ data: { userId: 'u', loginName: 'l', displayName: 'd', passwordHash: 'h', createdAtMs: 1n } }))
    await db.transact((tx) => tx.roleGrant.create({ data: { userId: 'u', role: 'admin', estateId: '*' } }))
    await db.close()
    const rebuild = (filter: string): string => `PRAGMA foreign_keys=OFF;
CREATE TABLE "new_User" ("userId" TEXT NOT NULL PRIMARY KEY, "loginName" TEXT NOT NULL, "displayName" TEXT NOT NULL, "passwordHash" TEXT NOT NULL, "disabledAtMs" BIGINT, "createdAtMs" BIGINT NOT NULL);
INSERT INTO "new_User" SELECT * FROM "User"${filter};
DROP TABLE "User";
ALTER TABLE "new_User" RENAME TO "User";
PRAGMA foreign_keys=ON;`
    await add('99990101000000_rebuild', rebuild(' WHERE false'))
    await expect(run(url, folder)).rejects.toMatchObject({ code: 'SV_DB_MIGRATION_FAILED' })
    await add('99990101000000_rebuild', rebuild(''))
    expect(await run(url, folder)).toEqual(['99990101000000_rebuild'])
    const after = await openDatabase(url)
    expect(await after.read.roleGrant.findMany({ include: { user: true } })).toMatchObject([{ user: { loginName: 'l' } }])
    await after.close()
  })
})

describe('database lock', () => {
  it('lets one server in, and the next when the first has gone', async () => {
    const { url } = await place()
    const lock = await lockDatabase(url)
    await expect(lockDatabase(url)).rejects.toMatchObject({ code: 'SV_DB_IN_USE' })
    await lock.release()
    await (await lockDatabase(url)).release()
  })

  it('where there can be none says so, and not that another server works there', async () => {
    const { folder } = await place()
    const database = `file:${join(folder, 'nowhere', 'server.db')}`
    await expect(lockDatabase(database)).rejects.toMatchObject({ code: 'SV_DB_OPEN', details: { database } })
  })
})
