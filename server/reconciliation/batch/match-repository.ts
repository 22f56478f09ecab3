import type { BulkConnection } from '../../db/bulk-connection.js'
import { FEE_TOLERANCE_FEN } from '../match.js'

/** A row of a bill beside what we have under its number; `o_` is our order, `r_` our refund. */
export interface PairRow {
  readonly line: number
  readonly kind: 'payment' | 'refund'
  readonly outTradeNo: string
  readonly transactionId: string
  readonly refundNo: string | null
  readonly refundId: string | null
  readonly atMs: number
  readonly fen: number
  readonly feeFen: number
  readonly dueFeeFen: number | null
  readonly state: 'succeeded' | 'processing' | 'failed' | 'revoked'
  readonly description: string
  readonly o_outTradeNo: string | null
  readonly r_outRefundNo: string | null
  readonly r_outTradeNo: string | null
  readonly r_estateId: string | null
  readonly r_refundFen: number | null
  readonly r_state: string | null
  readonly r_submittedAtMs: number | null
}

export interface OrderFacts {
  readonly outTradeNo: string
  readonly estateId: string
  readonly billId: string
  readonly totalFen: number
  readonly paidFen: number
  readonly prepaidFen: number
  readonly state: string
  readonly createdAtMs: number
  readonly paidAtMs: number | null
  readonly bizDate: string | null
  readonly transactionId: string | null
}
export interface RefundFacts {
  readonly outRefundNo: string
  readonly outTradeNo: string
  readonly estateId: string
  readonly refundFen: number
  readonly state: string
}

export interface MatchScope {
  readonly batchNo: number
  readonly channel: string
  readonly merchantId: string
  readonly billDate: string
  /** The day's first moment and that of the next. */
  readonly fromMs: number
  readonly untilMs: number
}

const PAID = `('paid', 'part-refunded', 'refunded')`
/** What must hold of a pair that needs no rule: nothing that any rule compares differs. Everything else goes through `match.ts`. */
const FEE_IS_DUE = `(b."dueFeeFen" IS NULL OR abs(abs(b."feeFen") - b."dueFeeFen") <= ${FEE_TOLERANCE_FEN})`
const SAME_PAYMENT = `b."kind" = 'payment' AND b."state" = 'succeeded' AND o."state" IN ${PAID} AND o."totalFen" = b."fen" AND o."paidFen" = b."fen"
  AND o."transactionId" = b."transactionId" AND o."prepaidFen" = 0 AND o."bizDate" = ? AND o."createdAtMs" >= ? AND ${FEE_IS_DUE}`
const SAME_REFUND = `b."kind" = 'refund' AND b."state" = 'succeeded' AND r."state" = 'succeeded' AND r."refundFen" = b."fen" AND r."outTradeNo" = b."outTradeNo"
  AND r."submittedAtMs" >= ? AND r."submittedAtMs" < ? AND ${FEE_IS_DUE}`
const ROW = `b."line", b."kind", b."outTradeNo", b."transactionId", b."refundNo", b."refundId", b."atMs", b."fen", b."feeFen", b."dueFeeFen", b."state", b."description"`
const REFUND = `r."outRefundNo" AS "r_outRefundNo", r."outTradeNo" AS "r_outTradeNo", r."estateId" AS "r_estateId", r."refundFen" AS "r_refundFen", r."state" AS "r_state",
  r."submittedAtMs" AS "r_submittedAtMs"`

/** Rows of the bill after `line` that are not simply the same as ours, in their order. */
export const differingPairs = (db: BulkConnection, { batchNo, channel, merchantId, billDate, fromMs, untilMs }: MatchScope, line: number, limit: number): PairRow[] =>
  db.all<PairRow>(
    `SELECT ${ROW}, o."outTradeNo" AS "o_outTradeNo", ${REFUND} FROM "ReconRow" b
    LEFT JOIN "PayOrder" o ON b."kind" = 'payment' AND o."outTradeNo" = b."outTradeNo" AND o."channel" = ? AND o."merchantId" = ?
    LEFT JOIN "PayRefund" r ON b."kind" = 'refund' AND r."outRefundNo" = b."refundNo"
    WHERE b."batchNo" = ? AND b."line" > ? AND ifnull((${SAME_PAYMENT}) OR (${SAME_REFUND}), 0) = 0 ORDER BY b."line" LIMIT ?`,
    [channel, merchantId, batchNo, line, billDate, fromMs, fromMs, untilMs, limit])

const ORDER = `"outTradeNo", "estateId", "billId", "totalFen", ifnull("paidFen", 0) AS "paidFen", "prepaidFen", "state", "createdAtMs", "paidAtMs", "bizDate", "transactionId"`

/** Our refund beside the row, where there is one. */
export function refundOf({ r_outRefundNo, r_outTradeNo, r_estateId, r_refundFen, r_state }: PairRow): RefundFacts | undefined {
  if (r_outRefundNo === null || r_outTradeNo === null || r_estateId === null || r_refundFen === null || r_state === null) return undefined
  return { outRefundNo: r_outRefundNo, outTradeNo: r_outTradeNo, estateId: r_estateId, refundFen: r_refundFen, state: r_state }
}

/** Our orders at this merchant by a column that says which; by what they were asked with. */
function ordersBy(db: BulkConnection, { channel, merchantId }: MatchScope, column: 'outTradeNo' | 'transactionId', values: readonly string[]): Map<string, OrderFacts> {
  if (values.length === 0) return new Map()
  // `CROSS` has SQLite look for each of the values: its own choice is to read all orders of the merchant.
  const rows = db.all<OrderFacts>(
    `SELECT ${ORDER} FROM json_each(?) CROSS JOIN "PayOrder" ON "${column}" = json_each.value WHERE "channel" = ? AND "merchantId" = ?`,
    [JSON.stringify(values), channel, merchantId])
  return new Map(rows.map((row) => [row[column] ?? '', row]))
}
export const ordersByNumber = (db: BulkConnection, scope: MatchScope, numbers: readonly string[]): Map<string, OrderFacts> => ordersBy(db, scope, 'outTradeNo', numbers)
export const ordersByTransaction = (db: BulkConnection, scope: MatchScope, ids: readonly string[]): Map<string, OrderFacts> => ordersBy(db, scope, 'transactionId', ids)

/** Other orders that were paid for the same rent bills, by any channel. */
export function otherPaidOrders(db: BulkConnection, orders: readonly OrderFacts[]): Map<string, string[]> {
  const others = new Map<string, string[]>()
  const rows = orders.length === 0 ? [] : db.all<{ outTradeNo: string; other: string }>(
    `SELECT o."outTradeNo", p."outTradeNo" AS "other" FROM "PayOrder" o JOIN "PayOrder" p ON p."billId" = o."billId" AND p."outTradeNo" <> o."outTradeNo"
    WHERE o."outTradeNo" IN (SELECT value FROM json_each(?)) AND p."state" IN ${PAID} AND p."paidAtMs" <= o."paidAtMs" ORDER BY p."outTradeNo"`,
    [JSON.stringify(orders.map((order) => order.outTradeNo))])
  for (const { outTradeNo, other } of rows) others.set(outTradeNo, [...(others.get(outTradeNo) ?? []), other])
  return others
}

/** Lines of a bill on which something stands that an earlier line says already. */
export function repeatedLines(db: BulkConnection, { batchNo }: MatchScope): number[] {
  const seen = new Set<string>()
  const rows = db.all<Pick<PairRow, 'line' | 'kind' | 'transactionId' | 'refundNo'>>(
    `SELECT "line", "kind", "transactionId", "refundNo" FROM "ReconRow" WHERE "batchNo" = ? AND "outTradeNo" IN
      (SELECT "outTradeNo" FROM "ReconRow" WHERE "batchNo" = ? GROUP BY "outTradeNo" HAVING count(*) > 1) ORDER BY "line"`, [batchNo, batchNo])
  return rows.flatMap(({ line, kind, transactionId, refundNo }) => {
    const key = `${kind} ${transactionId} ${refundNo ?? ''}`
    if (seen.has(key)) return [line]
    seen.add(key)
    return []
  })
}

export const rowsAt = (db: BulkConnection, { batchNo }: MatchScope, lines: readonly number[]): PairRow[] =>
  db.all<PairRow>(`SELECT ${ROW} FROM "ReconRow" b WHERE b."batchNo" = ? AND b."line" IN (SELECT value FROM json_each(?)) ORDER BY b."line"`, [batchNo, JSON.stringify(lines)])

/**
 * Notes which orders were paid on the day and have no row of the bill under their number, for `missingOrders` to read page by page: the
 * search is over all of the day, and is made once.
 * @returns how many
 */
export function noteMissingOrders(db: BulkConnection, { batchNo, channel, merchantId, billDate }: MatchScope): number {
  db.run('CREATE TEMP TABLE IF NOT EXISTS "missing" ("place" INTEGER PRIMARY KEY, "outTradeNo" TEXT NOT NULL)', [])
  db.run('DELETE FROM temp."missing"', [])
  return db.run(
    `INSERT INTO temp."missing" ("outTradeNo") SELECT o."outTradeNo" FROM "PayOrder" o WHERE o."channel" = ? AND o."merchantId" = ? AND o."bizDate" = ?
    AND (o."state" IN ${PAID} OR o."state" = 'late-paid')
    AND NOT EXISTS (SELECT 1 FROM "ReconRow" b WHERE b."batchNo" = ? AND b."outTradeNo" = o."outTradeNo" AND b."kind" = 'payment') ORDER BY o."outTradeNo"`,
    [channel, merchantId, billDate, batchNo])
}

/** The noted orders after a place, in the order of their numbers. */
export const missingOrders = (db: BulkConnection, place: number, limit: number): Array<OrderFacts & { readonly place: number }> =>
  db.all(`SELECT m."place", ${ORDER} FROM temp."missing" m JOIN "PayOrder" USING ("outTradeNo") WHERE m."place" > ? ORDER BY m."place" LIMIT ?`, [place, limit])

/** Money that the bill names and that did not move. */
export const voidedSums = (db: BulkConnection, { batchNo }: MatchScope): Pick<LocalSums, 'paidFen' | 'refundFen'> =>
  db.all<Pick<LocalSums, 'paidFen' | 'refundFen'>>(
    `SELECT ifnull(sum(CASE "kind" WHEN 'payment' THEN "fen" END), 0) AS "paidFen", ifnull(sum(CASE "kind" WHEN 'refund' THEN "fen" END), 0) AS "refundFen"
    FROM "ReconRow" WHERE "batchNo" = ? AND "state" IN ('failed', 'revoked')`, [batchNo])[0] ?? { paidFen: 0, refundFen: 0 }

/** Of these transactions those that this run found in the bill under another number. */
export const withOtherNumber = (db: BulkConnection, { batchNo }: MatchScope, run: number, transactionIds: readonly string[]): Set<string> =>
  new Set(transactionIds.length === 0 ? [] : db.all<{ transactionId: string }>(
    `SELECT "transactionId" FROM "ReconCase" WHERE "batchNo" = ? AND "seenRun" = ? AND "classCode" = 'ORDER_NO_MISMATCH' AND "transactionId" IN (SELECT value FROM json_each(?))`,
    [batchNo, run, JSON.stringify(transactionIds)]).map((row) => row.transactionId))

/** Refunds that were sent on the day, came to their end and stand in no row of the bill. `CROSS` has SQLite begin with the refunds, which are few. */
export const refundsWithoutRow = (db: BulkConnection, { batchNo, channel, merchantId, fromMs, untilMs }: MatchScope): RefundFacts[] =>
  db.all<RefundFacts>(
    `SELECT r."outRefundNo", r."outTradeNo", r."estateId", r."refundFen", r."state" FROM "PayRefund" r CROSS JOIN "PayOrder" o ON o."outTradeNo" = r."outTradeNo"
    WHERE r."submittedAtMs" >= ? AND r."submittedAtMs" < ? AND r."state" = 'succeeded' AND o."channel" = ? AND o."merchantId" = ?
    AND NOT EXISTS (SELECT 1 FROM "ReconRow" b WHERE b."batchNo" = ? AND b."outTradeNo" = r."outTradeNo" AND b."kind" = 'refund' AND b."refundNo" = r."outRefundNo")
    ORDER BY r."outRefundNo"`, [fromMs, untilMs, channel, merchantId, batchNo])

/** Numbers of these orders or refunds that bills of the days around say. */
export const inOtherBills = (
  db: BulkConnection, { batchNo, channel, merchantId }: MatchScope, days: readonly [from: string, until: string], orderNos: readonly string[],
): Set<string> =>
  new Set(orderNos.length === 0 ? [] : db.all<{ number: string }>(
    `SELECT DISTINCT CASE b."kind" WHEN 'refund' THEN b."refundNo" ELSE b."outTradeNo" END AS "number" FROM "ReconBatch" t
    JOIN "ReconRow" b ON b."batchNo" = t."batchNo" AND b."outTradeNo" IN (SELECT value FROM json_each(?))
    WHERE t."channel" = ? AND t."merchantId" = ? AND t."kind" = 'trade' AND t."billDate" >= ? AND t."billDate" <= ? AND t."batchNo" <> ?
    AND t."state" IN ('parsed', 'matched', 'reviewed', 'closed') AND b."state" = 'succeeded'`,
    [JSON.stringify(orderNos), channel, merchantId, ...days, batchNo]).map((row) => row.number))

export interface LocalSums {
  readonly payments: number
  readonly paidFen: number
  readonly refunds: number
  readonly refundFen: number
}
/** Payments and refunds that we ourselves have of the day at this merchant. */
export function localSums(db: BulkConnection, { channel, merchantId, billDate, fromMs, untilMs }: MatchScope): LocalSums {
  const [paid] = db.all<{ payments: number; paidFen: number }>(
    `SELECT count(*) AS "payments", ifnull(sum("paidFen"), 0) AS "paidFen" FROM "PayOrder" WHERE "channel" = ? AND "merchantId" = ? AND "bizDate" = ?
    AND ("state" IN ${PAID} OR "state" = 'late-paid')`, [channel, merchantId, billDate])
  const [back] = db.all<{ refunds: number; refundFen: number }>(
    `SELECT count(*) AS "refunds", ifnull(sum(r."refundFen"), 0) AS "refundFen" FROM "PayRefund" r CROSS JOIN "PayOrder" o ON o."outTradeNo" = r."outTradeNo"
    WHERE r."submittedAtMs" >= ? AND r."submittedAtMs" < ? AND r."state" = 'succeeded' AND o."channel" = ? AND o."merchantId" = ?`, [fromMs, untilMs, channel, merchantId])
  return { payments: paid?.payments ?? 0, paidFen: paid?.paidFen ?? 0, refunds: back?.refunds ?? 0, refundFen: back?.refundFen ?? 0 }
}

/** Cases of payments and refunds that bills of the days before had not and this one has. */
export const foundLater = (db: BulkConnection, { batchNo, channel, merchantId, billDate }: MatchScope, fromDate: string): string[] =>
  db.all<{ caseId: string }>(
    `SELECT c."caseId" FROM "ReconCase" c WHERE c."channel" = ? AND c."merchantId" = ? AND c."bizDate" >= ? AND c."bizDate" < ? AND c."state" IN ('open', 'proposed')
    AND c."classCode" IN ('LOCAL_ONLY', 'REFUND_LOCAL_ONLY') AND EXISTS (
      SELECT 1 FROM "ReconRow" b WHERE b."batchNo" = ? AND b."outTradeNo" = c."orderNo" AND b."state" = 'succeeded'
      AND (b."kind" = 'payment' AND c."classCode" = 'LOCAL_ONLY' AND b."transactionId" = c."transactionId"
        OR b."kind" = 'refund' AND c."classCode" = 'REFUND_LOCAL_ONLY' AND b."refundNo" = c."reference")) ORDER BY c."caseId"`,
    [channel, merchantId, fromDate, billDate, batchNo]).map((row) => row.caseId)

export interface EstateSums {
  /** `*` for what no order is known for. */
  readonly estateId: string
  readonly paidFen: number
  readonly refundFen: number
  readonly feeFen: number
}
/** What a bill's rows come to by the estate of their orders: payments that succeeded, refunds that did not fail, charges. */
export const estateSums = (db: BulkConnection, { batchNo, channel, merchantId }: Pick<MatchScope, 'batchNo' | 'channel' | 'merchantId'>): EstateSums[] =>
  db.all(
    `SELECT ifnull(o."estateId", '*') AS "estateId", ifnull(sum(CASE WHEN b."kind" = 'payment' AND b."state" <> 'revoked' THEN b."fen" END), 0) AS "paidFen",
    ifnull(sum(CASE WHEN b."kind" = 'refund' AND b."state" <> 'failed' THEN b."fen" END), 0) AS "refundFen", sum(b."feeFen") AS "feeFen"
    FROM "ReconRow" b LEFT JOIN "PayOrder" o ON o."outTradeNo" = b."outTradeNo" AND o."channel" = ? AND o."merchantId" = ? WHERE b."batchNo" = ? GROUP BY 1 ORDER BY 1`,
    [channel, merchantId, batchNo])
