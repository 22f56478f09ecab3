import { copyFileSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import sqlite3 from 'sqlite3'
import { silentLogger } from '#kernel/log.js'
import { seededRandom } from '#kernel/random.js'
import { createGatewayStore } from '../../../gateway/store/gateway-store.js'
import { MIGRATIONS } from '../../../gateway/store/migrations.js'
import { statusRecord, uuid } from '../../support/factories.js'
import { IDENTITY, openStore } from '../../support/open-store.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const execute = (path: string, sql: string): Promise<void> => new Promise((resolve, reject) => {
  const database = new sqlite3.Database(path)
  database.exec(sql, (error) => database.close(() => (error ? reject(error) : resolve())))
})

describe('the database file', () => {
  it('is made with its folder, private to its user, and counts as cleanly shut down', async () => {
    const path = join(tempDir(), 'data', 'gateway.db')
    const store = await openStore({ path })
    await store.transact((tx) => tx.append(statusRecord(1)))
    expect(store.wasCleanShutdown()).toBe(true)
    expect(readdirSync(join(path, '..')).map((name) => [name, statSync(join(path, '..', name)).mode & 0o77])).toEqual(
      ['gateway.db', 'gateway.db-shm', 'gateway.db-wal', 'gateway.db.lock'].map((name) => [name, 0]))
  })

  it('tells a shutdown that was not clean', async () => {
    const store = await openStore()
    await store.transact((tx) => tx.append(statusRecord(1)))
    const copy = join(tempDir(), 'gateway.db')
    copyFileSync(store.path, copy)
    copyFileSync(`${store.path}-wal`, `${copy}-wal`)
    const crashed = await openStore({ path: copy })
    expect(crashed.wasCleanShutdown()).toBe(false)
    expect(crashed.head()).toEqual(store.head())
    await crashed.close()
    expect((await openStore({ path: copy })).wasCleanShutdown()).toBe(true)
  })

  it('belongs to one process at a time', { timeout: 60_000 }, async () => {
    const store = await openStore()
    await expect(openStore({ path: store.path })).rejects.toMatchObject({ code: 'GW_STORE_IN_USE' })
    await store.transact((tx) => tx.append(statusRecord(1)))
    await store.close()
    expect((await openStore({ path: store.path })).head()?.seq).toBe(1)
  })

  it('is refused where it is no database', async () => {
    const path = join(tempDir(), 'gateway.db')
    writeFileSync(path, 'dear diary, '.repeat(1_000))
    await expect(openStore({ path })).rejects.toMatchObject({ code: 'GW_STORE_FOREIGN' })
    expect(readFileSync(path, 'utf8')).toBe('dear diary, '.repeat(1_000))
  })

  it('is refused where it is the database of something else', async () => {
    const path = join(tempDir(), 'gateway.db')
    await execute(path, 'CREATE TABLE recipe (name TEXT)')
    await expect(openStore({ path })).rejects.toMatchObject({ code: 'GW_STORE_FOREIGN' })
  })

  it('is refused where a page of it is spoiled, though nobody has asked for that page', async () => {
    const store = await openStore()
    await store.transact(async (tx) => {
      for (let number = 0; number < 3_000; number++) void tx.append(statusRecord(number))
    })
    await store.close()
    const bytes = readFileSync(store.path)
    const page = Math.floor(bytes.indexOf(statusRecord(5).recordId) / 4_096)
    bytes.fill(0xa5, page * 4_096, page * 4_096 + 8)
    writeFileSync(store.path, bytes)
    await expect(openStore({ path: store.path })).rejects.toMatchObject({ code: 'GW_STORE_CORRUPT' })
  })

  it('is refused where a newer version wrote it', async () => {
    const store = await openStore()
    await store.close()
    await execute(store.path, 'PRAGMA user_version = 99')
    await expect(openStore({ path: store.path })).rejects.toMatchObject({ code: 'GW_STORE_NEWER', details: { fileVersion: 99, knownVersion: MIGRATIONS.length } })
  })

  it('is refused with another key, at once, and with a key of another length', async () => {
    const store = await openStore()
    await store.close()
    await expect(openStore({ path: store.path, templateKey: new Uint8Array(32).fill(8) })).rejects.toMatchObject({ code: 'GW_STORE_KEY' })
    const deps = { path: store.path, clock: createVirtualClock(), random: seededRandom(1), log: silentLogger }
    expect(() => createGatewayStore({ ...deps, templateKey: new Uint8Array(16) })).toThrow(expect.objectContaining({ code: 'GW_STORE_KEY' }))
  })

  it('names the failure where a folder or a file stands in its way', async () => {
    const folder = tempDir()
    mkdirSync(join(folder, 'gateway.db'))
    await expect(openStore({ path: join(folder, 'gateway.db') })).rejects.toMatchObject({ code: 'GW_STORE_OPEN' })
    writeFileSync(join(folder, 'file'), '')
    await expect(openStore({ path: join(folder, 'file', 'gateway.db') })).rejects.toMatchObject({ code: 'GW_STORE_OPEN' })
  })

  it('keeps the identity over a restart, its credential unreadable in the file, and refuses another gateway on the same log', async () => {
    const store = await openStore({ bare: true })
    expect(await store.identity()).toBeUndefined()
    await store.saveIdentity({ ...IDENTITY, gatewayId: uuid(2) })
    await store.saveIdentity(IDENTITY)
    await store.beginEpoch(1, '0'.repeat(64))
    await expect(store.saveIdentity({ ...IDENTITY, gatewayId: uuid(2) })).rejects.toMatchObject({ code: 'GW_STORE_IDENTITY' })
    await store.saveIdentity({ ...IDENTITY, credential: 'd'.repeat(43) })
    await store.close()
    expect(readFileSync(store.path).includes('dddddddd')).toBe(false)
    expect(await (await openStore({ path: store.path })).identity()).toEqual({ ...IDENTITY, credential: 'd'.repeat(43) })
  })

  it('keeps devices, and a device written again replaces itself', async () => {
    const store = await openStore()
    const device = { deviceId: 'cam-1', deviceKind: 'camera', certificateFingerprint: 'a'.repeat(64), revokedAtMs: null } as const
    await store.saveDevice(device)
    await store.saveDevice({ ...device, revokedAtMs: 1_767_571_200_000 })
    expect(await store.devices()).toEqual([{ ...device, revokedAtMs: 1_767_571_200_000 }])
  })
})
