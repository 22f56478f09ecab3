import { Type } from 'typebox'
import { type EstateFinder, atEstate, callerOf, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import * as schemas from './schemas.js'
import type { TicketService } from './ticket-service.js'

const tags = ['tickets']
const PEOPLE = ['estate-manager', 'admin'] as const

/** What residents ask, for the people of their estate. */
export const ticketRoutes = (deps: { tickets: TicketService }): Routes => (app) => {
  const { tickets } = deps
  const ofTicket: EstateFinder = (request) => tickets.estateOf((request.params as { ticketId: string }).ticketId)

  app.get('/api/tickets', {
    config: { access: scoped(...PEOPLE) },
    schema: { summary: 'What residents ask, in one state; what waits longest first', tags, querystring: schemas.TicketQuery, response: { 200: schemas.TicketList } },
  }, async (request) => ({ tickets: await tickets.list(requestedScope(request, request.query.estateId), request.query.state) }))

  app.post('/api/tickets/:ticketId/take', {
    config: { access: atEstate(ofTicket, ...PEOPLE) }, schema: { summary: 'Look after a ticket', tags, params: schemas.TicketParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await tickets.take(callerOf(request).userId, request.params.ticketId)
    return reply.code(204).send(null)
  })

  app.post('/api/tickets/:ticketId/finish', {
    config: { access: atEstate(ofTicket, ...PEOPLE) },
    schema: { summary: 'It is done, with an answer for the resident', tags, params: schemas.TicketParams, body: schemas.AnswerBody, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await tickets.finish(callerOf(request).userId, request.params.ticketId, request.body.answer)
    return reply.code(204).send(null)
  })
}
