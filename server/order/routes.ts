import type { Role } from '../auth/roles.js'
import { atEstate, callerOf, estateInParams, requestedScope, scopeOfRequest, scoped } from '../http/access.js'
import { covers } from '../auth/roles.js'
import { fail } from '../errors.js'
import type { Routes } from '../http/app-types.js'
import type { OrderService } from './order-service.js'
import { GateOrderParams, ModeBody, OpenBody, OrderList, OrderParams, OrderQuery, OrderView } from './schemas.js'

const tags = ['orders']
/** Who sees what was ordered: it names staff, and subjects, but nobody who lives there. */
export const ORDER_ROLES: readonly Role[] = ['guard', 'estate-manager', 'auditor', 'admin']

/** Doors opened, held and locked from afar, and what became of every order. */
export const orderRoutes = (deps: { orders: OrderService }): Routes => (app) => {
  const { orders } = deps
  app.post('/api/estates/:estateId/gates/:gateId/open', {
    config: { access: atEstate(estateInParams, 'guard', 'estate-manager', 'admin') },
    schema: { summary: 'Open a gate once, now or not at all', tags, params: GateOrderParams, body: OpenBody, response: { 202: OrderView } },
  }, async (request, reply) => {
    const { estateId, gateId } = request.params
    const { reason, note } = request.body
    return reply.code(202).send(await orders.give(callerOf(request).userId, { estateId, note, request: { kind: 'open-door.v1', content: { gateId, reason } } }))
  })

  app.post('/api/estates/:estateId/gates/:gateId/mode', {
    config: { access: atEstate(estateInParams, 'estate-manager', 'admin') },
    schema: { summary: 'Hold a gate open, lock it, or let it work as usual again', tags, params: GateOrderParams, body: ModeBody, response: { 202: OrderView } },
  }, async (request, reply) => {
    const { estateId, gateId } = request.params
    const { mode, reason, note } = request.body
    return reply.code(202).send(await orders.give(callerOf(request).userId, { estateId, note, request: { kind: 'door-mode.v1', content: { gateId, mode, reason } } }))
  })

  app.get('/api/orders', {
    config: { access: scoped(...ORDER_ROLES) },
    schema: { summary: 'Orders, newest first', tags, querystring: OrderQuery, response: { 200: OrderList } },
  }, (request) => {
    const { estateId, ...query } = request.query
    return orders.list(requestedScope(request, estateId), query)
  })

  app.get('/api/orders/:orderId', {
    config: { access: scoped(...ORDER_ROLES) },
    schema: { summary: 'One order', tags, params: OrderParams, response: { 200: OrderView } },
  }, async (request) => {
    const [order] = await orders.byIds([request.params.orderId])
    if (order === undefined || !covers(scopeOfRequest(request), order.estateId)) throw fail('SV_HTTP_NOT_FOUND')
    return order
  })
}
