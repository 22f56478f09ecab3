import { type EstateFinder, atEstate, callerOf, estateInBody, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { HouseholdService } from './household-service.js'
import type { MoveService } from './move-service.js'
import {
  HouseholdCard, HouseholdList, HouseholdParams, HouseholdQuery, LastSeen, MemberAddBody, MemberRemoveBody, MoveEffects, MoveInBody, MoveOutBody, MoveQuery, SwapBody,
} from './schemas.js'

const tags = ['household']
const PAGE_HOUSEHOLDS = 50

/** Households, and the four moves: in, out, into another unit, and who lives with them. */
export const householdRoutes = (deps: { households: HouseholdService; moves: MoveService }): Routes => (app) => {
  const { households, moves } = deps
  const ofHousehold: EstateFinder = (request) => moves.estateOf((request.params as { householdId: string }).householdId)
  const readers = { access: atEstate(ofHousehold, 'guard', 'estate-manager', 'auditor', 'admin') }
  const movers = { access: atEstate(ofHousehold, 'estate-manager', 'admin') }
  const response = { 200: MoveEffects }

  app.get('/api/households', {
    config: { access: scoped('guard', 'estate-manager', 'auditor', 'admin') },
    schema: { summary: 'Households by estate and number, a page at a time', tags, querystring: HouseholdQuery, response: { 200: HouseholdList } },
  }, async (request) => {
    const { estateId, q, state, after, limit = PAGE_HOUSEHOLDS } = request.query
    return households.list(requestedScope(request, estateId), { text: q, state, after, limit })
  })

  app.get('/api/households/:householdId', {
    config: readers,
    schema: { summary: 'One household with its leases and members, former ones too', tags, params: HouseholdParams, response: { 200: HouseholdCard } },
  }, (request) => households.card(request.params.householdId))

  app.get('/api/households/:householdId/last-seen', {
    config: readers,
    schema: { summary: 'When each member last went in at each gate; audited', tags, params: HouseholdParams, response: { 200: LastSeen } },
  }, (request) => households.lastSeen(callerOf(request), request.params.householdId))

  app.post('/api/households', {
    config: { access: atEstate(estateInBody, 'estate-manager', 'admin') },
    schema: { summary: 'Move a household in: lease, members and permits', tags, querystring: MoveQuery, body: MoveInBody, response },
  }, async (request) => {
    const { estateId, ...entry } = request.body
    return moves.moveIn(callerOf(request).userId, estateId, entry, request.query.preview ?? false)
  })

  app.post('/api/households/:householdId/members', {
    config: movers,
    schema: { summary: 'Somebody comes to live with the household', tags, params: HouseholdParams, querystring: MoveQuery, body: MemberAddBody, response },
  }, (request) => moves.addMember(callerOf(request).userId, request.params.householdId, request.body, request.query.preview ?? false))

  app.post('/api/households/:householdId/members/leave', {
    config: movers,
    schema: { summary: 'Somebody stops living with the household', tags, params: HouseholdParams, querystring: MoveQuery, body: MemberRemoveBody, response },
  }, (request) => moves.removeMember(callerOf(request).userId, request.params.householdId, request.body, request.query.preview ?? false))

  app.post('/api/households/:householdId/swap', {
    config: movers,
    schema: { summary: 'Into a free unit, or two households into each other\'s', tags, params: HouseholdParams, querystring: MoveQuery, body: SwapBody, response },
  }, (request) => moves.swap(callerOf(request).userId, request.params.householdId, request.body, request.query.preview ?? false))

  app.post('/api/households/:householdId/move-out', {
    config: movers,
    schema: { summary: 'Move the household out: lease, permits and consents end together', tags, params: HouseholdParams, querystring: MoveQuery, body: MoveOutBody, response },
  }, (request) => moves.moveOut(callerOf(request).userId, request.params.householdId, request.body.lastDate, request.query.preview ?? false))
}
