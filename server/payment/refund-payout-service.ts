import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { balanceAt } from '../ledger/ledger-service.js'
import * as rows from './refund-repository.js'
import { type IsHandedOver, settlePaidOut } from './refund-settling.js'
import { findPayout } from './suspense-repository.js'

/** How a refund reached its payer after all, and the slip or transfer that proves it. */
export type RefundPayoutProof = Pick<rows.RefundPayout, 'way' | 'placeOf' | 'slipNo' | 'slipSha256' | 'payeeName' | 'payeeIdTail'>

export interface RefundPayoutService {
  /**
   * A refund that the channel could not bring to its payer was, or is to be, paid out otherwise. Nothing is posted before another person agrees.
   * @throws AppError SV_HTTP_NOT_FOUND, SV_PAYMENT_REFUND_STATE, SV_PAYMENT_REFUND that names the field
   */
  propose(by: string, outRefundNo: string, proof: RefundPayoutProof): Promise<rows.RefundRecord>
  /** Another than the proposer: bill, prepayment and books follow; or the proposal is gone. @throws the same, SV_PAYMENT_REFUND_SELF */
  decide(by: string, outRefundNo: string, decision: 'approve' | 'reject'): Promise<rows.RefundRecord>
}

const LAST_DATE = '9999-12-31'
const no = (field: string, problem: string) => fail('SV_PAYMENT_REFUND', { field, problem })

/** @throws AppError where the channel did not end it as one that reached nobody */
async function abnormalRefund(tx: Tx, outRefundNo: string): Promise<rows.RefundRecord> {
  const refund = await rows.findRefund(tx, outRefundNo)
  if (refund === null) throw fail('SV_HTTP_NOT_FOUND')
  if (refund.state !== 'abnormal') throw fail('SV_PAYMENT_REFUND_STATE', { state: refund.state })
  return refund
}

/** @throws AppError that says why this place cannot pay it */
async function checkPlace(tx: Tx, { estateId, refundFen }: rows.RefundRecord, { way, placeOf }: RefundPayoutProof): Promise<void> {
  if (way === 'cash' && await balanceAt(tx, estateId, { account: 'cash', of: placeOf }, LAST_DATE) < refundFen) throw no('placeOf', `${placeOf} does not hold so much`)
}

/** Refunds that the channel could not bring to the payer, as where the card is closed: paid out by transfer or over the desk, by two persons. */
export function createRefundPayoutService(deps: { readonly change: RunChange; readonly isHandedOver: IsHandedOver }): RefundPayoutService {
  const agree = async (one: Change, refund: rows.RefundRecord, payout: rows.RefundPayout): Promise<void> => {
    await checkPlace(one.tx, refund, payout)
    const { way, placeOf, slipNo } = payout
    await settlePaidOut(one, refund, { account: way, of: placeOf }, { bizDate: civilDateOf(one.atMs), slipNo, isHandedOver: deps.isHandedOver })
    await rows.finishPayout(one.tx, refund.outRefundNo, one.by, one.atMs)
  }
  return {
    propose: (by, outRefundNo, proof) => deps.change(by, async (one) => {
      const refund = await abnormalRefund(one.tx, outRefundNo)
      const { estateId, refundFen } = refund
      if (await rows.findRefundPayout(one.tx, outRefundNo) !== null) throw fail('SV_PAYMENT_REFUND_STATE', { state: refund.state, problem: 'it is proposed already' })
      const isTaken = await rows.findPayoutBySlip(one.tx, estateId, proof.slipNo) !== null || await findPayout(one.tx, estateId, proof.slipNo) !== null
      if (isTaken) throw no('slipNo', 'is the number of another slip')
      await checkPlace(one.tx, refund, proof)
      const { way, placeOf, slipNo, slipSha256 } = proof
      await rows.insertRefundPayout(one.tx, { ...proof, outRefundNo, estateId, makerId: by, proposedAtMs: one.atMs })
      await one.audit({ action: 'payment.refund-payout-propose', subject: `refund:${outRefundNo}`, estateId, after: { refundFen, way, placeOf, slipNo, slipSha256 } })
      return refund
    }),
    decide: (by, outRefundNo, decision) => deps.change(by, async (one) => {
      const refund = await abnormalRefund(one.tx, outRefundNo)
      const payout = await rows.findRefundPayout(one.tx, outRefundNo)
      if (payout === null) throw fail('SV_PAYMENT_REFUND_STATE', { state: refund.state, problem: 'nothing is proposed' })
      if (payout.makerId === by) throw fail('SV_PAYMENT_REFUND_SELF')
      if (decision === 'reject') await rows.dropRefundPayout(one.tx, outRefundNo)
      else await agree(one, refund, payout)
      await one.audit({ action: `payment.refund-payout-${decision}`, subject: `refund:${outRefundNo}`, estateId: refund.estateId })
      return await rows.findRefund(one.tx, outRefundNo) ?? refund
    }),
  }
}
