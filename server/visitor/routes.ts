import { Type } from 'typebox'
import { type EstateFinder, atEstate, callerOf, estateInBody, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { NewVisit, VisitBody, VisitList, VisitParams, VisitQuery } from './schemas.js'
import type { VisitService } from './visit-service.js'

const tags = ['visitor']
const PAGE_ITEMS = 50

export const visitorRoutes = (deps: { visits: VisitService }): Routes => (app) => {
  const { visits } = deps
  const ofVisit: EstateFinder = (request) => visits.estateOf((request.params as { visitId: string }).visitId)
  const hosts = ['guard', 'estate-manager', 'admin'] as const

  app.get('/api/visits', {
    config: { access: scoped('guard', 'estate-manager', 'auditor', 'admin') },
    schema: { summary: 'Visits and recurring passes with their use, newest first', tags, querystring: VisitQuery, response: { 200: VisitList } },
  }, async (request) => {
    const { estateId, hostPersonRef, after, state = 'open', limit = PAGE_ITEMS } = request.query
    const page = await visits.list(callerOf(request), requestedScope(request, estateId), { hostPersonRef, after, state, limit })
    return { visits: page.visits.map((visit) => ({ ...visit, gateIds: [...visit.gateIds] })), next: page.next }
  })

  app.post('/api/visits', {
    config: { access: atEstate(estateInBody, ...hosts) },
    schema: { summary: 'Agree a visit; its code is shown once', tags, body: VisitBody, response: { 201: NewVisit } },
  }, async (request, reply) => reply.code(201).send(await visits.create(callerOf(request).userId, request.body)))

  app.post('/api/visits/:visitId/code', {
    config: { access: atEstate(ofVisit, ...hosts) },
    schema: { summary: 'Another code in place of one that got lost', tags, params: VisitParams, response: { 200: NewVisit } },
  }, (request) => visits.renewCode(callerOf(request).userId, request.params.visitId))

  app.post('/api/visits/:visitId/end', {
    config: { access: atEstate(ofVisit, ...hosts) },
    schema: { summary: 'End a visit early', tags, params: VisitParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await visits.end(callerOf(request).userId, request.params.visitId)
    return reply.code(204).send(null)
  })
}
