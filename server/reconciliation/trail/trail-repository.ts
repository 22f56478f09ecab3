import type { Tx } from '../../db/transaction.js'

export interface TrailLine {
  readonly batchNo: number
  readonly billDate: string
  readonly batchState: string
  readonly channel: string
  readonly merchantId: string
  readonly line: number
  readonly kind: string
  readonly transactionId: string
  readonly refundNo: string | null
  readonly atMs: number
  readonly fen: number
  readonly feeFen: number
  readonly state: string
}
export interface TrailPosting {
  readonly seq: number
  readonly cause: string
  readonly causeRef: string
  readonly bizDate: string
  readonly lateFor: string | null
  readonly debit: string
  readonly credit: string
  readonly fen: number
}
export interface TrailCredit {
  readonly bankAccount: string
  readonly serial: string
  readonly date: string
  readonly fen: number
  readonly memo: string
  /** Day of the settlement. */
  readonly billDate: string
}
type Raw<Row> = { readonly [Key in keyof Row]: Row[Key] extends number ? number | bigint : Row[Key] }

/** Lines of bills that stand, under an order's number. `CROSS` has SQLite ask each bill for the number. */
export const linesOfOrder = async (read: Tx, outTradeNo: string): Promise<TrailLine[]> =>
  (await read.$queryRawUnsafe<Array<Raw<TrailLine>>>(
    `SELECT b."batchNo", b."billDate", b."state" AS "batchState", b."channel", b."merchantId", r."line", r."kind", r."transactionId", r."refundNo",
    r."atMs", r."fen", r."feeFen", r."state"
    FROM "ReconBatch" b CROSS JOIN "ReconRow" r ON r."batchNo" = b."batchNo" AND r."outTradeNo" = ?
    WHERE b."kind" = 'trade' AND b."state" IN ('parsed', 'matched', 'reviewed', 'closed') ORDER BY b."billDate", r."line"`, outTradeNo))
    .map((row) => ({ ...row, batchNo: Number(row.batchNo), line: Number(row.line), atMs: Number(row.atMs), fen: Number(row.fen), feeFen: Number(row.feeFen) }))

/** What the books have for an order, its refunds and its suspended money, by their own references. */
export const postingsOf = async (read: Tx, causeRefs: readonly string[]): Promise<TrailPosting[]> =>
  (await read.$queryRawUnsafe<Array<Raw<TrailPosting>>>(
    `SELECT j."seq", j."cause", j."causeRef", j."bizDate", j."lateFor", t."debit", t."credit", t."amountFen" AS "fen"
    FROM "LedgerJournal" j JOIN "LedgerTransfer" t ON t."seq" = j."seq"
    WHERE j."cause" IN ('paid', 'suspended', 'suspense-applied', 'suspense-returned', 'refunded', 'prepayment-returned') AND j."causeRef" IN (SELECT value FROM json_each(?))
    ORDER BY j."seq", t."leg"`, JSON.stringify(causeRefs))).map((row) => ({ ...row, seq: Number(row.seq), fen: Number(row.fen) }))

/** Credits that settled one of these days, the latest day of a credit naming it: `channel merchant day`. */
export const creditsOf = async (read: Tx, days: ReadonlyArray<{ channel: string; merchantId: string; billDate: string }>): Promise<TrailCredit[]> => {
  const found: TrailCredit[] = []
  for (const { channel, merchantId, billDate } of days) {
    const named = `${channel} ${merchantId} `
    const next = await read.reconBankLine.findFirst({ where: { matchedWith: { gte: named + billDate, lt: `${named}9` } }, orderBy: { matchedWith: 'asc' } })
    if (next === null) continue
    for (const { bankAccount, serial, date, fen, memo } of await read.reconBankLine.findMany({ where: { matchedWith: next.matchedWith }, orderBy: { serial: 'asc' } })) {
      found.push({ bankAccount, serial, date, fen: Number(fen), memo, billDate })
    }
  }
  return found
}

export const casesOfOrder = (read: Tx, orderNo: string): Promise<Array<{ caseId: string; leg: number; bizDate: string; classCode: string; state: string; estateId: string }>> =>
  read.reconCase.findMany({
    where: { orderNo }, orderBy: [{ bizDate: 'asc' }, { caseId: 'asc' }], select: { caseId: true, leg: true, bizDate: true, classCode: true, state: true, estateId: true },
  })
