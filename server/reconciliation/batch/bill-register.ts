import type { Tx } from '../../db/transaction.js'
import { runOf } from './batch-machine.js'
import { batchesOf } from './batch-repository.js'

const BILLS_MAX = 500

/** Bills of days as they stand now, with the run that their differences are of. */
export const latestBills = async (read: Tx, fromDate: string, untilDate: string) =>
  (await batchesOf(read, { fromDate, untilDate }, BILLS_MAX)).map((batch) => {
    const { batchNo, channel, merchantId, billDate, kind, state, version, runs } = batch
    return { batchNo, channel, merchantId, billDate, kind, state, run: runOf({ version, runs: runs - 1 }) }
  })
