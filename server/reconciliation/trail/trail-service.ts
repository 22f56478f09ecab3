import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { type ChannelEvent, type TrailOrder, eventOfChannel, eventsOfOrder, orderForTrail } from '../../payment/payment-register.js'
import { receiptsByBill } from '../../treasury/treasury-register.js'
import { NO_ESTATE } from '../batch/difference-rules.js'
import * as rows from './trail-repository.js'

export interface OrderTrail {
  readonly order: TrailOrder | null
  /** Lines of the channels' bills. */
  readonly lines: readonly rows.TrailLine[]
  /** What the channel told, the first first. */
  readonly events: ReadonlyArray<Omit<ChannelEvent, 'raw'>>
  readonly postings: readonly rows.TrailPosting[]
  readonly receipts: ReadonlyArray<{ readonly receiptNo: string; readonly kind: string; readonly totalFen: number; readonly state: string; readonly billNo: string | null }>
  /** Credits of the bank that settled the days on which it stands in a bill. */
  readonly credits: readonly rows.TrailCredit[]
  readonly cases: ReadonlyArray<Awaited<ReturnType<typeof rows.casesOfOrder>>[number]>
}

export interface TrailService {
  /** Everything that is known of an order's number; null where nothing is. */
  of(orderNo: string): Promise<OrderTrail | null>
  /** Estate of the order; `*` where the channels alone know the number; undefined where nobody does. */
  estateOf(orderNo: string): Promise<string | undefined>
  /** What the channel told, byte for byte as it was received and verified. It names the payer: who read it is noted. */
  raw(by: string, orderNo: string, channel: string, eventId: string): Promise<ChannelEvent | null>
}

/** From a figure to its lines, from a line to the order, from the order to what the channel told and to the bank's credit. */
export function createTrailService({ read, change }: { readonly read: Tx; readonly change: RunChange }): TrailService {
  return {
    async of(orderNo) {
      const order = await orderForTrail(read, orderNo)
      const [lines, events, cases] = [await rows.linesOfOrder(read, orderNo), await eventsOfOrder(read, orderNo), await rows.casesOfOrder(read, orderNo)]
      if (order === null && lines.length === 0 && events.length === 0 && cases.length === 0) return null
      const transactions = new Set([...lines.map((line) => `${line.channel}:${line.transactionId}`),
        ...(order?.transactionId == null ? [] : [`${order.channel}:${order.transactionId}`])])
      const receipts = order === null ? [] : ((await receiptsByBill(read, [order.billId])).get(order.billId) ?? [])
      const days = new Map(lines.map(({ channel, merchantId, billDate }) => [`${channel} ${merchantId} ${billDate}`, { channel, merchantId, billDate }]))
      return {
        order, lines, cases, events: events.map(({ raw: _raw, ...event }) => event),
        postings: await rows.postingsOf(read, [orderNo, ...(order?.refundNos ?? []), ...(order?.suspenseIds ?? []), ...transactions]),
        receipts: receipts.map(({ receiptNo, kind, totalFen, state, billNo }) => ({ receiptNo, kind, totalFen, state, billNo })),
        credits: await rows.creditsOf(read, [...days.values()]),
      }
    },
    async estateOf(orderNo) {
      const order = await orderForTrail(read, orderNo)
      if (order !== null) return order.estateId
      const [known] = await rows.casesOfOrder(read, orderNo)
      return known?.estateId ?? ((await rows.linesOfOrder(read, orderNo)).length > 0 || (await eventsOfOrder(read, orderNo)).length > 0 ? NO_ESTATE : undefined)
    },
    async raw(by, orderNo, channel, eventId) {
      const event = await eventOfChannel(read, channel, eventId)
      if (event === null || event.outTradeNo !== orderNo) return null
      const estateId = (await orderForTrail(read, orderNo))?.estateId ?? null
      await change(by, (one) => one.audit({ action: 'payment.read-raw', subject: `order:${orderNo}`, estateId, after: { channel, eventId } }))
      return event
    },
  }
}
