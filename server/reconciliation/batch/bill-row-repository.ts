import type { BulkCell, BulkConnection, BulkTarget } from '../../db/bulk-connection.js'
import type { BillRow } from '../file/bill-row.js'
import type { FundRow } from '../file/fund-row.js'

const SAME_IN_ALL = ['line', 'outTradeNo', 'transactionId', 'atMs', 'fen', 'feeFen', 'dueFeeFen', 'description'] as const
/** Payments that succeeded are nearly all of a bill: what is the same in all of them is not handed over with each. */
const paidRows = (batchNo: number): BulkTarget =>
  ({ table: 'ReconRow', columns: SAME_IN_ALL, fixed: { batchNo, kind: 'payment', state: 'succeeded', refundNo: null, refundId: null } })
const otherRows = (batchNo: number): BulkTarget => ({ table: 'ReconRow', columns: [...SAME_IN_ALL, 'kind', 'state', 'refundNo', 'refundId'], fixed: { batchNo } })
const FUND_ROWS = { table: 'ReconFundRow', columns: ['batchNo', 'line', 'atMs', 'businessNo', 'flowNo', 'what', 'fen', 'balanceFen', 'voucher'] } as const
const DELETED_AT_A_TIME = 20_000

export function insertRows(db: BulkConnection, batchNo: number, rows: readonly BillRow[], dueFeeFen: (row: BillRow) => number | null): void {
  const paid: BulkCell[] = []
  const others: BulkCell[] = []
  for (const row of rows) {
    const isPaid = row.kind === 'payment' && row.state === 'succeeded'
    const cells = isPaid ? paid : others
    cells.push(row.line, row.outTradeNo, row.transactionId, row.atMs, row.fen, row.feeFen, dueFeeFen(row), row.description)
    if (!isPaid) cells.push(row.kind, row.state, row.refundNo, row.refundId)
  }
  db.insertCells(paidRows(batchNo), paid)
  db.insertCells(otherRows(batchNo), others)
}

export const insertFundRows = (db: BulkConnection, batchNo: number, rows: readonly FundRow[]): void =>
  db.insert(FUND_ROWS, rows.map((row) => [batchNo, row.line, row.atMs, row.businessNo, row.flowNo, row.what, row.fen, row.balanceFen, row.voucher]))

/** Removes what an attempt that did not come to its end left behind. */
export function deleteRows(db: BulkConnection, batchNo: number): void {
  for (const table of ['ReconRow', 'ReconFundRow']) {
    const sql = `DELETE FROM "${table}" WHERE "batchNo" = ? AND "line" IN (SELECT "line" FROM "${table}" WHERE "batchNo" = ? LIMIT ${DELETED_AT_A_TIME})`
    while (db.transact(() => db.run(sql, [batchNo, batchNo])) > 0);
  }
}
