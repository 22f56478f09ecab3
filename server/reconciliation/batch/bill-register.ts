import type { Tx } from '../../db/transaction.js'
import { runOf } from './batch-machine.js'
import { batchesOf, moveDays } from './batch-repository.js'

const BILLS_MAX = 500

/** Bills of days as they stand now, with the run that their differences are of. */
export const latestBills = async (read: Tx, fromDate: string, untilDate: string) =>
  (await batchesOf(read, { fromDate, untilDate }, BILLS_MAX)).map((batch) => {
    const { batchNo, channel, merchantId, billDate, kind, state, version, runs } = batch
    return { batchNo, channel, merchantId, billDate, kind, state, run: runOf({ version, runs: runs - 1 }) }
  })

/** Reviewed bills until a day are closed with it; nothing of them changes any more. */
export const closeBills = (tx: Tx, untilDate: string, atMs: number): Promise<number> => moveDays(tx, { billDate: { lte: untilDate }, state: 'reviewed' }, 'closed', atMs)
/** Closed bills of a day and after it stand where they stood before. */
export const reopenBills = (tx: Tx, fromDate: string, atMs: number): Promise<number> => moveDays(tx, { billDate: { gte: fromDate }, state: 'closed' }, 'reviewed', atMs)
