import { type Difference, NO_ESTATE, type Sides } from '../batch/difference-rules.js'
import type { ClassCode } from '../classes.js'
import type { FundGroup, OwnNumber } from './fund-repository.js'

/** What else is known of a group's number. */
export interface KnownNumber {
  /** Our order or refund of that number. */
  readonly own: OwnNumber | undefined
  /** What fund bills of the days around moved under it, and what their trade bills say is due; undefined where they do not name it. */
  readonly movedElsewhereFen: number | undefined
  readonly dueElsewhereFen: number | undefined
}

export const dueOf = ({ dueFen, dueFeeFen }: FundGroup): number => dueFen + dueFeeFen
const movedOf = ({ movedFen, movedFeeFen }: FundGroup): number => movedFen + movedFeeFen
/** Our own number, as the trade bill or else the fund bill has it. */
export const numberOf = ({ refundNo, outTradeNo, voucher }: FundGroup): string => refundNo ?? outTradeNo ?? voucher ?? ''
/** True where the trade bill says that nothing happened, or not yet, and nothing moved. */
export const isVoided = (group: FundGroup): boolean => group.tradeRows > 0 && group.isVoid && movedOf(group) === 0

function tradeSide(group: FundGroup): Sides | null {
  const { tradeRows, outTradeNo, refundNo, transactionId, state, dueFen, dueFeeFen, isRefund, atMs, tradeLine } = group
  // As the trade bill writes it: refunds above zero, charges that are given back below.
  return tradeRows === 0 ? null : { outTradeNo, transactionId, refundNo, atMs, fen: isRefund ? 0 - dueFen : dueFen, feeFen: 0 - dueFeeFen, state, line: tradeLine }
}
function fundSide(group: FundGroup): Sides | null {
  const { fundRows, voucher, businessNo, flowNo, what, movedFen, movedFeeFen, isRefund, fundAtMs, fundLine } = group
  return fundRows === 0 ? null : {
    outTradeNo: voucher, transactionId: businessNo, flowNo, atMs: fundAtMs, fen: isRefund ? 0 - movedFen : movedFen, feeFen: 0 - movedFeeFen, description: what, line: fundLine,
  }
}

const shortOrOver = (differenceFen: number): ClassCode => (differenceFen < 0 ? 'SETTLEMENT_SHORT' : 'SETTLEMENT_OVER')

interface Verdict {
  readonly classCode: ClassCode
  readonly differenceFen: number
  readonly riskFen?: number
  /** Found on another day: the class that it is kept under. */
  readonly keptAs?: ClassCode
}

/** A trade of the bill whose money did not move, or moved otherwise. */
function tradeVerdict(group: FundGroup, { movedElsewhereFen }: KnownNumber): Verdict {
  const { fundRows, feeRows, dueFen, movedFen, isRefund } = group
  const due = dueOf(group)
  if (fundRows === 0) {
    if (movedElsewhereFen === undefined) return { classCode: 'SETTLEMENT_MISSING', differenceFen: 0 - due }
    const otherwise = movedElsewhereFen - due
    return otherwise === 0 ? { classCode: 'MATCHED_NEXT_DAY', keptAs: 'SETTLEMENT_MISSING', differenceFen: 0 - due, riskFen: 0 }
      : { classCode: shortOrOver(otherwise), differenceFen: 0 - due, riskFen: Math.abs(otherwise) }
  }
  const differenceFen = movedOf(group) - due
  if (movedFen === dueFen) return { classCode: 'FEE_MISMATCH', differenceFen }
  if (fundRows === feeRows) return { classCode: 'SETTLEMENT_MISSING', differenceFen }
  // A charge that was taken off with the payment, or given back with the refund, is no line of its own: then all of it is compared.
  return { classCode: shortOrOver(feeRows === 0 || isRefund ? differenceFen : movedFen - dueFen), differenceFen }
}

/** What a movement is that no trade of the day explains. */
function orphanClass({ fundRows, feeRows, what }: FundGroup, own: OwnNumber | undefined, fen: number): ClassCode {
  if (fundRows === feeRows) return 'FEE_MISMATCH'
  if (what?.includes('退') === true) {
    if (own?.kind !== 'refund') return 'REFUND_CHANNEL_ONLY'
    // What comes back is a refund that the channel could not carry out.
    return fen < 0 ? 'SETTLEMENT_SHORT' : own.state === 'succeeded' ? 'REFUND_STATUS_MISMATCH' : 'REFUND_MATCHED'
  }
  if (fen < 0) return 'CHARGEBACK'
  return own === undefined ? 'CHANNEL_ONLY_UNKNOWN' : 'SETTLEMENT_OVER'
}

function orphanVerdict(group: FundGroup, { own, movedElsewhereFen, dueElsewhereFen }: KnownNumber): Verdict {
  const differenceFen = movedOf(group)
  const classCode = orphanClass(group, own, differenceFen)
  const isOfOtherDay = dueElsewhereFen === differenceFen && movedElsewhereFen === undefined
  return isOfOtherDay ? { classCode: 'MATCHED_NEXT_DAY', keptAs: classCode, differenceFen, riskFen: 0 } : { classCode, differenceFen }
}

/**
 * What is to be said of one number of the channel's beside the fund bill: fund bill less trade bill. Pure; nothing where both say the same.
 * All of it together is what the bills of the day differ by.
 */
export function fundDifferences(group: FundGroup, known: KnownNumber): Difference[] {
  if (isVoided(group)) return []
  const { own } = known
  const reference = numberOf(group) === '' ? (group.businessNo ?? group.key) : numberOf(group)
  const { classCode, differenceFen, riskFen = Math.abs(differenceFen), keptAs } = group.tradeRows > 0 ? tradeVerdict(group, known) : orphanVerdict(group, known)
  return [{
    leg: 2, classCode, key: group.key, reference, orderNo: group.outTradeNo ?? own?.outTradeNo ?? (group.voucher === '' ? null : group.voucher),
    transactionId: group.transactionId ?? group.businessNo, billId: own?.billId ?? null, estateId: own?.estateId ?? NO_ESTATE, line: group.fundLine ?? group.tradeLine,
    riskFen, differenceFen, theirs: fundSide(group), ours: tradeSide(group), ...(keptAs === undefined ? {} : { keptAs }),
  }]
}
