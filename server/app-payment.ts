import type { Parts } from './app.js'
import { estateOfBill } from './billing/bill-register.js'
import type { Routes } from './http/app-types.js'
import { notifyRoutes } from './payment/notify-routes.js'
import { createNotifyService } from './payment/notify-service.js'
import { type OrderService, createOrderService } from './payment/order-service.js'
import { type PaymentViews, createPaymentViews } from './payment/payment-views.js'
import { type QuerySweep, createQuerySweep } from './payment/query-sweep.js'
import { createRefundService } from './payment/refund-service.js'
import { paymentRoutes } from './payment/routes.js'

export interface PaymentFeatures {
  readonly routes: readonly Routes[]
  /** For those who pay with their own phones. */
  readonly orders: OrderService
  readonly views: PaymentViews
  readonly queries: QuerySweep
  /** Asks the channels about what is due; to be run every second or so. */
  sweep(): Promise<void>
}

/** Orders at the channels, what the channels tell of them, and refunds. */
export function paymentFeatures(parts: Parts): PaymentFeatures {
  const { change, clock, ids, random, log, channels } = parts
  const { read } = parts.db
  const deps = { read, change, channels, runtime: { clock, ids, random, log } }
  const refunds = createRefundService(deps)
  const orders = createOrderService(deps)
  const queries = createQuerySweep(deps)
  const notifies = createNotifyService({ change, channels, ids, log, refundMoved: (_, { outRefundNo, refund }) => refunds.told(outRefundNo, refund) })
  const views = createPaymentViews({ read })
  return {
    orders, views, queries,
    routes: [notifyRoutes({ notifies }), paymentRoutes({ orders, refunds, views, estateOfBill: (billId) => estateOfBill(read, billId) })],
    async sweep() {
      await queries.sweep()
      await refunds.sweep()
    },
  }
}
