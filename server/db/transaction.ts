import type { Prisma } from './generated/sqlite/client.js'
import { fail } from '../errors.js'

/** What repositories work on: inside `transact` the open transaction, elsewhere the database as last committed. */
export type Tx = Prisma.TransactionClient

/** Port of the database. Only repositories and `server/db` know what is behind it. */
export interface Database {
  /** For reading alone; every write goes through `transact`. */
  readonly read: Tx
  /**
   * Runs `work` in one transaction, after all that were asked for before it: all of it is committed, or none.
   * Inside `work` use only its `tx`: `read` and `transact` would wait for the transaction to end.
   * @throws AppError SV_DB_BUSY where too many are waiting already; else whatever `work` throws
   */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Transactions asked for and not yet begun. */
  waitingWrites(): number
  /** Resolves where the database answers. */
  ping(): Promise<void>
  /** Ends after the last transaction that was asked for. */
  close(): Promise<void>
}

interface WriteQueueDeps {
  readonly run: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>
  readonly waitingMax: number
}

/**
 * One transaction at a time: SQLite has one writer, and a queue in front of it is fair where its lock is not and says
 * when it is full.
 */
export function createWriteQueue(deps: WriteQueueDeps) {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return {
    transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      if (waiting >= deps.waitingMax) return Promise.reject(fail('SV_DB_BUSY', { waiting }))
      waiting += 1
      const result = last.then(() => {
        waiting -= 1
        return deps.run(work)
      })
      last = result.catch(() => undefined)
      return result
    },
    waiting: () => waiting,
    drain: async (): Promise<void> => void (await last),
  }
}
