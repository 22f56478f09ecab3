import { LIFE_HEADER, SYNC_PATHS } from '#contract/sync-api.js'
import { OrdersResponseV1 } from '#contract/sync-orders.js'
import { gatewayAccess } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { GatewayAuth } from '../sync/gateway-auth.js'
import { gatewayOf, knowsGateway } from '../sync/gateway-request.js'
import type { OrderFeed } from './order-feed.js'
import type { OrderLine } from './order-line.js'
import type { OrderService } from './order-service.js'
import { OrdersQuery } from './schemas.js'

/** Of a UUID. */
const LIFE_CHARS_MAX = 36

export interface GatewayOrderRouteDeps {
  readonly auth: GatewayAuth
  readonly feed: OrderFeed
  readonly line: OrderLine
  readonly orders: Pick<OrderService, 'stop'>
}

/** Where gateways wait for orders. At the end of the process nobody waits on. */
export const gatewayOrderRoutes = (deps: GatewayOrderRouteDeps): Routes => (app) => {
  app.addHook('preClose', async () => {
    deps.line.close()
    deps.orders.stop()
  })
  app.get(SYNC_PATHS.orders, {
    onRequest: knowsGateway(app, deps.auth), config: { access: gatewayAccess },
    schema: {
      summary: 'Orders for this gateway: at once where there are any, else when there are, or none after the wait', tags: ['gateway sync'],
      security: [{ gateway: [] }], querystring: OrdersQuery, response: { 200: OrdersResponseV1 },
    },
  }, async (request, reply) => {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    const { gatewayId, estateId } = gatewayOf(request)
    const life = request.headers[LIFE_HEADER]
    const asker = { gatewayId, estateId, life: typeof life === 'string' ? life.slice(0, LIFE_CHARS_MAX) : undefined }
    return { orders: await deps.feed.take(asker, request.query.waitMs ?? 0, gone.signal) }
  })
}
