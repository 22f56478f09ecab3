import { Type } from 'typebox'
import { DEFAULT_ZONE, NO_GATE_RULES } from '#contract/upgrade.js'
import { ROLES } from '../auth/roles.js'
import { atEstate, callerOf, estateInParams, everywhere, scopeOfRequest, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { EstateService } from './estate-service.js'
import type { GateService } from './gate-service.js'
import { Estate, EstateList, EstateParams, Gate, GateBody, GateList, GateParams } from './schemas.js'

const tags = ['estate']

/** Estates and the gates of each. */
export const estateRoutes = (deps: { estates: EstateService; gates: GateService }): Routes => (app) => {
  app.get('/api/estates', {
    config: { access: scoped(...ROLES) },
    schema: { summary: 'Estates within your scope, by id', tags, response: { 200: EstateList } },
  }, async (request) => ({ estates: await deps.estates.list(scopeOfRequest(request)) }))

  app.post('/api/estates', {
    config: { access: everywhere('admin') },
    schema: { summary: 'Add an estate', tags, body: Estate, response: { 201: Estate } },
  }, async (request, reply) => {
    await deps.estates.create(callerOf(request).userId, request.body)
    return reply.code(201).send(request.body)
  })

  app.get('/api/estates/:estateId/gates', {
    config: { access: atEstate(estateInParams, 'guard', 'estate-manager', 'auditor', 'admin') },
    schema: { summary: 'Gates of an estate with devices and rules, by id', tags, params: EstateParams, response: { 200: GateList } },
  }, async (request) => {
    const { estateId } = request.params
    return { gates: (await deps.gates.list(estateId)).map((gate) => ({ estateId, ...gate })) }
  })

  const access = atEstate(estateInParams, 'estate-manager', 'admin')
  app.put('/api/estates/:estateId/gates/:gateId', {
    config: { access },
    schema: { summary: 'Make a gate or set it anew; its gateways are told', tags, params: GateParams, body: GateBody, response: { 200: Gate } },
  }, async (request) => {
    const { estateId, gateId } = request.params
    const gate = { zoneId: DEFAULT_ZONE, rules: NO_GATE_RULES, ...request.body, gateId }
    await deps.gates.put(callerOf(request).userId, estateId, gate)
    return { estateId, ...gate }
  })

  app.delete('/api/estates/:estateId/gates/:gateId', {
    config: { access },
    schema: { summary: 'Remove a gate, from permits too', tags, params: GateParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await deps.gates.remove(callerOf(request).userId, request.params.estateId, request.params.gateId)
    return reply.code(204).send(null)
  })
}
