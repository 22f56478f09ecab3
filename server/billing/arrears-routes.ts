import { Type } from 'typebox'
import { type EstateFinder, atEstate, callerOf, estateInBody, estateInQuery } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import * as schemas from './arrears-schemas.js'
import type { ArrearsService } from './arrears-service.js'
import { BILLING_READERS } from './bill-routes.js'
import { EstateQuery } from './schemas.js'
import { HouseholdParams } from './tariff-schemas.js'

const tags = ['arrears']

/** Who is late, and why somebody must not be chased. Nothing here is heard at any gate. */
export const arrearsRoutes = (deps: { arrears: ArrearsService; estateOfHousehold(householdId: string): Promise<string | undefined> }): Routes => (app) => {
  const { arrears } = deps
  const ofHousehold: EstateFinder = (request) => deps.estateOfHousehold((request.params as { householdId: string }).householdId)
  const ofHold: EstateFinder = (request) => arrears.estateOfHold((request.params as { holdId: string }).holdId)

  app.get('/api/arrears', {
    config: { access: atEstate(estateInQuery, ...BILLING_READERS) },
    schema: { summary: 'Households that are late today, with unpaid months and what comes next', tags, querystring: EstateQuery, response: { 200: schemas.ArrearsAnswer } },
  }, (request) => arrears.list(request.query.estateId))

  app.post('/api/arrears/reminders', {
    config: { access: atEstate(estateInBody, 'finance-maker') },
    schema: { summary: 'Remind who is late, once for each step of the same arrears', tags, body: schemas.RemindBody, response: { 200: schemas.Reminded } },
  }, (request) => arrears.remind(callerOf(request).userId, request.body.estateId))

  app.get('/api/billing-holds', {
    config: { access: atEstate(estateInQuery, ...BILLING_READERS) },
    schema: { summary: 'Why households must not be chased, as far as it is not over', tags, querystring: EstateQuery, response: { 200: schemas.HoldList } },
  }, async (request) => ({ holds: await arrears.holds(request.query.estateId) }))

  app.post('/api/households/:householdId/billing-holds', {
    config: { access: atEstate(ofHousehold, 'finance-maker', 'estate-manager') },
    schema: { summary: 'Stop chasing a household, or one of its bills', tags, params: HouseholdParams, body: schemas.HoldBody, response: { 201: schemas.HoldMade } },
  }, async (request, reply) => reply.code(201).send(await arrears.hold(callerOf(request).userId, request.params.householdId, request.body)))

  app.post('/api/billing-holds/:holdId/end', {
    config: { access: atEstate(ofHold, 'finance-maker', 'estate-manager') },
    schema: { summary: 'Let a hold end with yesterday', tags, params: schemas.HoldParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await arrears.release(callerOf(request).userId, request.params.holdId)
    return reply.code(204).send(null)
  })
}
