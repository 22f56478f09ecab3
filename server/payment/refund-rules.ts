import type { BillPart } from '../ledger/posting-rules.js'
import { sumFen } from '../money/fen.js'

/** WeChat Pay's own bounds (申请退款): so many refunds of an order, so long after the payment, a minute between two. Alipay's are no tighter. */
export const REFUNDS_PER_ORDER_MAX = 50
export const REFUND_DAYS_MAX = 365
const REFUND_GAP_MS = 60_000

/** When a refund may go to the channel: a minute after the one of its order that was sent last. Pure. */
export function nextRefundAtMs(refunds: ReadonlyArray<{ readonly outRefundNo: string; readonly submittedAtMs: number | null }>, outRefundNo: string, nowMs: number): number {
  const others = refunds.flatMap((one) => (one.outRefundNo === outRefundNo || one.submittedAtMs === null ? [] : [one.submittedAtMs + REFUND_GAP_MS]))
  return Math.max(nowMs, ...others)
}

interface TakenFor {
  readonly parts: readonly BillPart[]
  readonly prepaidFen: number
}

/** What a refund has of its own: so much of the household's prepayment, the rest of what the payment did for bills. */
interface Claim {
  readonly refundFen: number
  readonly prepaidFen: number
}

/**
 * What of a payment can still be given back, beside what its other refunds took or will take: out of bills, and out of prepayment, of
 * that no more than the household has free, for the rest was spent on bills or is another refund's. Pure.
 * @param others refunds of the same payment, done or open
 * @param freePrepaidFen what the household has prepaid and no open refund takes
 */
export function refundable(taken: TakenFor, others: readonly Claim[], freePrepaidFen: number): { partsFen: number; prepaidFen: number } {
  const prepaidFen = taken.prepaidFen - sumFen(others.map((one) => one.prepaidFen))
  const partsFen = sumFen(taken.parts.map((part) => part.fen)) - sumFen(others.map((one) => one.refundFen - one.prepaidFen))
  return { partsFen: Math.max(0, partsFen), prepaidFen: Math.max(0, Math.min(prepaidFen, freePrepaidFen)) }
}

/**
 * What of a payment is given back: first the prepayment that the refund claimed, then the parts of the bill from the last to the
 * first, each less what of it went back before; more of the prepayment only where nothing else is left. Pure.
 * @param claimedFen what of the household's prepayment was kept for this refund
 * @throws RangeError where less was taken than is given back
 */
export function partsToGiveBack(taken: TakenFor, before: TakenFor, fen: number, claimedFen: number): { parts: BillPart[]; prepaidFen: number } {
  const ownFen = taken.prepaidFen - before.prepaidFen
  const thereFen = Math.min(fen, ownFen, claimedFen)
  let left = fen - thereFen
  const parts: BillPart[] = []
  for (const part of [...taken.parts].reverse()) {
    const gone = before.parts.filter((one) => one.billId === part.billId && one.receivable === part.receivable).reduce((sum, one) => sum + one.fen, 0)
    const share = Math.min(left, part.fen - gone)
    if (share > 0) parts.push({ ...part, fen: share })
    left -= Math.max(0, share)
  }
  const moreFen = Math.min(left, ownFen - thereFen)
  if (left > moreFen) throw new RangeError(`${left - moreFen} fen more to give back than were taken`)
  return { parts, prepaidFen: thereFen + moreFen }
}
