import type { Tx } from '../../db/transaction.js'
import type { BookEntry, StatementLine } from './statement-rules.js'

/** Some years of one account. */
const ROWS_MAX = 100_000

export const statementLines = async (read: Tx, bankAccount: string, untilDate: string): Promise<StatementLine[]> =>
  (await read.reconBankLine.findMany({
    where: { bankAccount, date: { lte: untilDate } }, orderBy: [{ date: 'asc' }, { serial: 'asc' }], take: ROWS_MAX,
    select: { serial: true, date: true, fen: true, balanceFen: true, memo: true, matchedWith: true },
  })).map(({ fen, balanceFen, ...same }) => ({ ...same, fen: Number(fen), balanceFen: balanceFen === null ? null : Number(balanceFen) }))

type Raw = Omit<BookEntry, 'fen'> & { readonly fen: number | bigint }
/** What the books of all estates have on a bank account, by cause, in the order in which it was posted. */
export async function bookEntries(read: Tx, bankAccount: string, untilDate: string): Promise<BookEntry[]> {
  const rows = await read.$queryRawUnsafe<Raw[]>(
    `SELECT j."cause", j."causeRef", j."bizDate" AS "date", j."memo",
    sum(CASE WHEN t."debit" = 'bank' AND t."debitOf" = ? THEN t."amountFen" ELSE 0 END - CASE WHEN t."credit" = 'bank' AND t."creditOf" = ? THEN t."amountFen" ELSE 0 END) AS "fen"
    FROM "LedgerTransfer" t JOIN "LedgerJournal" j ON j."seq" = t."seq"
    WHERE (t."debit" = 'bank' AND t."debitOf" = ? OR t."credit" = 'bank' AND t."creditOf" = ?) AND t."bizDate" <= ?
    GROUP BY j."seq", j."cause", j."causeRef", j."bizDate", j."memo" ORDER BY j."seq"`, bankAccount, bankAccount, bankAccount, bankAccount, untilDate)
  return rows.map(({ fen, ...same }) => ({ ...same, fen: Number(fen) }))
}
