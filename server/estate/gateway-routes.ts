import { Type } from 'typebox'
import { atEstate, callerOf, estateInBody } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { GatewayService } from './gateway-service.js'
import { GatewayBody, GatewayParams, NewGateway } from './schemas.js'

const tags = ['gateway']

export const gatewayRoutes = (deps: { gateways: GatewayService }): Routes => (app) => {
  app.post('/api/gateways', {
    config: { access: atEstate(estateInBody, 'admin') },
    schema: { summary: 'Register a gateway and get its one-time claim token', tags, body: GatewayBody, response: { 201: NewGateway } },
  }, async (request, reply) => reply.code(201).send(await deps.gateways.create(callerOf(request).userId, request.body)))

  app.post('/api/gateways/:gatewayId/revoke', {
    config: { access: atEstate((request) => deps.gateways.estateOf((request.params as { gatewayId: string }).gatewayId), 'admin') },
    schema: { summary: 'Shut a gateway out', tags, params: GatewayParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await deps.gateways.revoke(callerOf(request).userId, request.params.gatewayId)
    return reply.code(204).send(null)
  })

  app.post('/api/gateways/:gatewayId/replace', {
    config: { access: atEstate((request) => deps.gateways.estateOf((request.params as { gatewayId: string }).gatewayId), 'admin') },
    schema: { summary: 'Shut a gateway\'s hardware out and get a claim token for the hardware that takes its place', tags, params: GatewayParams, response: { 200: NewGateway } },
  }, (request) => deps.gateways.replace(callerOf(request).userId, request.params.gatewayId))
}
