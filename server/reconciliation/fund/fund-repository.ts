import type { BulkConnection } from '../../db/bulk-connection.js'

/** One day of a merchant by both of the channel's bills. */
export interface FundScope {
  readonly tradeBatchNo: number
  readonly fundBatchNo: number
  readonly channel: string
  readonly merchantId: string
}

/** What stands under one number of the channel's in the trade bill and in the fund bill, where that is not simply the same. */
export interface FundGroup {
  readonly key: string
  /** Lines of the trade bill, of the fund bill, and of those the ones that are charges. */
  readonly tradeRows: number
  readonly fundRows: number
  readonly feeRows: number
  /** By the trade bill: what should have come in, refunds and charges below zero. */
  readonly dueFen: number
  readonly dueFeeFen: number
  /** By the fund bill. */
  readonly movedFen: number
  readonly movedFeeFen: number
  readonly isRefund: boolean
  /** The trade bill says of it that it did not happen, or not yet. */
  readonly isVoid: boolean
  readonly outTradeNo: string | null
  readonly refundNo: string | null
  readonly transactionId: string | null
  readonly state: string | null
  /** First line of each bill; of the fund bill the first that is no charge, where there is one. */
  readonly tradeLine: number | null
  readonly fundLine: number | null
  readonly atMs: number
  readonly fundAtMs: number | null
  readonly businessNo: string | null
  readonly flowNo: string | null
  readonly what: string | null
  readonly voucher: string | null
}

/** Charges and what is given back of them. Nearly every row is a payment: it is asked for first. */
const IS_FEE = `(CASE f."what" WHEN '交易' THEN 0 ELSE instr(f."what", '手续费') > 0 OR f."what" IN ('收费', '退费', '服务费', '退服务费') END)`
/** The merchant's own money on its way between balance and bank: matched with the bank, not with trades. */
const IS_OWN = `(CASE f."what" WHEN '交易' THEN 0 ELSE instr(f."what", '提现') > 0 OR instr(f."what", '充值') > 0 OR instr(f."what", '结算') > 0 END)`

/** Alipay's refunds have their payment's number: they are told apart by what moved. WeChat Pay's have their own. */
const keysOf = (channel: string): { readonly trade: string; readonly fund: string } => (channel === 'alipay' ? {
  trade: `b."transactionId" || CASE b."kind" WHEN 'refund' THEN ' r' ELSE '' END`, fund: `f."businessNo" || CASE WHEN f."what" LIKE '退%' THEN ' r' ELSE '' END`,
} : { trade: `CASE b."kind" WHEN 'refund' THEN ifnull(b."refundId", '') ELSE b."transactionId" END`, fund: `f."businessNo"` })

const SUMS = ['tradeRows', 'fundRows', 'feeRows', 'dueFen', 'dueFeeFen', 'movedFen', 'movedFeeFen']
const COLUMNS = [...SUMS, 'isRefund', 'isVoid', 'number', 'tradeLine', 'mainLine', 'fundLine'].map((name) => `"${name}"`).join(', ')
/** Charges of a payment stand in a line of their own, or are taken off with it; of a refund what is given back counts as a whole. */
const APART = `"tradeRows" = 0 OR NOT ("dueFen" = "movedFen" AND "dueFeeFen" = "movedFeeFen" OR ("feeRows" = 0 OR "isRefund")
  AND "dueFen" + "dueFeeFen" = "movedFen" + "movedFeeFen")`

/** Rows that are sorted together: SQLite maps the file that it sorts in, and what is mapped counts as memory. */
const ROWS_PER_PASS = 750_000
/** Numbers end in a digit: as many passes as there are can share them. */
const PASSES_MAX = 10
const inPass = (key: string): string => `ifnull(unicode(substr(${key}, -1)), 0) % ? = ?`

/** Both bills in one, a line a row, of one pass: of the trade bill what is due, of the fund bill what moved. A movement has its charge with it. */
const linesOf = ({ trade, fund }: ReturnType<typeof keysOf>): string =>
  `SELECT ${trade} AS "key", 1 AS "tradeRow", CASE b."kind" WHEN 'refund' THEN 0 - b."fen" ELSE b."fen" END AS "due", 0 - b."feeFen" AS "dueFee", 0 AS "moved", 0 AS "movedFee",
    0 AS "fundRow", 0 AS "feeRow", b."kind" = 'refund' AS "back", b."state" <> 'succeeded' AS "void", b."line" AS "line"
    FROM "ReconRow" b WHERE b."batchNo" = ? AND ${inPass(trade)}
  UNION ALL SELECT ${fund}, 0, 0, 0, CASE WHEN ${IS_FEE} THEN 0 ELSE f."fen" END, CASE WHEN ${IS_FEE} THEN f."fen" ELSE f."feeFen" END, 1 + f."feeRows",
    CASE WHEN ${IS_FEE} THEN 1 ELSE f."feeRows" END, 0, 0, f."line" FROM "ReconFundRow" f WHERE f."batchNo" = ? AND ${inPass(fund)} AND NOT ${IS_OWN}`
const GROUPS = `sum("tradeRow") AS "tradeRows", sum("fundRow") AS "fundRows", sum("feeRow") AS "feeRows", sum("due") AS "dueFen", sum("dueFee") AS "dueFeeFen",
  sum("moved") AS "movedFen", sum("movedFee") AS "movedFeeFen", max("back") AS "isRefund", max("void") AS "isVoid", min(CASE "tradeRow" WHEN 1 THEN "line" END) AS "tradeLine",
  min(CASE WHEN "fundRow" > "feeRow" THEN "line" END) AS "mainLine", min(CASE "tradeRow" WHEN 0 THEN "line" END) AS "fundLine"`
/** Group of the trade bill that has the same number of ours, where the channel numbered a movement otherwise than its trade. */
const OWN_KEY = `CASE WHEN a."tradeRows" > 0 OR a."number" = '' THEN a."key" ELSE
  ifnull((SELECT min(d."key") FROM temp."fundFirst" d WHERE d."number" = a."number" AND d."tradeRows" > 0), a."key") END`

/**
 * Notes what is apart between the bills of a day, for `groupsApart` to read page by page. Both bills are gone through together, large ones in
 * several passes; what the channel numbers otherwise in its fund bill is then put together by our own number.
 */
export function noteGroupsApart(db: BulkConnection, { tradeBatchNo, fundBatchNo, channel }: FundScope): void {
  dropGroupsApart(db)
  const rowsIn = (table: string, batchNo: number): number => db.all<{ rows: number }>(`SELECT count(*) AS "rows" FROM "${table}" WHERE "batchNo" = ?`, [batchNo])[0]?.rows ?? 0
  const passes = Math.min(PASSES_MAX, Math.ceil((rowsIn('ReconRow', tradeBatchNo) + rowsIn('ReconFundRow', fundBatchNo)) / ROWS_PER_PASS))
  for (const name of ['fundFirst', 'fundApart']) db.run(`CREATE TEMP TABLE "${name}" ("place" INTEGER PRIMARY KEY, "key", ${COLUMNS})`, [])
  const first =
    `INSERT INTO temp."fundFirst" ("key", ${COLUMNS}) SELECT g."key", ${SUMS.map((name) => `g."${name}"`).join(', ')}, g."isRefund", g."isVoid",
    ifnull(ifnull(b."refundNo", b."outTradeNo"), f."voucher"), g."tradeLine", g."mainLine", g."fundLine"
    FROM (SELECT * FROM (SELECT "key", ${GROUPS} FROM (${linesOf(keysOf(channel))}) GROUP BY "key") WHERE ${APART}) g
    LEFT JOIN "ReconRow" b ON b."batchNo" = ? AND b."line" = g."tradeLine"
    LEFT JOIN "ReconFundRow" f ON f."batchNo" = ? AND f."line" = ifnull(g."mainLine", g."fundLine") ORDER BY g."key"`
  for (let pass = 0; pass < passes; pass += 1) db.run(first, [tradeBatchNo, passes, pass, fundBatchNo, passes, pass, tradeBatchNo, fundBatchNo])
  db.run('CREATE INDEX temp."fundFirst_number" ON "fundFirst" ("number")', [])
  db.run(
    `INSERT INTO temp."fundApart" ("key", ${COLUMNS}) SELECT * FROM (
      SELECT "own", ${SUMS.map((name) => `sum("${name}") AS "${name}"`).join(', ')}, max("isRefund") AS "isRefund", max("isVoid"), max("number"), min("tradeLine"),
      min("mainLine"), min("fundLine") FROM (SELECT a.*, ${OWN_KEY} AS "own" FROM temp."fundFirst" a) GROUP BY "own"
    ) WHERE ${APART} ORDER BY "own"`, [])
}

type Raw = Omit<FundGroup, 'isRefund' | 'isVoid'> & { readonly place: number; readonly isRefund: number; readonly isVoid: number }

/** The noted groups after a place, in the order of the channel's numbers. */
export function groupsApart(db: BulkConnection, { tradeBatchNo, fundBatchNo }: FundScope, place: number, limit: number): Array<FundGroup & { readonly place: number }> {
  return db.all<Raw>(
    `SELECT a."place", a."key", a."tradeRows", a."fundRows", a."feeRows", a."dueFen", a."dueFeeFen", a."movedFen", a."movedFeeFen", a."isRefund", a."isVoid", a."tradeLine",
    b."outTradeNo", b."refundNo", b."transactionId", b."state", b."atMs", f."line" AS "fundLine", f."atMs" AS "fundAtMs", f."businessNo", f."flowNo", f."what", f."voucher"
    FROM temp."fundApart" a LEFT JOIN "ReconRow" b ON b."batchNo" = ? AND b."line" = a."tradeLine"
    LEFT JOIN "ReconFundRow" f ON f."batchNo" = ? AND f."line" = ifnull(a."mainLine", a."fundLine") WHERE a."place" > ? ORDER BY a."place" LIMIT ?`,
    [tradeBatchNo, fundBatchNo, place, limit]).map(({ isRefund, isVoid, ...same }) => ({ ...same, isRefund: isRefund === 1, isVoid: isVoid === 1 }))
}

export const dropGroupsApart = (db: BulkConnection): void => {
  for (const name of ['fundFirst', 'fundApart']) db.run(`DROP TABLE IF EXISTS temp."${name}"`, [])
}

/** The merchant's own transfers to and from its bank, as the fund bill has them. */
export const ownTransfersFen = (db: BulkConnection, { fundBatchNo }: FundScope): number =>
  db.all<{ fen: number }>(`SELECT ifnull(sum(f."fen"), 0) AS "fen" FROM "ReconFundRow" f WHERE f."batchNo" = ? AND ${IS_OWN}`, [fundBatchNo])[0]?.fen ?? 0

const STANDS = `t."state" IN ('parsed', 'matched', 'reviewed', 'closed')`

/** What fund bills of the days around moved under these of our numbers. */
export const movedOnOtherDays = (
  db: BulkConnection, { fundBatchNo, channel, merchantId }: FundScope, days: readonly [from: string, until: string], numbers: readonly string[],
): Map<string, number> =>
  new Map(numbers.length === 0 ? [] : db.all<{ number: string; fen: number }>(
    `SELECT f."voucher" AS "number", sum(f."fen" + f."feeFen") AS "fen" FROM "ReconBatch" t
    JOIN "ReconFundRow" f ON f."batchNo" = t."batchNo" AND f."voucher" IN (SELECT value FROM json_each(?))
    WHERE t."channel" = ? AND t."merchantId" = ? AND t."kind" = 'fund' AND t."billDate" >= ? AND t."billDate" <= ? AND t."batchNo" <> ? AND ${STANDS} AND NOT ${IS_OWN}
    GROUP BY 1`, [JSON.stringify(numbers), channel, merchantId, ...days, fundBatchNo]).map(({ number, fen }) => [number, fen]))

/** What trade bills of the days around say is due under these orders: by the order's number, and of their refunds by the refund's. */
export const dueOnOtherDays = (
  db: BulkConnection, { tradeBatchNo, channel, merchantId }: FundScope, days: readonly [from: string, until: string], orderNos: readonly string[],
): Map<string, number> =>
  new Map(orderNos.length === 0 ? [] : db.all<{ number: string; fen: number }>(
    `SELECT ifnull(b."refundNo", b."outTradeNo") AS "number", sum(CASE b."kind" WHEN 'refund' THEN 0 - b."fen" ELSE b."fen" END - b."feeFen") AS "fen"
    FROM "ReconBatch" t JOIN "ReconRow" b ON b."batchNo" = t."batchNo" AND b."outTradeNo" IN (SELECT value FROM json_each(?))
    WHERE t."channel" = ? AND t."merchantId" = ? AND t."kind" = 'trade' AND t."billDate" >= ? AND t."billDate" <= ? AND t."batchNo" <> ? AND ${STANDS} GROUP BY 1`,
    [JSON.stringify(orderNos), channel, merchantId, ...days, tradeBatchNo]).map(({ number, fen }) => [number, fen]))

export interface OwnNumber {
  readonly number: string
  readonly kind: 'order' | 'refund'
  readonly outTradeNo: string
  readonly estateId: string
  readonly billId: string | null
  readonly state: string
}

/** Of these numbers those of our orders at this merchant and of their refunds. */
export const ownNumbers = (db: BulkConnection, { channel, merchantId }: FundScope, numbers: readonly string[]): Map<string, OwnNumber> => {
  if (numbers.length === 0) return new Map()
  const wanted = JSON.stringify(numbers)
  // `CROSS` has SQLite look for each of the numbers.
  const rows = db.all<OwnNumber>(
    `SELECT o."outTradeNo" AS "number", 'order' AS "kind", o."outTradeNo", o."estateId", o."billId", o."state" FROM json_each(?) CROSS JOIN "PayOrder" o
      ON o."outTradeNo" = json_each.value WHERE o."channel" = ? AND o."merchantId" = ?
    UNION ALL SELECT r."outRefundNo", 'refund', r."outTradeNo", r."estateId", NULL, r."state" FROM json_each(?) CROSS JOIN "PayRefund" r ON r."outRefundNo" = json_each.value`,
    [wanted, channel, merchantId, wanted])
  return new Map(rows.map((row) => [row.number, row]))
}

/** Days around one that have differences between their bills which are not explained yet. */
export const openFundDays = (
  db: BulkConnection, { channel, merchantId }: FundScope, days: readonly [from: string, until: string],
): string[] =>
  db.all<{ bizDate: string }>(
    `SELECT DISTINCT "bizDate" FROM "ReconCase" WHERE "bizDate" >= ? AND "bizDate" <= ? AND "channel" = ? AND "merchantId" = ? AND "state" IN ('open', 'proposed') AND "leg" = 2
    AND "batchNo" IS NOT NULL AND "classCode" <> 'BILL_INTEGRITY' ORDER BY 1`, [...days, channel, merchantId]).map(({ bizDate }) => bizDate)
