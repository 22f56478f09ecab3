import type { Tx } from '../../db/transaction.js'

/** Channels that money of an order comes by; tills of the estates post into the same books and are no orders. */
const TRANSITS = `('transit-wechat', 'transit-alipay')`
const MONEY_CAME = `('paid', 'part-refunded', 'refunded', 'late-paid')`
/** The channel gives money back within so many days. */
const REFUND_MS_MAX = 366 * 86_400_000

/** Which day, at which estates; `*` is money whose estate nobody knows. */
export interface BooksDay {
  readonly estateIds: readonly string[]
  /** YYYY-MM-DD */
  readonly date: string
  /** Moment at which the day is over. */
  readonly untilMs: number
  /** Last day to which postings for this one may have gone: it is closed, and they came late. The day itself while it is open. */
  readonly lateUntil: string
}

/** An order or refund beside what the books have of it; null where they have nothing. */
export interface Booked {
  readonly number: string
  readonly orderNo: string
  readonly estateId: string
  readonly billId: string | null
  readonly channel: string
  readonly transactionId: string | null
  readonly state: string
  readonly fen: number
  readonly bookedFen: number | null
}
/** A posting for which there is no payment or refund. */
export interface Unfounded {
  readonly seq: number
  readonly cause: string
  readonly causeRef: string
  readonly estateId: string
  readonly fen: number
}
type Raw<Row> = { [Key in keyof Row]: Row[Key] extends number | null ? number | bigint | null : Row[Key] extends number ? number | bigint : Row[Key] }
const bookedOf = ({ fen, bookedFen, ...same }: Raw<Booked>): Booked => ({ ...same, fen: Number(fen), bookedFen: bookedFen === null ? null : Number(bookedFen) }) as Booked
const unfoundedOf = ({ seq, fen, ...same }: Raw<Unfounded>): Unfounded => ({ ...same, seq: Number(seq), fen: Number(fen) }) as Unfounded

// `CROSS` has SQLite go by the estates and their days, not over all orders there ever were.
const ORDERS_OF_DAY = `FROM json_each(?) e CROSS JOIN "PayOrder" o ON o."estateId" = e.value AND o."bizDate" = ? AND o."state" IN ${MONEY_CAME}`
const BOOKED_FOR_ORDER = `(SELECT sum(t."amountFen") FROM "LedgerJournal" j JOIN "LedgerTransfer" t ON t."seq" = j."seq"
  WHERE j."cause" = CASE o."state" WHEN 'late-paid' THEN 'suspended' ELSE 'paid' END
  AND j."causeRef" = CASE o."state" WHEN 'late-paid' THEN o."channel" || ':' || o."transactionId" ELSE o."outTradeNo" END
  AND j."estateId" = o."estateId" AND t."debit" = 'transit-' || o."channel" AND t."debitOf" = o."merchantId")`
/** Money that came too late or otherwise than ordered is posted as suspended; an order of it that was given back since is so by that posting. */
const SUSPENDED_FOR_ORDER = `(SELECT sum(t."amountFen") FROM "LedgerJournal" j JOIN "LedgerTransfer" t ON t."seq" = j."seq"
  WHERE j."cause" = 'suspended' AND j."causeRef" = o."channel" || ':' || o."transactionId" AND t."debit" = 'transit-' || o."channel" AND t."debitOf" = o."merchantId")`

/** Orders of the day that the books have not, or with another amount. */
export async function ordersAmiss(read: Tx, { estateIds, date }: BooksDay): Promise<Booked[]> {
  const rows = await read.$queryRawUnsafe<Array<Raw<Booked>>>(
    `SELECT * FROM (SELECT o."outTradeNo" AS "number", o."outTradeNo" AS "orderNo", o."estateId", o."billId", o."channel", o."transactionId", o."state",
    o."paidFen" AS "fen", coalesce(${BOOKED_FOR_ORDER}, ${SUSPENDED_FOR_ORDER}) AS "bookedFen"
    ${ORDERS_OF_DAY}) WHERE "bookedFen" IS NULL OR "bookedFen" <> "fen" ORDER BY "number"`,
    JSON.stringify(estateIds), date)
  return rows.map(bookedOf)
}

/** Refunds that came to their end on the day and that the books have not, or with another amount. */
export async function refundsAmiss(read: Tx, { estateIds, date, untilMs }: BooksDay): Promise<Booked[]> {
  const rows = await read.$queryRawUnsafe<Array<Raw<Booked>>>(
    `SELECT * FROM (SELECT r."outRefundNo" AS "number", r."outTradeNo" AS "orderNo", r."estateId", o."billId", ifnull(o."channel", '') AS "channel",
    NULL AS "transactionId", r."state", r."refundFen" AS "fen", (SELECT sum(t."amountFen") FROM "LedgerJournal" j JOIN "LedgerTransfer" t ON t."seq" = j."seq"
      WHERE j."cause" IN ('refunded', 'prepayment-returned', 'suspense-returned') AND j."causeRef" = r."outRefundNo" AND t."credit" IN ${TRANSITS}) AS "bookedFen"
    FROM "PayRefund" r LEFT JOIN "PayOrder" o ON o."outTradeNo" = r."outTradeNo"
    WHERE r."submittedAtMs" >= ? AND r."submittedAtMs" < ? AND r."state" = 'succeeded' AND r."bizDate" = ? AND r."estateId" IN (SELECT value FROM json_each(?)))
    WHERE "bookedFen" IS NULL OR "bookedFen" <> "fen" ORDER BY "number"`,
    BigInt(untilMs - REFUND_MS_MAX), BigInt(untilMs), date, JSON.stringify(estateIds))
  return rows.map(bookedOf)
}

const JOURNALS_OF_DAY = `FROM json_each(?) e CROSS JOIN "LedgerJournal" j ON j."estateId" = e.value AND j."bizDate" >= ? AND j."bizDate" <= ?
  AND ifnull(j."lateFor", j."bizDate") = ? JOIN "LedgerTransfer" t ON t."seq" = j."seq"`
const BOTH_SIDES = `j."cause" IN ('paid', 'suspended') AND t."debit" IN ${TRANSITS}
  OR j."cause" IN ('refunded', 'prepayment-returned', 'suspense-returned') AND t."credit" IN ${TRANSITS}`
/**
 * What each kind of posting is founded on. `…:moved` is money that found its estate: out of one suspense, into
 * another; `…:reversed` takes back a payment that never was. */
const FOUNDED = `CASE j."cause"
  WHEN 'paid' THEN EXISTS (SELECT 1 FROM "PayOrder" o WHERE o."outTradeNo" = j."causeRef" AND o."state" IN ${MONEY_CAME})
    OR EXISTS (SELECT 1 FROM "LedgerJournal" k WHERE k."cause" IN ('refunded', 'prepayment-returned') AND k."causeRef" = j."causeRef" || ':reversed')
  WHEN 'suspended' THEN EXISTS (SELECT 1 FROM "SuspenseItem" s WHERE s."channel" = substr(j."causeRef", 1, instr(j."causeRef", ':') - 1)
    AND s."transactionId" = substr(j."causeRef", instr(j."causeRef", ':') + 1))
    OR EXISTS (SELECT 1 FROM "SuspenseItem" s WHERE s."suspenseId" || ':moved' = j."causeRef" AND s."suspenseId" = substr(j."causeRef", 1, length(j."causeRef") - 6))
  ELSE EXISTS (SELECT 1 FROM "LedgerJournal" k WHERE k."cause" = 'paid' AND k."causeRef" || ':reversed' = j."causeRef"
      AND k."causeRef" = substr(j."causeRef", 1, length(j."causeRef") - 9))
    OR EXISTS (SELECT 1 FROM "PayRefund" r WHERE r."outRefundNo" = j."causeRef" AND r."state" = 'succeeded')
    OR EXISTS (SELECT 1 FROM "SuspenseItem" s WHERE s."suspenseId" = substr(j."causeRef", 1, length(j."causeRef") - 6) AND s."suspenseId" || ':moved' = j."causeRef") END`

/** Postings of the day for which there is no payment and no refund. */
export async function postingsUnfounded(read: Tx, { estateIds, date, lateUntil }: BooksDay): Promise<Unfounded[]> {
  const rows = await read.$queryRawUnsafe<Array<Raw<Unfounded>>>(
    `SELECT j."seq", j."cause", j."causeRef", j."estateId", sum(t."amountFen") AS "fen" ${JOURNALS_OF_DAY}
    WHERE (${BOTH_SIDES}) AND NOT (${FOUNDED}) GROUP BY j."seq", j."cause", j."causeRef", j."estateId" ORDER BY j."seq"`, JSON.stringify(estateIds), date, lateUntil, date)
  return rows.map(unfoundedOf)
}

/** Bills that orders of the day paid, or refunds of the day opened again, with the order that says so; after a bill, in their order. */
export const billsOfDay = (read: Tx, { estateIds, date, untilMs }: BooksDay, afterBillId: string, limit: number): Promise<Array<{ billId: string; orderNo: string }>> =>
  read.$queryRawUnsafe(
    `SELECT "billId", max("orderNo") AS "orderNo" FROM (SELECT o."billId", o."outTradeNo" AS "orderNo" ${ORDERS_OF_DAY}
    UNION ALL SELECT o."billId", o."outTradeNo" FROM "PayRefund" r JOIN "PayOrder" o ON o."outTradeNo" = r."outTradeNo"
    WHERE r."submittedAtMs" >= ? AND r."submittedAtMs" < ? AND r."state" IN ('succeeded', 'paid-out') AND r."bizDate" = ? AND r."estateId" IN (SELECT value FROM json_each(?)))
    WHERE "billId" > ? GROUP BY "billId" ORDER BY "billId" LIMIT ?`,
    JSON.stringify(estateIds), date, BigInt(untilMs - REFUND_MS_MAX), BigInt(untilMs), date, JSON.stringify(estateIds), afterBillId, limit)

export interface SideSums {
  readonly count: number
  readonly fen: number
}
const sumsOf = ([row]: ReadonlyArray<{ count: number | bigint; fen: number | bigint | null }>): SideSums => ({ count: Number(row?.count ?? 0), fen: Number(row?.fen ?? 0) })

/** What orders of the day took, less what refunds of it gave back. */
export async function orderSums(read: Tx, { estateIds, date, untilMs }: BooksDay): Promise<{ readonly paid: SideSums; readonly back: SideSums }> {
  const paid = await read.$queryRawUnsafe<Array<{ count: bigint; fen: bigint | null }>>(
    `SELECT count(*) AS "count", sum(o."paidFen") AS "fen" ${ORDERS_OF_DAY}`, JSON.stringify(estateIds), date)
  const back = await read.$queryRawUnsafe<Array<{ count: bigint; fen: bigint | null }>>(
    `SELECT count(*) AS "count", sum("refundFen") AS "fen" FROM "PayRefund" WHERE "submittedAtMs" >= ? AND "submittedAtMs" < ? AND "state" = 'succeeded' AND "bizDate" = ?
    AND "estateId" IN (SELECT value FROM json_each(?))`, BigInt(untilMs - REFUND_MS_MAX), BigInt(untilMs), date, JSON.stringify(estateIds))
  return { paid: sumsOf(paid), back: sumsOf(back) }
}

/** What the books took and gave back by the channels on the day. */
export async function postedSums(read: Tx, { estateIds, date, lateUntil }: BooksDay): Promise<{ readonly paid: SideSums; readonly back: SideSums }> {
  const rows = await read.$queryRawUnsafe<Array<{ side: string; count: bigint; fen: bigint | null }>>(
    `SELECT CASE WHEN j."cause" IN ('paid', 'suspended') THEN 'paid' ELSE 'back' END AS "side", count(DISTINCT j."seq") AS "count", sum(t."amountFen") AS "fen"
    ${JOURNALS_OF_DAY} WHERE ${BOTH_SIDES} GROUP BY 1`, JSON.stringify(estateIds), date, lateUntil, date)
  return { paid: sumsOf(rows.filter((row) => row.side === 'paid')), back: sumsOf(rows.filter((row) => row.side === 'back')) }
}
