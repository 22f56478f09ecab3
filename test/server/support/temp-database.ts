import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openDatabase } from '../../../server/db/client.js'
import { migrate } from '../../../server/db/migrate.js'
import type { Database } from '../../../server/db/transaction.js'
import { packageRoot } from '../../../server/package-root.js'
import { systemClock } from '../../../gateway/kernel/clock.js'
import { createIdSource } from '../../../gateway/kernel/ids.js'
import { systemRandom } from '../../../gateway/kernel/random.js'

export const MIGRATIONS = join(packageRoot(), 'prisma/sqlite/migrations')
export const systemIds = createIdSource({ clock: systemClock, random: systemRandom })

/** A folder to be removed by its caller. */
export async function makeTempFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'smart-estates-server-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** A folder that is gone after the test. */
export async function tempFolder(): Promise<string> {
  const { folder, remove } = await makeTempFolder()
  onTestFinished(remove)
  return folder
}

async function makeMigrated(): Promise<Buffer> {
  const { folder, remove } = await makeTempFolder()
  const file = join(folder, 'server.db')
  await migrate({ url: `file:${file}`, folder: MIGRATIONS, clock: systemClock, ids: systemIds })
  const bytes = await readFile(file)
  await remove()
  return bytes
}
let migrated: Promise<Buffer> | undefined

/** Writes an SQLite file with the committed migrations applied, which a process does once: they take longer than most tests. Returns its URL. */
export async function migratedDatabase(folder: string): Promise<string> {
  migrated ??= makeMigrated()
  const file = join(folder, 'server.db')
  await writeFile(file, await migrated)
  return `file:${file}`
}

/** A real SQLite file with the committed migrations applied. */
export async function tempDatabase(): Promise<Database> {
  const url = await migratedDatabase(await tempFolder())
  const db = await openDatabase(url)
  onTestFinished(() => db.close())
  return db
}
