import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '#kernel/clock.js'
import { gatewayError } from '../errors.js'
import { migrate } from './migrations.js'
import { type Connect, type SqlConnection, sqliteCode, storeError } from './sqlite.js'

/** "JMGW": marks the file as ours. */
const APPLICATION_ID = 0x4a4d4757
/** How long a statement waits for another process (a backup, a shell) before it fails. */
const BUSY_MS = 5_000
/** A supervisor may start the next process while the last one still ends. */
const LOCK_WAIT_MS = 2_000
/** Free space that the write-ahead log may keep between checkpoints. */
const WAL_BYTES_KEPT = 64 * 1_048_576

export interface DatabaseFile {
  readonly writer: SqlConnection
  /** A connection of its own: sees committed rows only, and never waits for the writer. */
  readonly reader: SqlConnection
  /** Empties the write-ahead log into the file, so that overwritten rows are gone from both. False where a reader held it. */
  checkpoint(): Promise<boolean>
  close(): Promise<void>
}

/** SQLite gives its side files the mode of the main file, so that one is made first. */
const makePrivate = async (path: string): Promise<void> => (await open(path, 'a', 0o600)).close()

/** Only one process may write: the head of the log is kept in memory. The lock ends with the process, however it ends. */
async function lock(path: string, connect: Connect): Promise<SqlConnection> {
  await makePrivate(path)
  const connection = await connect(path, 'create', LOCK_WAIT_MS)
  try {
    await connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    await connection.close()
    throw sqliteCode(error) === 'SQLITE_BUSY' ? gatewayError('GW_STORE_IN_USE', {}, error) : error
  }
  return connection
}

async function checkOurs(connection: SqlConnection): Promise<void> {
  const number = async (sql: string): Promise<number> => Object.values((await connection.all<Record<string, number>>(sql))[0] ?? {})[0] ?? 0
  try {
    const applicationId = await number('PRAGMA application_id')
    if (applicationId === APPLICATION_ID) return
    if (applicationId !== 0 || (await number('SELECT count(*) FROM sqlite_schema')) > 0) throw gatewayError('GW_STORE_FOREIGN', { applicationId })
  } catch (error) {
    throw sqliteCode(error) === 'SQLITE_NOTADB' ? gatewayError('GW_STORE_FOREIGN', {}, error) : error
  }
  await connection.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
}

async function checkWhole(connection: SqlConnection): Promise<void> {
  const rows = await connection.all<{ quick_check: string }>('PRAGMA quick_check(1)')
  if (rows[0]?.quick_check !== 'ok') throw gatewayError('GW_STORE_CORRUPT', { check: rows[0]?.quick_check })
}

async function prepare(writer: SqlConnection, clock: Clock, fileBytesMax: number): Promise<void> {
  await checkOurs(writer)
  await writer.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
    PRAGMA recursive_triggers = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = ${WAL_BYTES_KEPT}`)
  await checkWhole(writer)
  await migrate(writer, clock)
  const [page] = await writer.all<{ page_size: number }>('PRAGMA page_size')
  await writer.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(fileBytesMax / (page?.page_size ?? 4_096)))}`)
}

/** How large the database is, and how much of it is free. */
export interface FileSpace {
  readonly pageBytes: number
  readonly pages: number
  readonly freePages: number
}

export async function readFileSpace(connection: SqlConnection): Promise<FileSpace> {
  const [row] = await connection.all<FileSpace>(`SELECT s.page_size AS pageBytes, c.page_count AS pages,
    f.freelist_count AS freePages FROM pragma_page_size() s, pragma_page_count() c, pragma_freelist_count() f`)
  return row ?? { pageBytes: 0, pages: 0, freePages: 0 }
}

/**
 * Opens or creates the database, private to this user, checked and migrated.
 * @throws GW_STORE_IN_USE, GW_STORE_FOREIGN, GW_STORE_CORRUPT, GW_STORE_NEWER, GW_STORE_FULL, GW_STORE_OPEN
 */
export async function openDatabaseFile(deps: { path: string; clock: Clock; fileBytesMax: number; connect: Connect }): Promise<DatabaseFile> {
  const { connect } = deps
  const opened: SqlConnection[] = []
  const keep = async (opening: Promise<SqlConnection>): Promise<SqlConnection> => {
    const connection = await opening
    opened.unshift(connection)
    return connection
  }
  const close = async (): Promise<void> => {
    for (const connection of opened) await connection.close()
  }
  try {
    await mkdir(dirname(deps.path), { recursive: true, mode: 0o700 })
    await keep(lock(`${deps.path}.lock`, connect))
    await makePrivate(deps.path)
    const writer = await keep(connect(deps.path, 'create', BUSY_MS))
    await prepare(writer, deps.clock, deps.fileBytesMax)
    const reader = await keep(connect(deps.path, 'read', BUSY_MS))
    return {
      writer,
      reader,
      async checkpoint() {
        const [row] = await writer.all<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)')
        return row?.busy === 0
      },
      close,
    }
  } catch (error) {
    await close().catch(() => undefined)
    throw sqliteCode(error) === undefined && error instanceof Error && 'syscall' in error
      ? gatewayError('GW_STORE_OPEN', {}, error)
      : storeError(error, 'GW_STORE_OPEN')
  }
}
