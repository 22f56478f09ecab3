import type { Parts } from './app.js'
import { createCloseService } from './estate-payment/close-service.js'
import { createEstatePaymentViews } from './estate-payment/estate-payment-views.js'
import { tillGatewayRoutes } from './estate-payment/gateway-routes.js'
import { estatePaymentRoutes } from './estate-payment/routes.js'
import { createTillService } from './estate-payment/till-service.js'
import type { Routes } from './http/app-types.js'
import { createOrderService } from './payment/order-service.js'
import type { GatewayAuth } from './sync/gateway-auth.js'

/** What estates' tills ask through their gateways, and what came in at them. */
export function tillFeatures({ db, change, clock, ids, random, log, channels }: Parts, auth: GatewayAuth): Routes[] {
  const { read } = db
  const orders = createOrderService({ read, change, channels, runtime: { clock, ids, random, log } })
  return [
    tillGatewayRoutes({ auth, tills: createTillService({ read, change, orders, channels, clock }) }),
    estatePaymentRoutes({ views: createEstatePaymentViews({ read }), closes: createCloseService({ read }) }),
  ]
}
