import type { Tx } from '../../db/transaction.js'
import type { BatchFigures } from '../batch/batch-machine.js'

/** What a merchant's bills since a day say that the channel owes for each and has charged, earliest first. */
export async function settledBills(
  read: Tx, { channel, merchantId }: { channel: string; merchantId: string }, fromDate: string, untilDate = '9999-12-31',
): Promise<Array<{ billDate: string; netFen: number; feeFen: number; batchNo: number }>> {
  const rows = await read.reconBatch.findMany({
    where: { channel, merchantId, kind: 'trade', billDate: { gte: fromDate, lte: untilDate }, state: { in: ['parsed', 'matched', 'reviewed', 'closed'] } },
    orderBy: { billDate: 'asc' }, select: { billDate: true, batchNo: true, figures: true },
  })
  return rows.map(({ billDate, batchNo, figures }) => {
    const totals = figures === null ? null : (JSON.parse(figures) as BatchFigures).bill.trade
    return { billDate, batchNo, netFen: totals?.netFen ?? 0, feeFen: totals?.feeFen ?? 0 }
  })
}
