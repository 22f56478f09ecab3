import type { Change } from '../audit/change.js'
import { giveBack } from '../billing/bill-register.js'
import { fail } from '../errors.js'
import { TRANSIT } from '../ledger/chart.js'
import { post } from '../ledger/ledger-service.js'
import type { MoneyPlace } from '../ledger/posting-rules.js'
import { findOrder, moveOrder } from './order-repository.js'
import { freePrepaymentFen } from './prepayment-claims.js'
import { isOpen, refundsOfOrder } from './refund-repository.js'
import type { IsHandedOver } from './refund-settling.js'

/**
 * `not-paid`: there is nothing to take back, or a part of it was given back already or is to be. `prepayment-used`: what it left to the
 * household is gone, or another refund's.
 */
export type Reversed = 'reversed' | 'not-paid' | 'prepayment-used'

/** Reference of the posting that takes a payment's own back. */
const reversalOf = (outTradeNo: string): string => `${outTradeNo}:reversed`

/**
 * Takes back a payment that never was: the channel itself says that it has none of it. Its bills are owed again, its posting is reversed on
 * its own day (a prior-period entry where that is closed), and the order is closed: money that comes for it after all is late, and is not lost.
 * @throws AppError SV_PAYMENT_RACE where the order moved meanwhile
 */
export async function reversePayment(change: Change, outTradeNo: string, isHandedOver: IsHandedOver): Promise<Reversed> {
  const order = await findOrder(change.tx, outTradeNo)
  if (order === null || order.state !== 'paid' || order.refundedFen > 0 || order.bizDate === null) return 'not-paid'
  const { estateId, householdId, channel, merchantId, bizDate, parts, prepaidFen, transactionId } = order
  if ((await refundsOfOrder(change.tx, outTradeNo)).some(isOpen)) return 'not-paid'
  if (prepaidFen > 0 && await freePrepaymentFen(change.tx, householdId) < prepaidFen) return 'prepayment-used'
  const from: MoneyPlace = { account: TRANSIT[channel], of: merchantId }
  const common = { estateId, causeRef: reversalOf(outTradeNo), bizDate, memo: outTradeNo }
  if (parts.length > 0) {
    const handedOver = await isHandedOver(change.tx, estateId, bizDate)
    await post(change, [{ ...common, event: { kind: 'refunded', from, parts, handedOver } }])
    for (const billId of new Set(parts.map((part) => part.billId))) await giveBack(change, { billId, parts: parts.filter((part) => part.billId === billId) })
  }
  if (prepaidFen > 0) await post(change, [{ ...common, event: { kind: 'prepayment-returned', from, householdId, fen: prepaidFen } }])
  const closed = { state: 'closed', transactionId: null, paidFen: null, paidAtMs: null, bizDate: null, closedAtMs: change.atMs,
    parts: [], prepaidFen: 0, nextQueryAtMs: null } as const
  if (!await moveOrder(change.tx, outTradeNo, 'paid', closed)) throw fail('SV_PAYMENT_RACE', { outTradeNo })
  await change.audit({ action: 'payment.reverse', subject: `order:${outTradeNo}`, estateId, before: { state: 'paid', transactionId, bizDate }, after: { state: 'closed' } })
  return 'reversed'
}
