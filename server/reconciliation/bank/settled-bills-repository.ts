import type { Tx } from '../../db/transaction.js'
import type { BatchFigures } from '../batch/batch-machine.js'

/** What a merchant's bills since a day say that the channel owes for each, earliest first. */
export async function settledBills(read: Tx, { channel, merchantId }: { channel: string; merchantId: string },
  fromDate: string): Promise<Array<{ billDate: string; netFen: number; batchNo: number }>> {
  const rows = await read.reconBatch.findMany({
    where: { channel, merchantId, kind: 'trade', billDate: { gte: fromDate }, state: { in: ['parsed', 'matched', 'reviewed', 'closed'] } }, orderBy: { billDate: 'asc' },
    select: { billDate: true, batchNo: true, figures: true },
  })
  return rows.map(({ billDate, batchNo, figures }) => ({ billDate, batchNo, netFen: (figures === null ? null : (JSON.parse(figures) as BatchFigures))?.bill.trade?.netFen ?? 0 }))
}
