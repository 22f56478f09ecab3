import type { Tx } from '../../db/transaction.js'
import { tillsDiffer } from '../../estate-payment/close-service.js'
import { addDays } from '../../household/civil-date-rules.js'
import { type Balance, balances, closedUntil } from '../../ledger/ledger-service.js'
import { transitOf } from '../bank/settlement-posting.js'
import type { BooksService } from '../books/books-service.js'
import { latestBills } from '../batch/bill-register.js'
import type { BillWork } from '../batch/bill-work.js'
import type { AccountFigures, BooksTie, ChannelTie, CloseFigures, CloseKind, CloseProblem } from './close-kinds.js'
import * as rows from './close-repository.js'
import { unsignedShifts } from './shift-repository.js'

export interface CloseWish {
  readonly estateId: string
  readonly kind: CloseKind
  /** YYYY-MM-DD or YYYY-MM. */
  readonly period: string
}

/** First and last day of what is closed. */
export function daysOf({ kind, period }: Pick<CloseWish, 'kind' | 'period'>): { fromDate: string; untilDate: string } {
  if (kind === 'day') return { fromDate: period, untilDate: period }
  const next = period.endsWith('-12') ? `${Number(period.slice(0, 4)) + 1}-01` : `${period.slice(0, 5)}${String(Number(period.slice(5)) + 1).padStart(2, '0')}`
  return { fromDate: `${period}-01`, untilDate: addDays(`${next}-01`, -1) }
}
const dayCount = ({ fromDate, untilDate }: { fromDate: string; untilDate: string }): number => (Date.parse(untilDate) - Date.parse(fromDate)) / 86_400_000 + 1

/** Each account's way through the period. Pure. */
export function accountFigures(before: readonly Balance[], until: readonly Balance[]): AccountFigures[] {
  const keyOf = ({ account, of }: Balance): string => `${account} ${of ?? ''}`
  const opening = new Map(before.map((one) => [keyOf(one), one]))
  return until.map((one) => {
    const was = opening.get(keyOf(one))
    return { account: one.account, of: one.of, openingFen: was?.balanceFen ?? 0, debitFen: one.debitFen - (was?.debitFen ?? 0), creditFen: one.creditFen - (was?.creditFen ?? 0),
      closingFen: one.balanceFen }
  })
}

/** What the close of a period says: each account's way through it, bills beside books, and what is in the way. */
export function createCloseFigures(
  { read, work, books }: { readonly read: Tx; readonly work: BillWork; readonly books: Pick<BooksService, 'sums'> },
): (wish: CloseWish) => Promise<CloseFigures> {
  const tieBooks = async ({ estateId, period }: CloseWish): Promise<BooksTie> => {
    const { orders, books: posted } = await books.sums(period, [estateId])
    const explainedFen = await rows.explainedByBooksFen(read, estateId, period)
    const leftFen = orders.paid.fen - orders.back.fen - (posted.paid.fen - posted.back.fen) - explainedFen
    return { orderFen: orders.paid.fen, refundFen: orders.back.fen, postedFen: posted.paid.fen, postedBackFen: posted.back.fen, explainedFen, leftFen }
  }

  const tie = async ({ estateId }: CloseWish, bill: Awaited<ReturnType<typeof latestBills>>[number]): Promise<ChannelTie> => {
    const { channel, merchantId, billDate, batchNo, run } = bill
    const sums = (await work.estates({ batchNo, channel, merchantId })).find((one) => one.estateId === estateId)
    const billFen = sums?.paidFen ?? 0
    const booked = await rows.bookedFen(read, estateId, transitOf(channel, merchantId).account, merchantId, billDate)
    const explained = await rows.explainedFen(read, { estateId, channel, merchantId, billDate, run })
    return { channel, merchantId, billFen, bookedFen: booked, explainedFen: explained, leftFen: billFen - booked - explained }
  }

  const problemsOf = async (wish: CloseWish, ties: ReadonlyArray<{ readonly leftFen: number }>): Promise<CloseProblem[]> => {
    const { estateId, kind } = wish
    const span = daysOf(wish)
    const lockedUntil = await closedUntil(read, estateId)
    const bills = await latestBills(read, span.fromDate, span.untilDate)
    const counts: Record<CloseProblem['what'], number> = {
      'bills-missing': bills.filter((bill) => bill.state === 'waiting' || bill.state === 'fetched').length, 'bills-open': bills.filter((bill) => bill.state === 'parsed').length,
      'cases-open': await rows.openCases(read, estateId, span.untilDate), 'shifts-open': await unsignedShifts(read, estateId, span.untilDate),
      'tills-differ': kind === 'day' && await tillsDiffer(read, estateId, wish.period) ? 1 : 0,
      'not-tied-out': ties.filter((one) => one.leftFen !== 0).length,
      'earlier-open': kind === 'day' && lockedUntil !== null && addDays(lockedUntil, 1) !== span.fromDate ? 1 : 0,
      'days-open': kind === 'day' ? 0 : dayCount(span) - await rows.closedDays(read, estateId, wish.period),
    }
    return (Object.entries(counts) as Array<[CloseProblem['what'], number]>).filter(([, count]) => count > 0).map(([what, count]) => ({ what, count }))
  }

  return async (wish) => {
    const { fromDate, untilDate } = daysOf(wish)
    const accounts = accountFigures(await balances(read, [wish.estateId], addDays(fromDate, -1)), await balances(read, [wish.estateId], untilDate))
    const bills = wish.kind === 'month' ? [] : (await latestBills(read, fromDate,
      untilDate)).filter((bill) => bill.kind === 'trade' && bill.state !== 'waiting' && bill.state !== 'fetched')
    const channels: ChannelTie[] = []
    for (const bill of bills) channels.push(await tie(wish, bill))
    const sum = (of: (one: AccountFigures) => number): number => accounts.reduce((total, one) => total + of(one), 0)
    const tie3 = wish.kind === 'month' ? [] : [await tieBooks(wish)]
    return { accounts, channels, ...(tie3[0] === undefined ? {} : { books: tie3[0] }), debitFen: sum((one) => one.debitFen), creditFen: sum((one) => one.creditFen),
      problems: await problemsOf(wish, [...channels, ...tie3]), auditHash: await rows.auditHead(read) }
  }
}
