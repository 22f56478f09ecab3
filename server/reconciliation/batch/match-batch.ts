import type { BulkConnection } from '../../db/bulk-connection.js'
import { endOfDayMs, startOfDayMs } from '../../household/civil-date-rules.js'
import { type CollectedClasses, createCollector } from './collector.js'
import { type FoundScope, clearUnseen, settleOnLaterDay } from './found-case-repository.js'
import * as rules from './difference-rules.js'
import * as rows from './match-repository.js'

export interface MatchJob {
  readonly batchNo: number
  readonly channel: string
  readonly merchantId: string
  readonly billDate: string
  /** First and last day whose bills may have what this one lacks. */
  readonly pool: readonly [from: string, until: string]
  /** Grows with every run over the day, whichever version of the bill it is of. */
  readonly run: number
  readonly atMs: number
}

export interface MatchOutcome extends CollectedClasses {
  readonly local: rows.LocalSums
  /** What the bill names and did not happen: revoked payments, refunds that failed. */
  readonly voided: Pick<rows.LocalSums, 'paidFen' | 'refundFen'>
}

/** Pairs that are looked at together, and cases of one transaction. */
const PAGE = 1_000

function pairDifferences(db: BulkConnection, scope: rows.MatchScope, pairs: readonly rows.PairRow[]): rules.Difference[] {
  const numbers = pairs.map((pair) => pair.outTradeNo)
  const orders = rows.ordersByNumber(db, scope, numbers)
  const unknown = pairs.filter((pair) => pair.kind === 'payment' && !orders.has(pair.outTradeNo))
  const byTransaction = rows.ordersByTransaction(db, scope, unknown.map((pair) => pair.transactionId))
  const others = rows.otherPaidOrders(db, [...orders.values()].filter((order) => order.prepaidFen > 0))
  return pairs.flatMap((pair) => {
    const order = orders.get(pair.outTradeNo)
    if (pair.kind === 'payment') return rules.paymentDifferences(pair, order, byTransaction.get(pair.transactionId), others.get(pair.outTradeNo) ?? [], scope.billDate)
    const atMs = pair.r_submittedAtMs
    return rules.refundDifferences(pair, rows.refundOf(pair), order, atMs !== null && atMs >= scope.fromMs && atMs < scope.untilMs)
  })
}

/** What we have and the bill has not; that which a bill of the days around has stands there. */
function* missingPages(db: BulkConnection, scope: rows.MatchScope, { pool, run }: MatchJob): Generator<rules.Difference[]> {
  const placed = (missing: readonly rules.Difference[]): rules.Difference[] => {
    const elsewhere = rows.inOtherBills(db, scope, pool, missing.flatMap((one) => one.orderNo ?? []))
    return missing.map((one) => (elsewhere.has(one.reference) ? rules.onAnotherDay(one) : one))
  }
  rows.noteMissingOrders(db, scope)
  for (let place = 0; ;) {
    const page = rows.missingOrders(db, place, PAGE)
    // Those whose transaction stands under another number were found with that row.
    const known = rows.withOtherNumber(db, scope, run, page.flatMap((order) => order.transactionId ?? []))
    yield placed(page.filter((order) => order.transactionId === null || !known.has(order.transactionId)).flatMap(rules.missingDifferences))
    if (page.length < PAGE) break
    place = (page.at(-1) as { place: number }).place
  }
  yield placed(rows.refundsWithoutRow(db, scope).map(rules.missingRefund))
}

/**
 * Matches a loaded bill with our orders and refunds. Pure in its result: the same rows give the same differences in the same order,
 * whenever and however often it runs. Each difference is stored once; what is gone is cleared. Memory does not grow with the bill.
 */
export function matchBatch(db: BulkConnection, job: MatchJob): MatchOutcome {
  const { batchNo, channel, merchantId, billDate, run, atMs } = job
  const scope: rows.MatchScope = { batchNo, channel, merchantId, billDate, fromMs: startOfDayMs(billDate), untilMs: endOfDayMs(billDate) }
  const found: FoundScope = { leg: 1, batchNo, channel, merchantId, bizDate: billDate, run, atMs }
  const collector = createCollector(db, found)
  const repeated = new Set(rows.repeatedLines(db, scope))
  for (let line = 0; ;) {
    const pairs = rows.differingPairs(db, scope, line, PAGE)
    collector.take(pairDifferences(db, scope, pairs.filter((pair) => !repeated.has(pair.line))))
    if (pairs.length < PAGE) break
    line = (pairs.at(-1) as rows.PairRow).line
  }
  const lines = [...repeated]
  for (let from = 0; from < lines.length; from += PAGE) {
    const again = rows.rowsAt(db, scope, lines.slice(from, from + PAGE))
    const orders = rows.ordersByNumber(db, scope, again.map((row) => row.outTradeNo))
    collector.take(again.map((row) => rules.repeatedRow(row, orders.get(row.outTradeNo))))
  }
  for (const page of missingPages(db, scope, job)) collector.take(page)
  const outcome = collector.end()
  clearUnseen(db, found)
  settleOnLaterDay(db, rows.foundLater(db, scope, job.pool[0]), atMs)
  return { local: rows.localSums(db, scope), voided: rows.voidedSums(db, scope), ...outcome }
}
