import type { Parts } from './app.js'
import { estateOfBill } from './billing/bill-register.js'
import type { Routes } from './http/app-types.js'
import { notifyRoutes } from './payment/notify-routes.js'
import { createNotifyService } from './payment/notify-service.js'
import { type OrderService, createOrderService } from './payment/order-service.js'
import { type PaymentViews, createPaymentViews } from './payment/payment-views.js'
import { type QuerySweep, createQuerySweep } from './payment/query-sweep.js'
import { createPayoutService } from './payment/payout-service.js'
import { createRefundPayoutService } from './payment/refund-payout-service.js'
import { createPrepaymentService } from './payment/prepayment-service.js'
import { type Reversed, reversePayment } from './payment/payment-reversal.js'
import { type RealPayment, type Taken, takeRealPayment } from './payment/payment-taking.js'
import { type RefundService, createRefundService } from './payment/refund-service.js'
import { paymentRoutes } from './payment/routes.js'
import { suspenseRoutes } from './payment/suspense-routes.js'
import { createSuspenseService } from './payment/suspense-service.js'
import { isHandedOver } from './treasury/treasury-register.js'

export interface PaymentFeatures {
  readonly routes: readonly Routes[]
  /** For those who pay with their own phones. */
  readonly orders: OrderService
  readonly views: PaymentViews
  readonly queries: QuerySweep
  /** Takes what the channel told when it was asked; says in a word what became of it. */
  takePayment(payment: RealPayment): Promise<Taken>
  /** Takes back a payment that the channel itself says never was. */
  reversePayment(by: string | null, outTradeNo: string): Promise<Reversed>
  proposeRefund: RefundService['propose']
  refundTold: RefundService['told']
  /** Asks the channels about what is due; to be run every second or so. */
  sweep(): Promise<void>
  /** Pays open bills out of what was paid ahead; to be run now and then. */
  applyPrepayments(): Promise<void>
}

/** Orders at the channels, what the channels tell of them, and refunds. */
export function paymentFeatures(parts: Parts): PaymentFeatures {
  const { change, clock, ids, random, log, channels } = parts
  const { read } = parts.db
  const taking = { ids, random, doublePayment: parts.options.doublePayment }
  const deps = { read, change, channels, taking, isHandedOver, runtime: { clock, ids, random, log } }
  const refunds = createRefundService(deps)
  const orders = createOrderService(deps)
  const queries = createQuerySweep(deps)
  const notifies = createNotifyService({ change, channels, taking, log, refundMoved: (_, { outRefundNo, refund }) => refunds.told(outRefundNo, refund) })
  const suspense = createSuspenseService({ read, change, random, send: refunds.send })
  const prepayments = createPrepaymentService({ read, change, ids })
  const views = createPaymentViews({ read })
  return {
    orders, views, queries,
    routes: [
      notifyRoutes({ notifies }),
      paymentRoutes({ orders, refunds, payouts: createRefundPayoutService({ change, isHandedOver }), views, estateOfBill: (billId) => estateOfBill(read, billId) }),
      suspenseRoutes({ suspense, payouts: createPayoutService({ change }), views }),
    ],
    takePayment: (payment) => change(null, (one) => takeRealPayment(one, payment, taking)),
    reversePayment: (by, outTradeNo) => change(by, (one) => reversePayment(one, outTradeNo, isHandedOver)),
    proposeRefund: refunds.propose,
    refundTold: refunds.told,
    async sweep() {
      await queries.sweep()
      await refunds.sweep()
    },
    applyPrepayments: async () => void (await prepayments.applyAll()),
  }
}
