import type { BulkConnection } from '../../db/bulk-connection.js'
import type { BillRow } from '../file/bill-row.js'
import type { FundRow } from '../file/fund-row.js'

const ROWS = {
  table: 'ReconRow',
  columns: ['batchNo', 'line', 'kind', 'outTradeNo', 'transactionId', 'refundNo', 'refundId', 'atMs', 'fen', 'feeFen', 'dueFeeFen', 'state', 'description'],
} as const
const FUND_ROWS = { table: 'ReconFundRow', columns: ['batchNo', 'line', 'atMs', 'businessNo', 'flowNo', 'what', 'fen', 'balanceFen', 'voucher'] } as const
const DELETED_AT_A_TIME = 20_000

export const insertRows = (db: BulkConnection, batchNo: number, rows: readonly BillRow[], dueFeeFen: (row: BillRow) => number | null): void =>
  db.insert(ROWS, rows.map((row) => [batchNo, row.line, row.kind, row.outTradeNo, row.transactionId, row.refundNo, row.refundId, row.atMs, row.fen, row.feeFen,
    dueFeeFen(row), row.state, row.description]))

export const insertFundRows = (db: BulkConnection, batchNo: number, rows: readonly FundRow[]): void =>
  db.insert(FUND_ROWS, rows.map((row) => [batchNo, row.line, row.atMs, row.businessNo, row.flowNo, row.what, row.fen, row.balanceFen, row.voucher]))

/** Removes what an attempt that did not come to its end left behind. */
export function deleteRows(db: BulkConnection, batchNo: number): void {
  for (const table of ['ReconRow', 'ReconFundRow']) {
    const sql = `DELETE FROM "${table}" WHERE "batchNo" = ? AND "line" IN (SELECT "line" FROM "${table}" WHERE "batchNo" = ? LIMIT ${DELETED_AT_A_TIME})`
    while (db.transact(() => db.run(sql, [batchNo, batchNo])) > 0);
  }
}
