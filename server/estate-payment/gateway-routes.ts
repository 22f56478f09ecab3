import { TILL_PATHS, TillBillsRequestV1, TillBillsResponseV1, TillOrderRequestV1, TillOrderResponseV1 } from '#contract/till-api.js'
import { gatewayAccess } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { GatewayAuth } from '../sync/gateway-auth.js'
import { gatewayOf, knowsGateway } from '../sync/gateway-request.js'
import { OrderParams } from './schemas.js'
import type { TillService } from './till-service.js'

const tags = ['gateway tills']
const security = [{ gateway: [] }]
/** A question names a household and a bill. */
const QUESTION_BYTES_MAX = 2_048

/** What gateways ask for the tills of their estate. */
export const tillGatewayRoutes = (deps: { auth: GatewayAuth; tills: TillService }): Routes => (app) => {
  const { tills } = deps
  const onRequest = knowsGateway(app, deps.auth)
  const config = { access: gatewayAccess }

  app.post(TILL_PATHS.bills, {
    onRequest, config, bodyLimit: QUESTION_BYTES_MAX,
    schema: { summary: 'What a household of the estate owes', tags, security, body: TillBillsRequestV1, response: { 200: TillBillsResponseV1 } },
  }, (request) => tills.bills(gatewayOf(request), request.body))

  app.post(TILL_PATHS.orders, {
    onRequest, config, bodyLimit: QUESTION_BYTES_MAX,
    schema: {
      summary: 'A code to pay a bill by phone; the one that is under way where there is one', tags, security, body: TillOrderRequestV1, response: { 200: TillOrderResponseV1 },
    },
  }, (request) => tills.place(gatewayOf(request), request.body))

  app.get(`${TILL_PATHS.orders}/:outTradeNo`, {
    onRequest, config,
    schema: { summary: 'How an order of a till stands', tags, security, params: OrderParams, response: { 200: TillOrderResponseV1 } },
  }, (request) => tills.order(gatewayOf(request), request.params.outTradeNo))
}
