import sqlite3 from 'sqlite3'
import { AppError } from '#kernel/app-error.js'
import { gatewayError } from '../errors.js'

export type SqlValue = string | number | null | Buffer
export type SqlParams = readonly SqlValue[]

/** One connection. Every call runs on libuv's thread pool: no fsync ever stops the event loop. */
export interface SqlConnection {
  /** Runs one statement, prepared once and kept. Resolves to the number of rows changed. */
  run(sql: string, params?: SqlParams): Promise<number>
  /** All rows. The caller names the row's shape: the SQL and the shape stand side by side in this folder only. */
  all<Row>(sql: string, params?: SqlParams): Promise<Row[]>
  /** Several statements, unprepared. */
  exec(sql: string): Promise<void>
  close(): Promise<void>
}

export type SqlMode = 'create' | 'read'

type Done<T> = (error: Error | null, value?: T) => void
const promised = <T>(start: (done: Done<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value as T))))

/** SQLite's result code of an error, such as `SQLITE_FULL`, or undefined where it is no error of SQLite. */
export function sqliteCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code?.startsWith('SQLITE_') === true ? code : undefined
}

/** The failure of this process behind an error of SQLite; anything else is handed through as it is. */
export function storeError(error: unknown, fallback: 'GW_STORE_COMMIT' | 'GW_STORE_READ' | 'GW_STORE_OPEN'): unknown {
  const sqlite = sqliteCode(error)
  if (sqlite === undefined || error instanceof AppError) return error
  if (sqlite === 'SQLITE_FULL') return gatewayError('GW_STORE_FULL', { sqlite }, error)
  if (sqlite === 'SQLITE_CORRUPT' || sqlite === 'SQLITE_NOTADB') return gatewayError('GW_STORE_CORRUPT', { sqlite }, error)
  return gatewayError(fallback, { sqlite }, error)
}

/** Opens one connection. @param busyMs how long a statement waits for another process's lock */
export type Connect = (path: string, mode: SqlMode, busyMs: number) => Promise<SqlConnection>

/** On the machine's own disk. */
export const connect: Connect = async (path, mode, busyMs) => {
  const flags = mode === 'read' ? sqlite3.OPEN_READONLY : sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(path, flags, (error) => (error ? reject(error) : resolve(opened)))
  })
  database.configure('busyTimeout', busyMs)
  const prepared = new Map<string, Promise<sqlite3.Statement>>()
  const statementOf = (sql: string): Promise<sqlite3.Statement> => {
    let statement = prepared.get(sql)
    if (statement === undefined) {
      statement = new Promise((resolve, reject) => {
        const made = database.prepare(sql, (error) => (error ? reject(error) : resolve(made)))
      })
      prepared.set(sql, statement)
    }
    return statement
  }
  return {
    async run(sql, params = []) {
      const statement = await statementOf(sql)
      return new Promise((resolve, reject) => {
        statement.run(params, function (error) {
          if (error) reject(error)
          else resolve(this.changes)
        })
      })
    },
    async all<Row>(sql: string, params: SqlParams = []) {
      const statement = await statementOf(sql)
      return promised<Row[]>((done) => void statement.all<Row>(params, done))
    },
    exec: (sql) => promised((done) => void database.exec(sql, done)),
    async close() {
      for (const statement of await Promise.allSettled(prepared.values())) {
        if (statement.status === 'fulfilled') await promised((done) => void statement.value.finalize(() => done(null)))
      }
      await promised((done) => database.close(done))
    },
  }
}
