import { AppError } from '#kernel/app-error.js'
import { fail } from '../errors.js'
import type { ChannelName, Scene } from '../payment/channel/channel-port.js'
import type { OrderService, PlacedOrder } from '../payment/order-service.js'

export interface PayWish {
  readonly billId: string
  readonly channel: ChannelName
  readonly scene: Scene
  /** Ends an order that is under way in another manner; without it such an order is an error. */
  readonly instead: boolean
  readonly payerAddress: string
  readonly returnUrl: string
}

export interface PayService {
  /**
   * Makes an order for all that is open of a bill, or goes on with the one under way.
   * @throws AppError SV_PAYMENT_*: SV_PAYMENT_OTHER_ORDER names the one under way
   */
  place(by: string | null, wish: PayWish): Promise<PlacedOrder>
}

export interface PayServiceDeps {
  readonly orders: OrderService
  /** Closes an order at its channel, unless it turns out to be paid. */
  readonly giveUp: (outTradeNo: string) => Promise<void>
}

const otherOrder = (error: unknown): string | undefined => {
  const no = error instanceof AppError && error.code === 'SV_PAYMENT_OTHER_ORDER' ? error.details['outTradeNo'] : undefined
  return typeof no === 'string' ? no : undefined
}

/** Orders of people who pay with their own phones. */
export const createPayService = ({ orders, giveUp }: PayServiceDeps): PayService => ({
  async place(by, { instead, ...wish }) {
    const place = (): Promise<PlacedOrder> => orders.place(by, { ...wish, payerId: null })
    try {
      return await place()
    } catch (error) {
      const other = otherOrder(error)
      if (other === undefined || !instead) throw error
      await giveUp(other)
      return place().catch((second: unknown) => {
        // The channel keeps the first one for now: the payer waits a moment and asks again.
        throw otherOrder(second) === undefined ? second : fail('SV_PAYMENT_RACE', { outTradeNo: other }, second)
      })
    }
  },
})
