import type { Static } from 'typebox'
import type { Tx } from '../db/transaction.js'
import { type OrderFilter, type OrderRecord, findOrder, openSuspense, ordersBefore, ordersOfHousehold } from './order-repository.js'
import { BY_RULE, type RefundRecord, type RefundStateName, payoutMakers, refundsIn } from './refund-repository.js'
import type { OrderItem, RefundItem, SuspenseItemSchema } from './schemas.js'

const LIST_MAX = 500

export interface PaymentViews {
  orders(filter: OrderFilter, before: { createdAtMs: number; outTradeNo: string } | null, limit: number): Promise<Static<typeof OrderItem>[]>
  order(outTradeNo: string): Promise<Static<typeof OrderItem> | null>
  /** Newest first. */
  ofHousehold(householdId: string, limit: number): Promise<Static<typeof OrderItem>[]>
  refunds(estateIds: readonly string[] | null, state: RefundStateName | undefined): Promise<Static<typeof RefundItem>[]>
  refundOf(refund: RefundRecord, payoutMakerId?: string | null): Static<typeof RefundItem>
  suspense(estateIds: readonly string[] | null): Promise<Static<typeof SuspenseItemSchema>[]>
}

const itemOf = ({
  outTradeNo, estateId, householdId, billId, channel, merchantId, totalFen, description, state, createdAtMs, expiresAtMs, transactionId, paidFen, paidAtMs, bizDate,
  refundedFen, prepaidFen,
}: OrderRecord): Static<typeof OrderItem> => ({
  outTradeNo, estateId, householdId, billId, channel, merchantId, totalFen, description, state, createdAtMs, expiresAtMs, transactionId, paidFen, paidAtMs, bizDate,
  refundedFen, prepaidFen,
})
const personOf = (by: string | null): string | null => (by === BY_RULE ? null : by)
const refundOf: PaymentViews['refundOf'] = ({ outRefundNo, outTradeNo, estateId, refundFen, reason, state, makerId, checkerId, createdAtMs, refundId }, payoutMakerId = null) =>
  ({ outRefundNo, outTradeNo, estateId, refundFen, reason, state, makerId: personOf(makerId), checkerId: personOf(checkerId), createdAtMs, refundId, payoutMakerId })

/** What staff see of orders, refunds and money without a place. */
export const createPaymentViews = (deps: { read: Tx }): PaymentViews => ({
  orders: async (filter, before, limit) => (await ordersBefore(deps.read, filter, before, limit)).map(itemOf),
  async order(outTradeNo) {
    const order = await findOrder(deps.read, outTradeNo)
    return order === null ? null : itemOf(order)
  },
  ofHousehold: async (householdId, limit) => (await ordersOfHousehold(deps.read, householdId, limit)).map(itemOf),
  async refunds(estateIds, state) {
    const refunds = await refundsIn(deps.read, estateIds, state, LIST_MAX)
    const makers = await payoutMakers(deps.read, refunds.filter((one) => one.state === 'abnormal').map((one) => one.outRefundNo))
    return refunds.map((refund) => refundOf(refund, makers.get(refund.outRefundNo)))
  },
  refundOf,
  suspense: (estateIds) => openSuspense(deps.read, estateIds, LIST_MAX),
})
