import { Type } from 'typebox'
import { type EstateFinder, atEstate, callerOf } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { NewPermit, PermitBody, PermitList, PermitParams, PermitQuery } from './schemas.js'
import type { PermitService } from './permit-service.js'

const tags = ['permit']

export interface PermitRoutesDeps {
  readonly permits: PermitService
  readonly estateOfPerson: (personRef: string) => Promise<string | undefined>
}

export const permitRoutes = (deps: PermitRoutesDeps): Routes => (app) => {
  const ofPermit: EstateFinder = (request) => deps.permits.estateOf((request.params as { permitId: string }).permitId)
  const personInBody: EstateFinder = (request) => deps.estateOfPerson((request.body as { personRef: string }).personRef)
  const personInQuery: EstateFinder = (request) => deps.estateOfPerson((request.query as { personRef: string }).personRef)

  app.post('/api/permits', {
    config: { access: atEstate(personInBody, 'estate-manager', 'admin') },
    schema: { summary: 'Permit a person at gates of their estate', tags, body: PermitBody, response: { 201: NewPermit } },
  }, async (request, reply) => {
    const permit = { role: 'resident', scheduleId: null, ...request.body } as const
    return reply.code(201).send(await deps.permits.issue(callerOf(request).userId, permit))
  })

  app.delete('/api/permits/:permitId', {
    config: { access: atEstate(ofPermit, 'estate-manager', 'admin') },
    schema: { summary: 'End a permit', tags, params: PermitParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await deps.permits.withdraw(callerOf(request).userId, request.params.permitId)
    return reply.code(204).send(null)
  })

  app.get('/api/permits', {
    config: { access: atEstate(personInQuery, 'guard', 'estate-manager', 'auditor', 'admin') },
    schema: { summary: 'All permits of a person, newest first', tags, querystring: PermitQuery, response: { 200: PermitList } },
  }, async (request) => ({
    permits: (await deps.permits.listOfPerson(request.query.personRef)).map((permit) => ({ ...permit, gateIds: [...permit.gateIds] })),
  }))
}
