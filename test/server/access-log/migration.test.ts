import { cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { systemClock } from '../../../gateway/kernel/clock.js'
import { openDatabase } from '../../../server/db/client.js'
import { migrate } from '../../../server/db/migrate.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { MIGRATIONS, systemIds, tempFolder } from '../support/temp-database.js'

const FIRST = '20261123033426_init'

it('passages of the first schema keep all they said, are found by what they came to, and are counted', async () => {
  const temp = await tempFolder()
  const url = `file:${join(temp, 'server.db')}`
  const run = (folder: string): Promise<string[]> => migrate({ url, folder, clock: systemClock, ids: systemIds })
  await mkdir(join(temp, 'first'))
  await cp(join(MIGRATIONS, FIRST), join(temp, 'first', FIRST), { recursive: true })
  expect(await run(join(temp, 'first'))).toEqual([FIRST])
  const before = await openDatabase(url)
  const columns = '"passageId", "gatewayId", "epoch", "seq", "estateId", "gateId", "deviceId", "way", "result", "reason", "personRef", "score", "gallerySize", "modelId", "frameAgeMs", "timings", "occurredAtMs"'
  for (const [id, result, reason] of [['a', 'granted', null], ['b', 'refused', 'not-live'], ['c', 'refused', null]] as const) {
    await before.transact((tx) => tx.$executeRawUnsafe(
      `INSERT INTO "AccessEvent" (${columns}) VALUES (?, 'g', 1, 7, 'jh', 'gate-1', 'cam-1', 'face', ?, ?, 'p', 0.5, 3, 'm', 12.5, '{}', ?)`, id, result, reason, START_WALL_MS,
    ))
  }
  await before.close()
  expect(await run(MIGRATIONS)).toEqual((await readdir(MIGRATIONS)).filter((name) => /^\d/.test(name) && name !== FIRST).sort())
  const db = await openDatabase(url)
  expect(await db.read.accessEvent.findMany({ orderBy: { passageId: 'asc' } })).toMatchObject([
    { passageId: 'a', seq: 7n, deviceId: 'cam-1', decision: 'granted', reason: null, score: 0.5, gallerySize: 3, ageMs: 12.5, waitMs: null, attempts: 1, direction: 'in', remarks: '[]' },
    { passageId: 'b', decision: 'not-live', reason: 'not-live' }, { passageId: 'c', decision: 'refused', reason: null },
  ])
  expect((await db.read.accessTally.findMany({ orderBy: { decision: 'asc' } })).map(({ hourStartMs, way, decision, passages, attempts }) => [Number(hourStartMs), way, decision, passages, attempts]))
    .toEqual(['granted', 'not-live', 'refused'].map((decision) => [START_WALL_MS, 'face', decision, 1, 1]))
  await db.close()
})
