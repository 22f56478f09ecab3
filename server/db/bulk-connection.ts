import Libsql from 'libsql'
import { fail } from '../errors.js'

export type BulkCell = string | number | null

/** Where rows go, cell by cell in the order of `columns`. Names are the schema's own: they go into the statement. */
export interface BulkTarget {
  readonly table: string
  readonly columns: readonly string[]
}

/**
 * A connection of its own for work on very many rows, in the dialect's SQL. Every call blocks the thread, and a transaction keeps
 * other writers waiting: for worker threads alone, in transactions of milliseconds.
 */
export interface BulkConnection {
  /** All of `work` is committed, or none of it. It must not wait for anything. */
  transact<T>(work: () => T): T
  insert(into: BulkTarget, rows: readonly (readonly BulkCell[])[]): void
  /** @returns rows changed */
  run(sql: string, parameters: readonly BulkCell[]): number
  all<Row>(sql: string, parameters: readonly BulkCell[]): Row[]
  close(): void
}

/** Rows of one INSERT: more save little, and each number of rows is a statement of its own. */
const ROWS_PER_INSERT = 50
/** How long it waits for the server's own writes. */
const BUSY_TIMEOUT_MS = 20_000
/** Of the file's pages in memory: with SQLite's own 2 MB each look into an index of a million rows reads the file. */
const CACHE_KB = 24_576
/** Pages of the log that are moved into the file at a time, 32 MB. */
const CHECKPOINT_PAGES = 8_000
/**
 * What is written here comes to count only by a later commit of the server's own connection, which waits for the disk: the log is one
 * sequence, so all before it is on the disk then.
 */
const PRAGMAS = `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
  PRAGMA cache_size = -${CACHE_KB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`

const quoted = (name: string): string => `"${name}"`

/** @param url as `openDatabase`; the database is there and migrated. @throws AppError SV_DB_URL */
export function openBulkConnection(url: string): BulkConnection {
  if (!url.startsWith('file:')) throw fail('SV_DB_URL', { expected: 'file:PATH' })
  const db = new Libsql(url.slice('file:'.length))
  db.exec(PRAGMAS)
  const statements = new Map<string, ReturnType<typeof db.prepare>>()
  const prepared = (sql: string): ReturnType<typeof db.prepare> => {
    const known = statements.get(sql) ?? db.prepare(sql)
    statements.set(sql, known)
    return known
  }
  const insertOf = ({ table, columns }: BulkTarget, rows: number): string => {
    const cells = `(${columns.map(() => '?').join(',')})`
    return `INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) VALUES ${Array.from({ length: rows }, () => cells).join(',')}`
  }
  return {
    transact(work) {
      db.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        db.exec('COMMIT')
        return result
      } catch (error) {
        db.exec('ROLLBACK')
        throw error
      }
    },
    insert(into, rows) {
      let from = 0
      for (; from + ROWS_PER_INSERT <= rows.length; from += ROWS_PER_INSERT) {
        prepared(insertOf(into, ROWS_PER_INSERT)).run(rows.slice(from, from + ROWS_PER_INSERT).flat())
      }
      for (const row of rows.slice(from)) prepared(insertOf(into, 1)).run([...row])
    },
    run: (sql, parameters) => prepared(sql).run([...parameters]).changes,
    all: <Row>(sql: string, parameters: readonly BulkCell[]) => prepared(sql).all([...parameters]) as Row[],
    close() {
      statements.clear()
      db.close()
    },
  }
}
