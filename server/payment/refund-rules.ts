import type { BillPart } from '../ledger/posting-rules.js'
import { sumFen } from '../money/fen.js'

/** WeChat Pay's own bounds (申请退款): so many refunds of an order, so long after the payment, a minute between two. Alipay's are no tighter. */
export const REFUNDS_PER_ORDER_MAX = 50
export const REFUND_DAYS_MAX = 365
export const REFUND_GAP_MS = 60_000

/** When a refund may go to the channel: a minute after the one of its order that was sent last. Pure. */
export function nextRefundAtMs(refunds: ReadonlyArray<{ readonly outRefundNo: string; readonly submittedAtMs: number | null }>, outRefundNo: string, nowMs: number): number {
  const others = refunds.flatMap((one) => (one.outRefundNo === outRefundNo || one.submittedAtMs === null ? [] : [one.submittedAtMs + REFUND_GAP_MS]))
  return Math.max(nowMs, ...others)
}

interface TakenFor {
  readonly parts: readonly BillPart[]
  readonly prepaidFen: number
}

/**
 * What of a payment can still be given back: of its prepayment no more than the household has left of it, for the rest was spent on
 * bills. Pure.
 */
export function refundableFen(taken: TakenFor, before: TakenFor, householdPrepaidFen: number): number {
  const parts = sumFen(taken.parts.map((part) => part.fen)) - sumFen(before.parts.map((part) => part.fen))
  return parts + Math.max(0, Math.min(taken.prepaidFen - before.prepaidFen, householdPrepaidFen))
}

/**
 * What of a payment is given back: first what became prepayment and is still there, then the parts of the bill from the last to the
 * first, each less what of it went back before; prepayment that was spent since only where nothing else is left. Pure.
 * @param householdPrepaidFen what the household has left of all that it prepaid
 * @throws RangeError where less was taken than is given back
 */
export function partsToGiveBack(
  taken: TakenFor, before: TakenFor, fen: number, householdPrepaidFen: number,
): { parts: BillPart[]; prepaidFen: number } {
  const ownFen = taken.prepaidFen - before.prepaidFen
  const thereFen = Math.min(fen, ownFen, Math.max(0, householdPrepaidFen))
  let left = fen - thereFen
  const parts: BillPart[] = []
  for (const part of [...taken.parts].reverse()) {
    const gone = before.parts.filter((one) => one.billId === part.billId && one.receivable === part.receivable).reduce((sum, one) => sum + one.fen, 0)
    const share = Math.min(left, part.fen - gone)
    if (share > 0) parts.push({ ...part, fen: share })
    left -= Math.max(0, share)
  }
  const spentFen = Math.min(left, ownFen - thereFen)
  if (left > spentFen) throw new RangeError(`${left - spentFen} fen more to give back than were taken`)
  return { parts, prepaidFen: thereFen + spentFen }
}
