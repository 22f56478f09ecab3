import type { Tx } from '../../db/transaction.js'

export interface FundDeduction {
  readonly line: number
  readonly atMs: number
  readonly businessNo: string
  readonly flowNo: string
  readonly what: string
  /** Below zero. */
  readonly fen: number
  readonly voucher: string
}
type Raw = Omit<FundDeduction, 'line' | 'atMs' | 'fen'> & { readonly line: number | bigint; readonly atMs: number | bigint; readonly fen: number | bigint }

/** Charges and withdrawals are no deductions: they belong to other lines, or to the bank. */
const ORDINARY = `(f."what" LIKE '%手续费%' OR f."what" LIKE '%提现%' OR f."what" IN ('收费', '服务费', '转账'))`

/** What was deducted on the fund bill for no order and no refund that we know of. */
export async function unknownDeductions(read: Tx, batchNo: number, channel: string): Promise<FundDeduction[]> {
  const rows = await read.$queryRawUnsafe<Raw[]>(
    `SELECT f."line", f."atMs", f."businessNo", f."flowNo", f."what", f."fen", f."voucher" FROM "ReconFundRow" f WHERE f."batchNo" = ? AND f."fen" < 0 AND NOT ${ORDINARY}
    AND NOT EXISTS (SELECT 1 FROM "PayRefund" r WHERE r."outRefundNo" = f."voucher") AND NOT EXISTS (SELECT 1 FROM "PayOrder" o WHERE o."outTradeNo" = f."voucher")
    AND NOT EXISTS (SELECT 1 FROM "PayOrder" o WHERE o."channel" = ? AND o."transactionId" = f."businessNo") ORDER BY f."line"`, batchNo, channel)
  return rows.map(({ line, atMs, fen, ...same }) => ({ ...same, line: Number(line), atMs: Number(atMs), fen: Number(fen) }))
}

/** Of these numbers those that lines of a trade bill say: what it says is told with that bill. */
export async function numbersInBill(read: Tx, batchNo: number, numbers: readonly string[]): Promise<Set<string>> {
  const wanted = JSON.stringify(numbers)
  const rows = numbers.length === 0 ? [] : await read.$queryRawUnsafe<Array<Record<string, string | null>>>(
    `SELECT "outTradeNo", "transactionId", "refundNo", "refundId" FROM "ReconRow" WHERE "batchNo" = ? AND ("outTradeNo" IN (SELECT value FROM json_each(?))
    OR "transactionId" IN (SELECT value FROM json_each(?)) OR "refundNo" IN (SELECT value FROM json_each(?)) OR "refundId" IN (SELECT value FROM json_each(?)))`,
    batchNo, wanted, wanted, wanted, wanted)
  return new Set(rows.flatMap((row) => Object.values(row).filter((value): value is string => value !== null)))
}
