import { fail } from '../errors.js'
import { OneConnectionLibSql } from './libsql-adapter.js'

export interface DatabaseLock {
  release(): Promise<void>
}

/**
 * Makes this process the only server on a database: two would give out the same cursors and audit numbers. The lock is
 * SQLite's own on a file beside the database, so the operating system frees it however the process ends, and other
 * programs may still read the database.
 * @throws AppError SV_DB_IN_USE where another process, or this one, holds it
 */
export async function lockDatabase(url: string): Promise<DatabaseLock> {
  const connection = await new OneConnectionLibSql({ url: `${url}.lock` }).connect()
  const run = (sql: string): Promise<number> => connection.executeRaw({ sql, args: [], argTypes: [] })
  try {
    await run('BEGIN EXCLUSIVE')
  } catch (error) {
    await connection.dispose()
    throw fail('SV_DB_IN_USE', { database: url }, error)
  }
  return {
    async release() {
      // Closing alone would keep the lock until the connection's statements are collected.
      await run('ROLLBACK')
      await connection.dispose()
    },
  }
}
