import Libsql from 'libsql'
import { fail } from '../errors.js'

export type BulkCell = string | number | null

/** Where rows go, cell by cell in the order of `columns`. Names are the schema's own: they go into the statement. */
export interface BulkTarget {
  readonly table: string
  readonly columns: readonly string[]
  /** Columns that are the same in all rows, by name; they are no cells of a row. Values are the program's own: they go into the statement. */
  readonly fixed?: Readonly<Record<string, BulkCell>>
}

/**
 * A connection of its own for work on very many rows, in the dialect's SQL. Every call blocks the thread, and a transaction keeps
 * other writers waiting: for worker threads alone, in transactions of milliseconds.
 */
export interface BulkConnection {
  /** All of `work` is committed, or none of it. It must not wait for anything. */
  transact<T>(work: () => T): T
  insert(into: BulkTarget, rows: readonly (readonly BulkCell[])[]): void
  /** The same for cells of very many rows one after the other: handing over a cell costs more than storing it. */
  insertCells(into: BulkTarget, cells: readonly BulkCell[]): void
  /** @returns rows changed */
  run(sql: string, parameters: readonly BulkCell[]): number
  all<Row>(sql: string, parameters: readonly BulkCell[]): Row[]
  close(): void
}

/** Rows of one INSERT: more save little, and each number of rows is a statement of its own. */
const ROWS_PER_INSERT = 50
/** How long it waits for the server's own writes. */
const BUSY_TIMEOUT_MS = 20_000
/** Of the file's pages in memory: with SQLite's own 2 MB each look into an index of a million rows reads the file. It sorts in as much again. */
const CACHE_KB = 24_576
/** Pages of the log that are moved into the file at a time, 32 MB. */
const CHECKPOINT_PAGES = 8_000
/**
 * What is written here comes to count only by a later commit of the server's own connection, which waits for the disk: the log is one
 * sequence, so all before it is on the disk then.
 */
const PRAGMAS = `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
  PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`

const quoted = (name: string): string => `"${name}"`
const literal = (cell: BulkCell): string => (cell === null ? 'NULL' : typeof cell === 'number' ? String(cell) : `'${cell.replaceAll("'", "''")}'`)

function insertOf({ table, columns, fixed = {} }: BulkTarget, rows: number): string {
  const cells = `(${[...columns.map(() => '?'), ...Object.values(fixed).map(literal)].join(',')})`
  return `INSERT INTO ${quoted(table)} (${[...columns, ...Object.keys(fixed)].map(quoted).join(', ')}) VALUES ${Array.from({ length: rows }, () => cells).join(',')}`
}

/**
 * @param url as `openDatabase`; the database is there and migrated
 * @param cacheKb memory for pages of the file, and as much for sorting
 * @throws AppError SV_DB_URL
 */
export function openBulkConnection(url: string, cacheKb: number = CACHE_KB): BulkConnection {
  if (!url.startsWith('file:')) throw fail('SV_DB_URL', { expected: 'file:PATH' })
  const db = new Libsql(url.slice('file:'.length))
  db.exec(`${PRAGMAS}; PRAGMA cache_size = -${cacheKb}`)
  const statements = new Map<string, ReturnType<typeof db.prepare>>()
  const prepared = (sql: string): ReturnType<typeof db.prepare> => {
    const known = statements.get(sql) ?? db.prepare(sql)
    statements.set(sql, known)
    return known
  }
  const insertCells = (into: BulkTarget, cells: readonly BulkCell[]): void => {
    const width = into.columns.length
    const many = width * ROWS_PER_INSERT
    let from = 0
    const statement = cells.length >= many ? prepared(insertOf(into, ROWS_PER_INSERT)) : undefined
    for (; statement !== undefined && from + many <= cells.length; from += many) statement.run(cells.slice(from, from + many))
    const single = from < cells.length ? prepared(insertOf(into, 1)) : undefined
    for (; single !== undefined && from < cells.length; from += width) single.run(cells.slice(from, from + width))
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
    insert: (into, rows) => insertCells(into, rows.flat()),
    insertCells,
    run: (sql, parameters) => prepared(sql).run([...parameters]).changes,
    all: <Row>(sql: string, parameters: readonly BulkCell[]) => prepared(sql).all([...parameters]) as Row[],
    close() {
      statements.clear()
      db.close()
    },
  }
}
