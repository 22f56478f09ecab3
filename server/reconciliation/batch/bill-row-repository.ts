import type { BulkCell, BulkConnection, BulkTarget } from '../../db/bulk-connection.js'
import type { BillRow } from '../file/bill-row.js'
import type { ChargedRow } from '../file/fund-row.js'

const SAME_IN_ALL = ['line', 'outTradeNo', 'transactionId', 'atMs', 'fen', 'feeFen', 'dueFeeFen', 'description'] as const
/** Payments that succeeded are nearly all of a bill: what is the same in all of them is not handed over with each. */
const paidRows = (batchNo: number): BulkTarget =>
  ({ table: 'ReconRow', columns: SAME_IN_ALL, fixed: { batchNo, kind: 'payment', state: 'succeeded', refundNo: null, refundId: null } })
const otherTrades = (batchNo: number): BulkTarget => ({ table: 'ReconRow', columns: [...SAME_IN_ALL, 'kind', 'state', 'refundNo', 'refundId'], fixed: { batchNo } })
const SAME_IN_ALL_MOVED = ['line', 'atMs', 'businessNo', 'flowNo', 'fen', 'feeFen', 'balanceFen', 'voucher'] as const
/** WeChat Pay's word for a payment; with its charge it is nearly all of a fund bill. */
const PAYMENT = '交易'
const paymentMoves = (batchNo: number): BulkTarget => ({ table: 'ReconFundRow', columns: SAME_IN_ALL_MOVED, fixed: { batchNo, what: PAYMENT, feeRows: 1 } })
const otherMoves = (batchNo: number): BulkTarget => ({ table: 'ReconFundRow', columns: [...SAME_IN_ALL_MOVED, 'what', 'feeRows'], fixed: { batchNo } })
const DELETED_AT_A_TIME = 20_000

/** Rows cell by cell as they are handed to the database: nearly all are `usual`. */
export interface BillPage {
  readonly kind: 'trade' | 'fund'
  readonly usual: readonly BulkCell[]
  readonly others: readonly BulkCell[]
}

export function tradePage(rows: readonly BillRow[], dueFeeFen: (row: BillRow) => number | null): BillPage {
  const usual: BulkCell[] = []
  const others: BulkCell[] = []
  for (const row of rows) {
    const isPaid = row.kind === 'payment' && row.state === 'succeeded'
    const cells = isPaid ? usual : others
    cells.push(row.line, row.outTradeNo, row.transactionId, row.atMs, row.fen, row.feeFen, dueFeeFen(row), row.description)
    if (!isPaid) cells.push(row.kind, row.state, row.refundNo, row.refundId)
  }
  return { kind: 'trade', usual, others }
}

export function fundPage(rows: readonly ChargedRow[]): BillPage {
  const usual: BulkCell[] = []
  const others: BulkCell[] = []
  for (const { row, charge } of rows) {
    const isPayment = charge !== undefined && row.what === PAYMENT
    const cells = isPayment ? usual : others
    cells.push(row.line, row.atMs, row.businessNo, row.flowNo, row.fen, charge?.fen ?? 0, row.balanceFen, row.voucher)
    if (!isPayment) cells.push(row.what, charge === undefined ? 0 : 1)
  }
  return { kind: 'fund', usual, others }
}

/** In one transaction. */
export const insertPage = (db: BulkConnection, batchNo: number, { kind, usual, others }: BillPage): void => db.transact(() => {
  const [usualRows, otherRows] = kind === 'trade' ? [paidRows, otherTrades] : [paymentMoves, otherMoves]
  db.insertCells(usualRows(batchNo), usual)
  db.insertCells(otherRows(batchNo), others)
})

/** Removes what an attempt that did not come to its end left behind. */
export function deleteRows(db: BulkConnection, batchNo: number): void {
  for (const table of ['ReconRow', 'ReconFundRow']) {
    const sql = `DELETE FROM "${table}" WHERE "batchNo" = ? AND "line" IN (SELECT "line" FROM "${table}" WHERE "batchNo" = ? LIMIT ${DELETED_AT_A_TIME})`
    while (db.transact(() => db.run(sql, [batchNo, batchNo])) > 0);
  }
}
