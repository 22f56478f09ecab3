import type { Clock } from '#kernel/clock.js'
import { paidBills } from '../../billing/bill-register.js'
import type { Tx } from '../../db/transaction.js'
import { allEstates } from '../../estate/estate-register.js'
import { addDays, civilDateOf, endOfDayMs } from '../../household/civil-date-rules.js'
import { balances, closedUntil } from '../../ledger/ledger-service.js'
import { isHandedOver, receiptsByBill, treasuryTerms } from '../../treasury/treasury-register.js'
import { type Holidays, dueDate } from '../bank/settle-rules.js'
import type { BillWork, StoreJob } from '../batch/bill-work.js'
import { type Difference, NO_ESTATE } from '../batch/difference-rules.js'
import { hasCases } from '../case/case-register.js'
import * as rules from './books-rules.js'
import * as rows from './books-repository.js'

/** Under which channel and merchant differences of the books stand: they are of estates, not of a merchant. */
export const BOOKS = { channel: 'books', merchantId: '*' } as const

export interface BooksService {
  /** Orders and refunds of a day against ledger, receipts and hand-over; differences become cases. @returns how many there are */
  match(date: string): Promise<number>
  /** Days that are over and not too long ago, now and then. @returns how many days were looked at */
  sweep(): Promise<number>
  /** Both sides of a day. @param estateIds null for all */
  sums(date: string, estateIds: readonly string[] | null): Promise<{ readonly orders: BooksSums; readonly books: BooksSums }>
}
export type BooksSums = Awaited<ReturnType<typeof rows.orderSums>>

export interface BooksServiceDeps {
  readonly read: Tx
  readonly work: BillWork
  readonly clock: Clock
  readonly holidays: () => Promise<Holidays>
}

/** Working days in which what was collected must be at the treasury: settled T+1, handed over T+2. */
const HAND_OVER_DAYS = 2
const BILLS_PER_PAGE = 400
/** Days back that are looked at again: the longest holidays and the days of the hand-over. */
const LOOK_BACK_DAYS = 12
const SWEEP_EVERY_MS = 4 * 3_600_000
const FIRST_SWEEP_MS = 120_000

async function receiptDifferences(read: Tx, day: rows.BooksDay): Promise<Difference[]> {
  const found: Difference[] = []
  for (let after = ''; ;) {
    const page = await rows.billsOfDay(read, day, after, BILLS_PER_PAGE)
    const billIds = page.map((one) => one.billId)
    const orders = new Map(page.map((one) => [one.billId, one.orderNo]))
    const given = await receiptsByBill(read, billIds)
    for (const bill of await paidBills(read, billIds)) found.push(...rules.receiptDifference(bill, given.get(bill.billId) ?? [], orders.get(bill.billId) ?? bill.billId))
    if (page.length < BILLS_PER_PAGE) return found
    after = billIds.at(-1) as string
  }
}

async function handOverDifferences(read: Tx, { estateIds, date }: rows.BooksDay, holidays: Holidays, today: string): Promise<Difference[]> {
  const due = dueDate(date, HAND_OVER_DAYS, holidays)
  if (due >= today) return []
  const collected = (await balances(read, estateIds, date, date)).filter((one) => one.account === 'to-hand-over' && one.creditFen > 0)
  const found: Difference[] = []
  for (const { estateId, creditFen } of collected) {
    if (!await isHandedOver(read, estateId, date)) found.push(rules.handOverDifference({ estateId, date, fen: creditFen, dueDate: due }))
  }
  return found
}

/** Estates for which it is set how they hand over: of others neither receipts nor vouchers can be expected. */
async function withTerms(read: Tx, estateIds: readonly string[], date: string): Promise<string[]> {
  const terms = await Promise.all(estateIds.map((estateId) => treasuryTerms(read, estateId, date)))
  return estateIds.filter((_, at) => terms[at] !== null)
}

/** Third leg: every order has its posting, every paid bill its receipt, all revenue its way to the treasury. */
export function createBooksService({ read, work, clock, holidays }: BooksServiceDeps): BooksService {
  let nextSweepMs: number | undefined
  const dayOf = async (date: string, estateIds: readonly string[]): Promise<rows.BooksDay> => {
    const closed = await Promise.all(estateIds.map((estateId) => closedUntil(read, estateId)))
    return { estateIds, date, untilMs: endOfDayMs(date), lateUntil: closed.some((until) => until !== null && until >= date) ? civilDateOf(clock.wallMs()) : date }
  }
  const lookAt = async (date: string): Promise<StoreJob> => {
    const atMs = clock.wallMs()
    const estateIds = await allEstates(read)
    const day = await dayOf(date, [...estateIds, NO_ESTATE])
    const ofTreasury = { ...day, estateIds: await withTerms(read, estateIds, date) }
    const found = [
      ...(await rows.ordersAmiss(read, day)).map((one) => rules.bookedDifference(one, 1)), ...(await rows.refundsAmiss(read, day)).map((one) => rules.bookedDifference(one, -1)),
      ...(await rows.postingsUnfounded(read, day)).map(rules.unfoundedDifference),
      ...await receiptDifferences(read, ofTreasury), ...await handOverDifferences(read, ofTreasury, await holidays(), civilDateOf(atMs)),
    ]
    return { scope: { leg: 3, batchNo: null, ...BOOKS, bizDate: date, run: Math.floor(atMs / 1_000), atMs }, found, isAll: true }
  }
  /** Days that were and are without differences need no thread. */
  const store = async (jobs: readonly StoreJob[]): Promise<void> => {
    const toStore: StoreJob[] = []
    for (const job of jobs) if (job.found.length > 0 || await hasCases(read, { ...BOOKS, billDate: job.scope.bizDate, leg: 3 })) toStore.push(job)
    await work.store(toStore)
  }

  return {
    async match(date) {
      const job = await lookAt(date)
      await store([job])
      return job.found.length
    },
    async sweep() {
      const nowMs = clock.wallMs()
      // Not at the start: what was cut off by it goes on first.
      nextSweepMs ??= nowMs + FIRST_SWEEP_MS
      if (nowMs < nextSweepMs) return 0
      nextSweepMs = nowMs + SWEEP_EVERY_MS
      const jobs: StoreJob[] = []
      for (let back = 1; back <= LOOK_BACK_DAYS; back += 1) jobs.push(await lookAt(addDays(civilDateOf(nowMs), -back)))
      await store(jobs)
      return jobs.length
    },
    async sums(date, estateIds) {
      const day = await dayOf(date, estateIds ?? [...await allEstates(read), NO_ESTATE])
      return { orders: await rows.orderSums(read, day), books: await rows.postedSums(read, day) }
    },
  }
}
