import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import { fail } from '../errors.js'
import { OneConnectionLibSql } from './libsql-adapter.js'

type Connection = Awaited<ReturnType<OneConnectionLibSql['connect']>>

export interface MigrateDeps {
  readonly url: string
  /** Folder with one folder a migration, in the order of their names, each with a `migration.sql`. */
  readonly folder: string
  readonly clock: Clock
  readonly ids: IdSource
}

interface Migration {
  readonly name: string
  readonly sql: string
  /** SHA-256 of the file, hex. */
  readonly checksum: string
}

interface AppliedMigration {
  readonly name: string
  readonly checksum: string
  readonly finished: boolean
}

/** The Prisma CLI's own table: it and the server see each other's migrations as done. */
const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "checksum" TEXT NOT NULL,
  "finished_at" DATETIME,
  "migration_name" TEXT NOT NULL,
  "logs" TEXT,
  "rolled_back_at" DATETIME,
  "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
)`

/** Fails the script, and with it the transaction, where the migration left a reference that leads nowhere. */
const CHECK_REFERENCES = `
CREATE TEMP TABLE "references_check" ("broken" INTEGER CHECK ("broken" = 0));
INSERT INTO "references_check" SELECT count(*) FROM pragma_foreign_key_check;
DROP TABLE "references_check";`

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort()
  return Promise.all(names.map(async (name) => {
    const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8')
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  }))
}

async function readApplied(connection: Connection): Promise<AppliedMigration[]> {
  const sql = `SELECT "migration_name", "checksum", "finished_at" IS NOT NULL FROM "_prisma_migrations"
    WHERE "rolled_back_at" IS NULL ORDER BY "migration_name"`
  const { rows } = await connection.queryRaw({ sql, args: [], argTypes: [] })
  return rows.map(([name, checksum, finished]) => ({ name: String(name), checksum: String(checksum), finished: Number(finished) === 1 }))
}

function refuseForeignHistory(applied: readonly AppliedMigration[], known: readonly Migration[]): void {
  for (const row of applied) {
    const migration = known.find((candidate) => candidate.name === row.name)
    if (!row.finished) throw fail('SV_DB_MIGRATION_FAILED', { migration: row.name })
    if (migration === undefined) throw fail('SV_DB_MIGRATION_UNKNOWN', { migration: row.name })
    if (migration.checksum !== row.checksum) throw fail('SV_DB_MIGRATION_CHANGED', { migration: row.name })
  }
}

async function apply(connection: Connection, migration: Migration, deps: MigrateDeps): Promise<void> {
  const atMs = deps.clock.wallMs()
  // Names come from this package's folder and checksum and id are hex: nothing here needs a parameter.
  const row = `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
    VALUES ('${deps.ids.uuid()}', '${migration.checksum}', '${migration.name.replaceAll("'", "''")}', ${atMs}, ${atMs}, 1)`
  try {
    // One script is one call that rolls back by itself where a statement fails: SQLite's DDL is transactional.
    await connection.executeScript(`BEGIN IMMEDIATE;\n${migration.sql}\n;${CHECK_REFERENCES}\n${row};\nCOMMIT;`)
  } catch (error) {
    throw fail('SV_DB_MIGRATION_FAILED', { migration: migration.name }, error)
  }
}

/**
 * Brings the database to this version's schema; nothing where it is there. One process at a time: hold the database's
 * lock.
 * @returns names of the migrations applied now, in order
 * @throws AppError SV_DB_MIGRATION_CHANGED, SV_DB_MIGRATION_UNKNOWN, SV_DB_MIGRATION_FAILED; the database is then as before
 */
export async function migrate(deps: MigrateDeps): Promise<string[]> {
  const known = await readMigrations(deps.folder)
  const connection = await new OneConnectionLibSql({ url: deps.url }).connect()
  try {
    await connection.executeScript(MIGRATIONS_TABLE)
    const applied = await readApplied(connection)
    refuseForeignHistory(applied, known)
    const pending = known.filter((migration) => !applied.some((row) => row.name === migration.name))
    // A rebuilt table is dropped and renamed, which references would forbid; a transaction cannot change this setting.
    await connection.executeScript('PRAGMA foreign_keys = OFF')
    for (const migration of pending) await apply(connection, migration, deps)
    return pending.map((migration) => migration.name)
  } finally {
    await connection.dispose()
  }
}
