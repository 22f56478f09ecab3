import { AppError } from '#kernel/app-error.js'
import { fail } from '../errors.js'
import { OneConnectionLibSql } from './libsql-adapter.js'

/** What SQLite says of a file that it cannot work on, as one failure that names the file. @throws AppError SV_DB_OPEN, or what was one already */
export const cannotOpen = (url: string) => (error: unknown): never => {
  if (error instanceof AppError) throw error
  throw fail('SV_DB_OPEN', { database: url, problem: (error as Error).message.trim().split('\n').at(-1) }, error)
}

export interface DatabaseLock {
  release(): Promise<void>
}

/**
 * Makes this process the only server on a database: two would give out the same cursors and audit numbers. The lock is
 * SQLite's own on a file beside the database, so the operating system frees it however the process ends, and other
 * programs may still read the database.
 * @throws AppError SV_DB_IN_USE where another process, or this one, holds it; SV_DB_OPEN where there can be no lock
 */
export async function lockDatabase(url: string): Promise<DatabaseLock> {
  // `async`: where there is no folder the client throws before there is a promise.
  const connection = await (async () => new OneConnectionLibSql({ url: `${url}.lock` }).connect())().catch(cannotOpen(url))
  const run = (sql: string): Promise<number> => connection.executeRaw({ sql, args: [], argTypes: [] })
  try {
    await run('BEGIN EXCLUSIVE')
  } catch (error) {
    await connection.dispose()
    // The adapter's word for SQLITE_BUSY.
    const isHeld = (error as { cause?: { kind?: unknown } }).cause?.kind === 'SocketTimeout'
    return isHeld ? Promise.reject(fail('SV_DB_IN_USE', { database: url }, error)) : cannotOpen(url)(error)
  }
  return {
    async release() {
      // Closing alone would keep the lock until the connection's statements are collected.
      await run('ROLLBACK')
      await connection.dispose()
    },
  }
}
