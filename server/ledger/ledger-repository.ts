import { bulkWrite } from '../db/bulk.js'
import type { Tx } from '../db/transaction.js'

export interface JournalRow {
  readonly seq: number
  readonly cause: string
  readonly causeRef: string
  readonly estateId: string
  readonly bizDate: string
  readonly lateFor: string | null
  readonly memo: string | null
  readonly postedAtMs: bigint
  readonly postedBy: string | null
  readonly contentHash: string
  readonly previousHash: string
  readonly hash: string
}

export interface TransferRow {
  readonly seq: number
  readonly leg: number
  readonly estateId: string
  readonly bizDate: string
  readonly debit: string
  readonly credit: string
  readonly amountFen: bigint
  readonly debitOf: string | null
  readonly creditOf: string | null
  readonly householdId: string | null
  readonly billId: string | null
}

export interface DaySums {
  readonly account: string
  readonly estateId: string
  /** Empty where the account is kept by nothing. */
  readonly partOf: string
  readonly bizDate: string
  readonly debitFen: bigint
  readonly creditFen: bigint
}

/** Rows in one statement of a batch. */
const ROWS_PER_STATEMENT = 5_000

const JOURNALS = {
  table: 'LedgerJournal', key: ['seq'], onConflict: 'ignore',
  columns: ['seq', 'cause', 'causeRef', 'estateId', 'bizDate', 'lateFor', 'memo', 'postedAtMs', 'postedBy', 'contentHash', 'previousHash', 'hash'],
} as const
const TRANSFERS = {
  table: 'LedgerTransfer', key: ['seq', 'leg'], onConflict: 'ignore',
  columns: ['seq', 'leg', 'estateId', 'bizDate', 'debit', 'credit', 'amountFen', 'debitOf', 'creditOf', 'householdId', 'billId'],
} as const
const DAYS = {
  table: 'LedgerDay', key: ['account', 'estateId', 'partOf', 'bizDate'], onConflict: { add: ['debitFen', 'creditFen'] },
  columns: ['account', 'estateId', 'partOf', 'bizDate', 'debitFen', 'creditFen'],
} as const

function* chunks<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) yield rows.slice(from, from + ROWS_PER_STATEMENT)
}

export const lastJournal = (tx: Tx): Promise<{ seq: number; hash: string } | null> =>
  tx.ledgerJournal.findFirst({ orderBy: { seq: 'desc' }, select: { seq: true, hash: true } })

/** What was posted before for these causes, by `causeRef`. */
export async function contentHashes(tx: Tx, cause: string, causeRefs: readonly string[]): Promise<Map<string, { seq: number; contentHash: string; bizDate: string }>> {
  const found = new Map<string, { seq: number; contentHash: string; bizDate: string }>()
  for (const part of chunks(causeRefs)) {
    const rows = await tx.$queryRawUnsafe<Array<{ causeRef: string; seq: number | bigint; contentHash: string; bizDate: string }>>(
      'SELECT "causeRef", "seq", "contentHash", "bizDate" FROM "LedgerJournal" WHERE "cause" = ? AND "causeRef" IN (SELECT value FROM json_each(?))', cause, JSON.stringify(part))
    for (const { causeRef, seq, contentHash, bizDate } of rows) found.set(causeRef, { seq: Number(seq), contentHash, bizDate })
  }
  return found
}

export async function insertJournals(tx: Tx, journals: readonly JournalRow[], transfers: readonly TransferRow[], days: readonly DaySums[]): Promise<void> {
  for (const rows of chunks(journals)) await bulkWrite(tx, JOURNALS, rows, ['seq'])
  for (const rows of chunks(transfers)) await bulkWrite(tx, TRANSFERS, rows, ['seq'])
  for (const rows of chunks(days)) await bulkWrite(tx, DAYS, rows, ['account'])
}

/** The day up to which the estate's books are closed, or null. */
export async function closedUntil(tx: Tx, estateId: string): Promise<string | null> {
  const row = await tx.ledgerLock.findFirst({ where: { estateId }, orderBy: { seq: 'desc' }, select: { closedUntil: true } })
  return row?.closedUntil ?? null
}

export async function insertLock(tx: Tx, lock: { estateId: string; closedUntil: string; setAtMs: bigint; setBy: string }): Promise<void> {
  const last = await tx.ledgerLock.findFirst({ orderBy: { seq: 'desc' }, select: { seq: true } })
  await tx.ledgerLock.create({ data: { ...lock, seq: (last?.seq ?? 0) + 1 } })
}

/** Sums by account and part over days up to `untilDate`, both included; of all estates where `estateIds` is null. */
export async function sums(read: Tx, range: { estateIds: readonly string[] | null; fromDate: string; untilDate: string }): Promise<Array<Omit<DaySums, 'bizDate'>>> {
  const rows = await read.ledgerDay.groupBy({
    by: ['account', 'estateId', 'partOf'],
    where: { bizDate: { gte: range.fromDate, lte: range.untilDate }, ...(range.estateIds === null ? {} : { estateId: { in: [...range.estateIds] } }) },
    _sum: { debitFen: true, creditFen: true },
    orderBy: [{ account: 'asc' }, { estateId: 'asc' }, { partOf: 'asc' }],
  })
  return rows.map(({ account, estateId, partOf, _sum }) => ({ account, estateId, partOf, debitFen: _sum.debitFen ?? 0n, creditFen: _sum.creditFen ?? 0n }))
}

/** Credits less debits of a household on an account. */
export async function householdCreditFen(read: Tx, account: string, householdId: string): Promise<bigint> {
  const sum = async (side: 'credit' | 'debit'): Promise<bigint> =>
    (await read.ledgerTransfer.aggregate({ where: { householdId, [side]: account }, _sum: { amountFen: true } }))._sum.amountFen ?? 0n
  return await sum('credit') - await sum('debit')
}

/** Households with credit on an account, and how much. */
export async function householdCredits(read: Tx, account: string): Promise<Array<{ estateId: string; householdId: string; fen: number }>> {
  const rows = await read.$queryRawUnsafe<Array<{ estateId: string; householdId: string; fen: bigint | number }>>(
    'SELECT "estateId", "householdId", sum(CASE WHEN "credit" = ?1 THEN "amountFen" ELSE -"amountFen" END) AS fen FROM "LedgerTransfer" ' +
    'WHERE ("credit" = ?1 OR "debit" = ?1) AND "householdId" IS NOT NULL GROUP BY "estateId", "householdId" HAVING fen > 0 ORDER BY "householdId"', account)
  return rows.map(({ fen, ...row }) => ({ ...row, fen: Number(fen) }))
}

/** Days of an account, the earliest first. */
export const accountDays = (read: Tx, estateIds: readonly string[] | null, account: string, untilDate: string): Promise<DaySums[]> =>
  read.ledgerDay.findMany({
    where: { account, bizDate: { lte: untilDate }, ...(estateIds === null ? {} : { estateId: { in: [...estateIds] } }) },
    orderBy: [{ estateId: 'asc' }, { partOf: 'asc' }, { bizDate: 'asc' }],
  })

/** Fen of an estate's journals of one kind that debit an account, until a day. */
export async function debitedBy(read: Tx, estateId: string, cause: string, account: string, untilDate: string): Promise<bigint> {
  const [row] = await read.$queryRawUnsafe<Array<{ fen: bigint | number | null }>>(
    'SELECT sum(t."amountFen") AS fen FROM "LedgerJournal" j JOIN "LedgerTransfer" t ON t."seq" = j."seq" ' +
    'WHERE j."cause" = ? AND j."estateId" = ? AND t."debit" = ? AND t."bizDate" <= ?', cause, estateId, account, untilDate)
  return BigInt(row?.fen ?? 0)
}

/** Fen that came to a place for receivables, less what went back, until a day. */
export async function settledAt(read: Tx, estateId: string, place: { account: string; of: string }, receivables: readonly string[], untilDate: string): Promise<bigint> {
  const where = { estateId, bizDate: { lte: untilDate } }
  const sum = async (side: object): Promise<bigint> => (await read.ledgerTransfer.aggregate({ where: { ...where, ...side }, _sum: { amountFen: true } }))._sum.amountFen ?? 0n
  const some = { in: [...receivables] }
  return await sum({ debit: place.account, debitOf: place.of, credit: some }) - await sum({ credit: place.account, creditOf: place.of, debit: some })
}

/** The last journal that was posted until a moment, 0 where there was none. */
export const lastSeqAt = async (read: Tx, atMs: number): Promise<number> =>
  (await read.ledgerJournal.findFirst({ where: { postedAtMs: { lte: BigInt(atMs) } }, orderBy: { seq: 'desc' }, select: { seq: true } }))?.seq ?? 0

/** Sums by account and part over all journals up to one. */
export async function sumsUntilSeq(read: Tx, estateIds: readonly string[] | null, seq: number): Promise<Array<Omit<DaySums, 'bizDate'>>> {
  const scope = estateIds === null ? '' : 'AND "estateId" IN (SELECT value FROM json_each(?2))'
  const side = (name: 'debit' | 'credit'): string =>
    `SELECT "${name}" AS account, "estateId", coalesce("${name}Of", '') AS partOf, ${name === 'debit' ? '"amountFen", 0' : '0, "amountFen"'} ` +
    `FROM "LedgerTransfer" WHERE "seq" <= ?1 ${scope}`
  const rows = await read.$queryRawUnsafe<Array<{ account: string; estateId: string; partOf: string; debits: bigint | number; credits: bigint | number }>>(
    'WITH s(account, "estateId", partOf, d, c) AS ' +
    `(${side('debit')} UNION ALL ${side('credit')}) SELECT account, "estateId", partOf, sum(d) AS debits, sum(c) AS credits FROM s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    seq, ...(estateIds === null ? [] : [JSON.stringify(estateIds)]))
  return rows.map(({ debits, credits, ...row }) => ({ ...row, debitFen: BigInt(debits), creditFen: BigInt(credits) }))
}

/** Bills that the next journals moved money for, of these kinds. */
export async function billsOfJournals(read: Tx, afterSeq: number, limit: number, causes: readonly string[]): Promise<{ untilSeq: number | null; billIds: string[] }> {
  const last = await read.ledgerJournal.findMany({ where: { seq: { gt: afterSeq } }, orderBy: { seq: 'asc' }, take: limit, select: { seq: true } })
  const untilSeq = last.at(-1)?.seq ?? null
  if (untilSeq === null) return { untilSeq, billIds: [] }
  const rows = await read.$queryRawUnsafe<Array<{ billId: string }>>(
    'SELECT DISTINCT t."billId" FROM "LedgerJournal" j JOIN "LedgerTransfer" t ON t."seq" = j."seq" ' +
    'WHERE j."seq" > ? AND j."seq" <= ? AND t."billId" IS NOT NULL AND j."cause" IN (SELECT value FROM json_each(?)) ORDER BY t."billId"',
    afterSeq, untilSeq, JSON.stringify(causes))
  return { untilSeq, billIds: rows.map((row) => row.billId) }
}

export interface Settlement {
  readonly billId: string
  readonly date: string
  readonly fen: number
}

/** Transfers between a receivable and anything but what is billed, reduced or offset, of bills of an estate. */
export async function settlements(read: Tx, estateId: string, receivable: string, sinceDate: string): Promise<Settlement[]> {
  const accrual = ['not-yet-collected', 'subsidy-receivable']
  const rows = await read.ledgerTransfer.findMany({
    where: {
      estateId, bizDate: { gte: sinceDate }, billId: { not: null },
      OR: [{ credit: receivable, debit: { notIn: accrual } }, { debit: receivable, credit: { notIn: accrual } }],
    },
    orderBy: [{ seq: 'asc' }, { leg: 'asc' }],
  })
  return rows.map((row) => ({ billId: row.billId ?? '', date: row.bizDate, fen: row.credit === receivable ? Number(row.amountFen) : -Number(row.amountFen) }))
}

export const journal = async (read: Tx, seq: number): Promise<{ journal: JournalRow; transfers: TransferRow[] } | null> => {
  const found = await read.ledgerJournal.findUnique({ where: { seq } })
  return found === null ? null : { journal: found, transfers: await read.ledgerTransfer.findMany({ where: { seq }, orderBy: { leg: 'asc' } }) }
}

/** Journals with their transfers after `seq`, oldest first. */
export async function journalsAfter(read: Tx, seq: number, limit: number): Promise<Array<{ journal: JournalRow; transfers: TransferRow[] }>> {
  const journals = await read.ledgerJournal.findMany({ where: { seq: { gt: seq } }, orderBy: { seq: 'asc' }, take: limit })
  const last = journals.at(-1)
  if (last === undefined) return []
  const transfers = await read.ledgerTransfer.findMany({ where: { seq: { gt: seq, lte: last.seq } }, orderBy: [{ seq: 'asc' }, { leg: 'asc' }] })
  const bySeq = new Map<number, TransferRow[]>(journals.map((row) => [row.seq, []]))
  for (const row of transfers) bySeq.get(row.seq)?.push(row)
  return journals.map((row) => ({ journal: row, transfers: bySeq.get(row.seq) ?? [] }))
}

export const allDays = (read: Tx): Promise<DaySums[]> => read.ledgerDay.findMany()
