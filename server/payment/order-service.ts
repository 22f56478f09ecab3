import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import type { Change, RunChange } from '../audit/change.js'
import { payableBill } from '../billing/bill-register.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { sumFen } from '../money/fen.js'
import { type ChannelName, type PayChannel, type PayStep, type Scene } from './channel/channel-port.js'
import { type OrderRecord, findLiveOrder, findOrder, insertOrder, moveOrder } from './order-repository.js'
import { orderStateOf } from './payment-taking.js'
import { nextOrder } from './order-machine.js'
import { newTradeNumber } from './trade-number.js'

/** Time that a payer has. */
export const ORDER_LIFE_MS = 15 * 60_000
/** First question to the channel after an order was made, where no notify came. */
export const FIRST_QUERY_MS = 5_000

export interface OrderWish {
  readonly billId: string
  readonly channel: ChannelName
  readonly scene: Scene
  readonly payerId: string | null
  readonly payerAddress: string | null
  readonly returnUrl: string | null
}

export interface PlacedOrder {
  readonly outTradeNo: string
  readonly totalFen: number
  readonly expiresAtMs: number
  readonly payStep: PayStep
}

export interface OrderService {
  /**
   * Makes an order for all that is owed on a bill, or gives the one that is under way in the same way. The order is stored before
   * the channel is called; what the channel does afterwards always finds it.
   * @throws AppError SV_HTTP_NOT_FOUND, SV_PAYMENT_BILL, SV_PAYMENT_NO_CHANNEL, SV_PAYMENT_OTHER_ORDER, SV_PAYMENT_CHANNEL
   */
  place(by: string | null, wish: OrderWish): Promise<PlacedOrder>
  find(outTradeNo: string): Promise<OrderRecord | null>
}

export interface OrderServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly channels: ReadonlyMap<ChannelName, PayChannel>
  readonly runtime: { readonly clock: Clock; readonly ids: IdSource; readonly random: RandomSource; readonly log: Logger }
}

/** Stores a new order, or finds the live one that the same payer may go on with. */
async function reserve(change: Change, wish: OrderWish, channel: PayChannel, outTradeNo: string): Promise<OrderRecord> {
  const bill = await payableBill(change.tx, wish.billId)
  if (bill === null) throw fail('SV_HTTP_NOT_FOUND')
  const totalFen = sumFen(bill.outstanding.map((part) => part.fen))
  if (totalFen === 0) throw fail('SV_PAYMENT_BILL', { billId: wish.billId })
  const live = await findLiveOrder(change.tx, wish.billId)
  if (live !== null) {
    const same = live.channel === wish.channel && live.scene === wish.scene && live.totalFen === totalFen && live.expiresAtMs > change.atMs
    if (same) return live
    throw fail('SV_PAYMENT_OTHER_ORDER', { outTradeNo: live.outTradeNo, channel: live.channel, expiresAtMs: live.expiresAtMs })
  }
  const order = {
    outTradeNo, estateId: bill.estateId, householdId: bill.householdId, billId: wish.billId, channel: wish.channel, merchantId: channel.merchantId, scene: wish.scene, totalFen,
    description: bill.label, createdAtMs: change.atMs, createdBy: change.by, expiresAtMs: change.atMs + ORDER_LIFE_MS, nextQueryAtMs: change.atMs + FIRST_QUERY_MS,
  }
  await insertOrder(change.tx, order)
  await change.audit({ action: 'payment.order', subject: `order:${outTradeNo}`, estateId: bill.estateId, after: { billId: wish.billId, channel: wish.channel, totalFen } })
  const stored = await findOrder(change.tx, outTradeNo)
  if (stored === null) throw new TypeError('an order that was stored is not there')
  return stored
}

export function createOrderService(deps: OrderServiceDeps): OrderService {
  const { read, change, channels, runtime: { clock, random, log } } = deps

  /** Asks the channel for what the payer needs. No transaction is open meanwhile. */
  const open = async (order: OrderRecord, channel: PayChannel, wish: OrderWish): Promise<PayStep> => {
    const { outTradeNo, description, totalFen, expiresAtMs, scene } = order
    const { payerId, payerAddress, returnUrl } = wish
    const answer = await channel.createOrder({ outTradeNo, description, totalFen, expiresAtMs, scene, payerId, payerAddress, returnUrl })
    await change(null, async ({ tx }) => {
      const now = await findOrder(tx, outTradeNo)
      const transition = now === null || (!answer.ok && answer.error.kind !== 'refused') ? undefined : nextOrder(orderStateOf(now), { kind: answer.ok ? 'accepted' : 'refused' })
      // A notify may have been quicker than the answer: then the order is paid, and there is nothing to move or to show again.
      if (now !== null && transition !== undefined) await moveOrder(tx, outTradeNo, now.state, { state: transition.state.state,
        ...(answer.ok ? { payStep: answer.value } : { nextQueryAtMs: null }) })
    })
    if (answer.ok) return answer.value
    log.warn({ outTradeNo, channel: channel.channel, error: answer.error }, 'the channel did not take an order')
    throw fail('SV_PAYMENT_CHANNEL', { outTradeNo, channel: channel.channel, kind: answer.error.kind, code: answer.error.code })
  }

  return {
    async place(by, wish) {
      const channel = channels.get(wish.channel)
      if (channel === undefined) throw fail('SV_PAYMENT_NO_CHANNEL', { channel: wish.channel })
      const order = await change(by, (one) => reserve(one, wish, channel, newTradeNumber('RT', clock.wallMs(), random)))
      const payStep = order.payStep ?? await open(order, channel, wish)
      return { outTradeNo: order.outTradeNo, totalFen: order.totalFen, expiresAtMs: order.expiresAtMs, payStep }
    },
    find: (outTradeNo) => findOrder(read, outTradeNo),
  }
}
