import type { Tx } from '../db/transaction.js'
import type { ChannelName } from './channel/channel-port.js'
import type { OrderStateName } from './order-machine.js'
import { type EventRecord, type HeldCause, type SuspenseRecord, eventsOf, findEvent, findOrder, insertSuspense } from './order-repository.js'
import { claimedPrepayments, refundsOfOrder } from './refund-repository.js'
import { resolvedSuspense, suspenseOfOrder, withdrawSuspense } from './suspense-repository.js'

/** What other features ask of payments. */

const MONEY_CAME: readonly OrderStateName[] = ['paid', 'late-paid', 'part-refunded', 'refunded']

/** An order for which money came, whatever became of it since. */
export interface PaidOrder {
  readonly outTradeNo: string
  readonly channel: ChannelName
  readonly fen: number
  /** Day of success in Asia/Shanghai. */
  readonly bizDate: string
}

/** Of these orders those that were paid, on any day. */
export async function paidOrders(read: Tx, outTradeNos: readonly string[]): Promise<PaidOrder[]> {
  const orders = await Promise.all(outTradeNos.map((outTradeNo) => findOrder(read, outTradeNo)))
  return orders.flatMap((order) => {
    if (order === null || order.bizDate === null || !MONEY_CAME.includes(order.state)) return []
    const { outTradeNo, channel, paidFen: fen, bizDate } = order
    return [{ outTradeNo, channel, fen, bizDate }]
  })
}

/** Puts money of another feature on the list of what nobody knows the place of. Its caller posts it. @returns false where it stands there already */
export const noteSuspense = (tx: Tx, item: SuspenseRecord): Promise<boolean> => insertSuspense(tx, item)

export { type HeldCause, resolvedSuspense, withdrawSuspense }

/** Fen of prepayments of an estate that open refunds take, by household. */
export const prepaymentsInRefund = (tx: Tx, estateId: string): Promise<Map<string, number>> => claimedPrepayments(tx, { estateId })

/** What a channel told, byte for byte. */
export type ChannelEvent = EventRecord
/** All that channels told of an order, the first first. */
export const eventsOfOrder = eventsOf
/** One of them. */
export const eventOfChannel = findEvent

/** An order with the numbers under which its money went on. */
export interface TrailOrder {
  readonly outTradeNo: string
  readonly estateId: string
  readonly billId: string
  readonly channel: ChannelName
  readonly merchantId: string
  readonly state: OrderStateName
  readonly totalFen: number
  readonly paidFen: number | null
  readonly bizDate: string | null
  readonly transactionId: string | null
  readonly refundNos: readonly string[]
  readonly suspenseIds: readonly string[]
}

/** The order, or null where there is none of that number. */
export async function orderForTrail(read: Tx, orderNo: string): Promise<TrailOrder | null> {
  const order = await findOrder(read, orderNo)
  if (order === null) return null
  const { outTradeNo, estateId, billId, channel, merchantId, state, totalFen, paidFen, bizDate, transactionId } = order
  const refundNos = (await refundsOfOrder(read, orderNo)).map((refund) => refund.outRefundNo)
  return { outTradeNo, estateId, billId, channel, merchantId, state, totalFen, paidFen, bizDate, transactionId, refundNos, suspenseIds: await suspenseOfOrder(read, orderNo) }
}
