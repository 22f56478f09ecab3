import { PrismaClient } from './generated/sqlite/client.js'
import { OneConnectionLibSql } from './libsql-adapter.js'
import { type Database, type Tx, createWriteQueue } from './transaction.js'
import { fail } from '../errors.js'

/** How long a statement waits for another process's lock on the file; above it the request fails. */
const BUSY_TIMEOUT_MS = 5_000

/** A transaction that is open longer is rolled back: every other request waits behind it. */
const TRANSACTION_MS_MAX = 30_000

/** Writes waiting behind one another; one more is refused with SV_DB_BUSY. */
const WAITING_WRITES_MAX = 1_000

/**
 * WAL lets readers of other processes go on while we write; FULL makes a commit survive a power cut, which is what an
 * acknowledgement to a gateway promises.
 */
const PRAGMAS = [
  `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`,
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  'PRAGMA foreign_keys = ON',
]

/**
 * Opens an SQLite database, making the file where there is none. The schema is `migrate`'s work.
 * @param url `file:/absolute/or/relative/path.db`
 * @throws AppError SV_DB_URL
 */
export async function openDatabase(url: string): Promise<Database> {
  if (!url.startsWith('file:') || url.length === 'file:'.length) throw fail('SV_DB_URL', { expected: 'file:PATH' })
  const client = new PrismaClient({
    adapter: new OneConnectionLibSql({ url }),
    // Longer messages quote the arguments, and those hold names.
    errorFormat: 'minimal',
    transactionOptions: { maxWait: TRANSACTION_MS_MAX, timeout: TRANSACTION_MS_MAX },
  })
  for (const pragma of PRAGMAS) await client.$queryRawUnsafe(pragma)
  const inTransaction = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => client.$transaction(work)
  const queue = createWriteQueue({ run: inTransaction, waitingMax: WAITING_WRITES_MAX })
  return {
    read: client,
    transact: queue.transact,
    waitingWrites: queue.waiting,
    ping: async () => void (await client.$queryRawUnsafe('SELECT 1')),
    async close() {
      await queue.drain()
      await client.$disconnect()
    },
  }
}
