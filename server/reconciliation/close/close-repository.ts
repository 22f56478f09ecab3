import type { Tx } from '../../db/transaction.js'
import type { CloseFigures, CloseKind, CloseRecord, CloseState, Reopening } from './close-kinds.js'

type Row = NonNullable<Awaited<ReturnType<Tx['financeClose']['findUnique']>>>
const recordOf = ({ closeId, estateId, kind, period, state, figures, preparedBy, preparedAtMs, closedBy, closedAtMs, reopening }: Row): CloseRecord => ({
  closeId, estateId, kind: kind as CloseKind, period, state: state as CloseState, figures: JSON.parse(figures) as CloseFigures, preparedBy,
    preparedAtMs: Number(preparedAtMs), closedBy,
  closedAtMs: closedAtMs === null ? null : Number(closedAtMs), reopening: reopening === null ? null : (JSON.parse(reopening) as Reopening),
})
const holdOf = ({ estateId, kind, period }: Pick<CloseRecord, 'estateId' | 'kind' | 'period'>): string => `${estateId} ${kind} ${period}`

export async function findClose(read: Tx, closeId: string): Promise<CloseRecord | null> {
  const row = await read.financeClose.findUnique({ where: { closeId } })
  return row === null ? null : recordOf(row)
}
export async function heldClose(read: Tx, period: Pick<CloseRecord, 'estateId' | 'kind' | 'period'>): Promise<CloseRecord | null> {
  const row = await read.financeClose.findUnique({ where: { holds: holdOf(period) } })
  return row === null ? null : recordOf(row)
}
export const insertClose = async (tx: Tx, close: Pick<CloseRecord, 'closeId' | 'estateId' | 'kind' | 'period' | 'figures' | 'preparedBy' | 'preparedAtMs'>): Promise<void> => void (
  await tx.financeClose.create({ data: { ...close, state: 'prepared', figures: JSON.stringify(close.figures), preparedAtMs: BigInt(close.preparedAtMs), holds: holdOf(close) } }))
/** Takes back what was prepared and not closed. */
export const dropPrepared = async (tx: Tx, closeId: string): Promise<void> => void (await tx.financeClose.deleteMany({ where: { closeId, state: 'prepared' } }))

export interface CloseChange {
  readonly state: CloseState
  readonly figures?: CloseFigures
  readonly closedBy?: string
  readonly closedAtMs?: number
  readonly reopening?: Reopening
}
/** Compare and set: false where the close is not at `from`. */
export const moveClose = async (tx: Tx, closeId: string, from: CloseState, change: CloseChange): Promise<boolean> => {
  const { figures, closedAtMs, reopening, ...plain } = change
  const { count } = await tx.financeClose.updateMany({ where: { closeId, state: from }, data: {
    ...plain, ...(figures === undefined ? {} : { figures: JSON.stringify(figures) }), ...(closedAtMs === undefined ? {} : { closedAtMs: BigInt(closedAtMs) }),
    ...(reopening === undefined ? {} : { reopening: JSON.stringify(reopening) }),
  } })
  return count === 1
}
/** Days and months from a period on hold no more. */
export const releaseFrom = async (tx: Tx, estateId: string, fromDate: string): Promise<void> => void (await tx.financeClose.updateMany({
  where: { estateId, holds: { not: null }, OR: [{ kind: 'day', period: { gte: fromDate } }, { kind: 'month', period: { gte: fromDate.slice(0, 7) } }] },
    data: { state: 'reopened', holds: null },
}))
export const closesOf = async (read: Tx, estateIds: readonly string[] | null, kind: CloseKind | undefined, limit: number): Promise<CloseRecord[]> =>
  (await read.financeClose.findMany({
    where: { ...(estateIds === null ? {} : { estateId: { in: [...estateIds] } }), ...(kind === undefined ? {} : { kind }) }, orderBy: [{ period: 'desc' },
      { estateId: 'asc' }, { closeId: 'desc' }],
    take: limit,
  })).map(recordOf)
export const closedDays = (read: Tx, estateId: string, month: string): Promise<number> =>
  read.financeClose.count({ where: { estateId, kind: 'day', period: { startsWith: month }, state: { in: ['closed', 'reopen-proposed'] }, holds: { not: null } } })

/** Payments that the books have of a day in a channel, wherever they were posted: those that came late for it too. */
export async function bookedFen(read: Tx, estateId: string, account: string, merchantId: string, date: string): Promise<number> {
  const [row] = await read.$queryRawUnsafe<Array<{ fen: number | bigint | null }>>(
    `SELECT sum(t."amountFen") AS "fen" FROM "LedgerJournal" j JOIN "LedgerTransfer" t ON t."seq" = j."seq"
    WHERE j."estateId" = ? AND ifnull(j."lateFor", j."bizDate") = ? AND j."cause" IN ('paid',
      'suspended') AND t."debit" = ? AND t."debitOf" = ?`, estateId, date, account, merchantId)
  return Number(row?.fen ?? 0)
}
/** What the last run left of an estate's payments of a day: channel less ours. */
export async function explainedFen(read: Tx, of: { estateId: string; channel: string; merchantId: string; billDate: string; run: number }): Promise<number> {
  const { estateId, channel, merchantId, billDate, run } = of
  // A payment is known by its order's number, a refund by its own.
  const [row] = await read.$queryRawUnsafe<Array<{ fen: number | bigint | null }>>(
    `SELECT sum("differenceFen") AS "fen" FROM "ReconCase" WHERE "bizDate" = ? AND "channel" = ? AND "merchantId" = ? AND "estateId" = ? AND "leg" = 1 AND "seenRun" = ?
    AND "reference" = "orderNo"`, billDate, channel, merchantId, estateId, run)
  return Number(row?.fen ?? 0)
}
/** What orders and books of an estate's day differ by: every difference of it that was found, whatever was made of it since. */
export async function explainedByBooksFen(read: Tx, estateId: string, bizDate: string): Promise<number> {
  const { _sum } = await read.reconCase.aggregate({ where: { bizDate, estateId, leg: 3, state: { not: 'cleared' } }, _sum: { differenceFen: true } })
  return Number(_sum.differenceFen ?? 0n)
}
export interface PriorSums {
  readonly account: string
  readonly of: string | null
  readonly debitFen: number
  readonly creditFen: number
}
/** What was posted on days of a span for days before it: those were closed, so it came late. By account. */
export async function priorSums(read: Tx, estateId: string, fromDate: string, untilDate: string): Promise<PriorSums[]> {
  const side = (name: 'debit' | 'credit'): string =>
    `SELECT t."${name}" AS "account", t."${name}Of" AS "of", ${name === 'debit' ? `t."amountFen", 0` : `0, t."amountFen"`} FROM "LedgerJournal" j
    JOIN "LedgerTransfer" t ON t."seq" = j."seq" WHERE j."estateId" = ? AND j."bizDate" >= ? AND j."bizDate" <= ? AND j."lateFor" < ?`
  const days = [estateId, fromDate, untilDate, fromDate]
  const rows = await read.$queryRawUnsafe<Array<Record<'debitFen' | 'creditFen', number | bigint> & { account: string; of: string | null }>>(
    `WITH sides("account", "of", "debitFen", "creditFen") AS (${side('debit')} UNION ALL ${side('credit')})
    SELECT "account", "of", sum("debitFen") AS "debitFen", sum("creditFen") AS "creditFen" FROM sides GROUP BY "account", "of"`, ...days, ...days)
  return rows.map(({ account, of, debitFen, creditFen }) => ({ account, of, debitFen: Number(debitFen), creditFen: Number(creditFen) }))
}
export const openCases = (read: Tx, estateId: string, untilDate: string): Promise<number> =>
  read.reconCase.count({ where: { estateId: { in: [estateId] }, bizDate: { lte: untilDate }, state: { in: ['open', 'proposed'] } } })
export async function auditHead(read: Tx): Promise<string | null> {
  return (await read.auditEntry.findFirst({ orderBy: { seq: 'desc' }, select: { hash: true } }))?.hash ?? null
}
