import type { OrderState, RefundState } from './channel-port.js'
import type { Refund, Transaction } from './wechat-schemas.js'

/** A refunded order, whole or in part, says `REFUND`: it was paid. */
export function orderStateOf(transaction: Transaction): OrderState | undefined {
  const { trade_state: state, transaction_id: transactionId, success_time: successTime, amount } = transaction
  switch (state) {
    case 'SUCCESS': case 'REFUND':
      if (transactionId === undefined || successTime === undefined || amount === undefined) return undefined
      return { state: 'paid', transactionId, paidFen: amount.total, paidAtMs: Date.parse(successTime) }
    case 'NOTPAY': case 'PAYERROR': return { state: 'not-paid' }
    case 'USERPAYING': return { state: 'paying' }
    case 'CLOSED': case 'REVOKED': return { state: 'closed' }
  }
}

const REFUND_STATES = { SUCCESS: 'succeeded', CLOSED: 'closed', PROCESSING: 'processing', ABNORMAL: 'abnormal' } as const
export const refundStateOf = (refund: Pick<Refund, 'refund_id' | 'success_time' | 'amount' | 'status'>): RefundState => ({
  state: REFUND_STATES[refund.status], refundId: refund.refund_id, refundFen: refund.amount.refund,
  succeededAtMs: refund.success_time === undefined ? null : Date.parse(refund.success_time),
})
