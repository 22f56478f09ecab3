import { createHash } from 'node:crypto'
import { startOfDayMs } from '../../household/civil-date-rules.js'
import type { ClassCode } from '../classes.js'
import { FEE_TOLERANCE_FEN, type OrderSide, paymentClass, refundClass } from '../match.js'
import type { OrderFacts, PairRow, RefundFacts } from './match-repository.js'

/** Something that a run found and that somebody must explain, or that explains itself. */
export interface Difference {
  readonly leg: 1 | 2 | 3
  readonly classCode: ClassCode
  /** What makes it one among those of its class and day. */
  readonly key: string
  /** Class under which it is kept where that is another: a missing payment that was found stays the one it was. */
  readonly keptAs?: ClassCode
  /** Number that people know it by. */
  readonly reference: string
  readonly orderNo: string | null
  readonly transactionId: string | null
  readonly billId: string | null
  readonly estateId: string
  readonly line: number | null
  readonly riskFen: number
  /** Theirs less ours. */
  readonly differenceFen: number
  readonly theirs: Sides | null
  readonly ours: Sides | null
}
export type Sides = Record<string, string | number | string[] | null>

/** Estate of money that nobody's order is known for. */
export const NO_ESTATE = '*'

const PAID_STATES = ['paid', 'part-refunded', 'refunded']

/** An order of ours as the rules compare it. Paid too late or otherwise than ordered, its money stands in suspense. */
export function orderSide({ state, totalFen, paidFen, transactionId }: OrderFacts): OrderSide {
  if (PAID_STATES.includes(state)) return { state: 'paid', fen: totalFen, transactionId }
  if (state === 'late-paid') return { state: paidFen === totalFen ? 'closed' : 'paid', fen: totalFen, transactionId }
  return { state: state as OrderSide['state'], fen: totalFen, transactionId }
}
const REFUND_STATES = new Map([['succeeded', 'succeeded'], ['abnormal', 'failed'], ['closed', 'failed'], ['rejected', 'failed'], ['paid-out', 'failed']] as const)

const theirsOf = ({ kind, outTradeNo, transactionId, refundNo, refundId, atMs, fen, feeFen, dueFeeFen, state, description, line }: PairRow): Sides =>
  ({ kind, outTradeNo, transactionId, refundNo, refundId, atMs, fen, feeFen, dueFeeFen, state, description, line })
export const oursOf = ({ outTradeNo, billId, totalFen, paidFen, prepaidFen, state, createdAtMs, paidAtMs, bizDate, transactionId }: OrderFacts): Sides =>
  ({ outTradeNo, billId, fen: totalFen, paidFen, prepaidFen, state, createdAtMs, paidAtMs, bizDate, transactionId })
const refundOf = ({ outRefundNo, outTradeNo, refundFen, state }: RefundFacts): Sides => ({ refundNo: outRefundNo, outTradeNo, fen: refundFen, state })

const feeDiffers = ({ feeFen, dueFeeFen }: PairRow): boolean => dueFeeFen !== null && Math.abs(Math.abs(feeFen) - dueFeeFen) > FEE_TOLERANCE_FEN

/** A fee that is not due, whatever else is to be said of the row. */
function feeDifference(row: PairRow, estateId: string, billId: string | null): Difference[] {
  if (!feeDiffers(row)) return []
  const reference = row.refundNo ?? row.outTradeNo
  return [{
    leg: 1, classCode: 'FEE_MISMATCH', key: row.refundId ?? row.transactionId, reference, orderNo: row.outTradeNo, transactionId: row.transactionId, billId, estateId,
    line: row.line, riskFen: Math.abs(Math.abs(row.feeFen) - (row.dueFeeFen ?? 0)), differenceFen: 0, theirs: theirsOf(row), ours: null,
  }]
}

/** What is to be said of a payment beside the order of its number, `byTransaction` that of its transaction, `others` paid for the same rent bill before. */
export function paymentDifferences(row: PairRow, order: OrderFacts | undefined, byTransaction: OrderFacts | undefined, others: readonly string[], billDate: string): Difference[] {
  const known = order ?? byTransaction
  const estateId = known?.estateId ?? NO_ESTATE
  const billId = known?.billId ?? null
  const common = { leg: 1, key: row.transactionId, reference: row.outTradeNo, orderNo: row.outTradeNo, transactionId: row.transactionId, billId, estateId, line: row.line } as const
  const sides = { theirs: theirsOf(row), ours: known === undefined ? null : oursOf(known) }
  const missing = order === undefined || order.bizDate !== billDate ? [] : missingDifferences(order)
  if (row.state !== 'succeeded') return missing
  const classCode = paymentClass(row, order === undefined ? undefined : orderSide(order), byTransaction === undefined ? undefined : orderSide(byTransaction))
  const isOurs = order !== undefined && order.transactionId === row.transactionId
  const localFen = isOurs ? order.paidFen : classCode === 'ORDER_NO_MISMATCH' ? (byTransaction?.paidFen ?? 0) : 0
  const found: Difference[] = []
  if (classCode !== 'MATCHED') found.push({ ...common, ...sides, classCode, riskFen: row.fen, differenceFen: row.fen - localFen })
  // The same number, but another transaction than that which paid our order: each of them stands alone.
  if (order !== undefined && classCode === 'CHANNEL_ONLY_UNKNOWN') found.push(...missing)
  else if (isOurs && order.bizDate !== billDate) found.push({ ...common, ...sides, classCode: 'MATCHED_NEXT_DAY', riskFen: 0, differenceFen: order.paidFen })
  if (order !== undefined && order.createdAtMs < startOfDayMs(billDate)) found.push({ ...common, ...sides, classCode: 'CROSS_DAY', riskFen: 0, differenceFen: 0 })
  if (isOurs && others.length > 0) {
    found.push({ ...common, ...sides, classCode: 'DOUBLE_PAY_SAME_RENT_BILL', riskFen: row.fen, differenceFen: 0, ours: { ...oursOf(order), others: [...others] } })
  }
  return [...found, ...feeDifference(row, estateId, billId)]
}

/** What is to be said of a refund beside ours of the same number. */
export function refundDifferences(row: PairRow, refund: RefundFacts | undefined, order: OrderFacts | undefined, isOfDay: boolean): Difference[] {
  const estateId = refund?.estateId ?? order?.estateId ?? NO_ESTATE
  const billId = order?.billId ?? null
  const state = REFUND_STATES.get(refund?.state as 'succeeded') ?? 'processing'
  const isSameOrder = refund === undefined || refund.outTradeNo === row.outTradeNo
  const classCode = isSameOrder ? refundClass(row, refund === undefined ? undefined : { fen: refund.refundFen, state }) : 'REFUND_CHANNEL_ONLY'
  // Refunds go out: more at the channel than with us is below zero.
  const differenceFen = (refund?.state === 'succeeded' && isSameOrder ? refund.refundFen : 0) - (row.state === 'failed' ? 0 : row.fen)
  const common = {
    leg: 1, key: row.refundId ?? row.refundNo ?? row.transactionId, reference: row.refundNo ?? row.outTradeNo, orderNo: row.outTradeNo, transactionId: row.transactionId,
    billId, estateId, line: row.line, theirs: theirsOf(row), ours: refund === undefined ? null : refundOf(refund),
  } as const
  const found: Difference[] = classCode === 'REFUND_MATCHED' ? [] : [{ ...common, classCode, riskFen: row.fen, differenceFen }]
  const isElsewhere = !isOfDay && refund?.state === 'succeeded' && isSameOrder
  if (isElsewhere) found.push({ ...common, classCode: 'MATCHED_NEXT_DAY', riskFen: 0, differenceFen: 0 - refund.refundFen })
  return [...found, ...feeDifference(row, estateId, billId)]
}

/** An order that was paid by what we know, and no bill says so. */
export function missingDifferences(order: OrderFacts): Difference[] {
  const { outTradeNo, transactionId, billId, estateId, paidFen } = order
  return [{
    leg: 1, classCode: 'LOCAL_ONLY', key: outTradeNo, reference: outTradeNo, orderNo: outTradeNo, transactionId, billId, estateId, line: null, riskFen: paidFen,
    differenceFen: 0 - paidFen, theirs: null, ours: oursOf(order),
  }]
}
export const missingRefund = (refund: RefundFacts): Difference => ({
  leg: 1, classCode: 'REFUND_LOCAL_ONLY', key: refund.outRefundNo, reference: refund.outRefundNo, orderNo: refund.outTradeNo, transactionId: null, billId: null,
  estateId: refund.estateId, line: null, riskFen: refund.refundFen, differenceFen: refund.refundFen, theirs: null, ours: refundOf(refund),
})
/** The same where a bill of the days around has it: nothing is missing, it stands on another day. */
export const onAnotherDay = (missing: Difference): Difference => ({ ...missing, classCode: 'MATCHED_NEXT_DAY', keptAs: missing.classCode, riskFen: 0 })

/** A line that says again what an earlier line says: the bill counts it twice. */
export const repeatedRow = (row: PairRow, order: OrderFacts | undefined): Difference => ({
  leg: 1, classCode: 'DUP_CHANNEL_ROW', key: `${row.refundId ?? row.transactionId} ${row.line}`, reference: row.refundNo ?? row.outTradeNo, orderNo: row.outTradeNo,
  transactionId: row.transactionId, billId: order?.billId ?? null, estateId: order?.estateId ?? NO_ESTATE, line: row.line, riskFen: row.fen,
  differenceFen: row.kind === 'payment' ? row.fen : 0 - row.fen, theirs: theirsOf(row), ours: order === undefined ? null : oursOf(order),
})

/** What two findings must have in common to be the same. Its place in the file is no part of it: the file may be fetched again. */
export function contentHashOf({ classCode, key, differenceFen, theirs, ours }: Difference): string {
  const { line: _line, ...said } = theirs ?? {}
  return createHash('sha256').update(JSON.stringify(['difference.v1', classCode, key, differenceFen, theirs === null ? null : said, ours])).digest('hex')
}
