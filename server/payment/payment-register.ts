import type { Tx } from '../db/transaction.js'
import type { ChannelName } from './channel/channel-port.js'
import type { OrderStateName } from './order-machine.js'
import { type SuspenseRecord, findOrder, insertSuspense } from './order-repository.js'

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
