import { Type } from 'typebox'
import { type EstateFinder, atEstate, callerOf, estateInBody, estateInParams, estateInQuery } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { HouseholdTermsService } from './household-terms-service.js'
import { BILLING_READERS } from './bill-routes.js'
import { Decision, EstateQuery } from './schemas.js'
import * as schemas from './tariff-schemas.js'
import type { TariffService } from './tariff-service.js'

const tags = ['rent terms']

/** Prices, policy, certificates and reliefs: who bills sets them, somebody else approves what costs the treasury. */
export const tariffRoutes = (deps: {
  tariffs: TariffService
  terms: HouseholdTermsService
  estateOfHousehold(householdId: string): Promise<string | undefined>
}): Routes => (app) => {
  const { tariffs, terms } = deps
  const ofHousehold: EstateFinder = (request) => deps.estateOfHousehold((request.params as { householdId: string }).householdId)
  const ofRelief: EstateFinder = (request) => terms.estateOfRelief((request.params as { reliefId: string }).reliefId)

  app.get('/api/rent-standards', {
    config: { access: atEstate(estateInQuery, ...BILLING_READERS) },
    schema: { summary: 'Prices of an estate by tier and first day', tags, querystring: EstateQuery, response: { 200: schemas.StandardList } },
  }, async (request) => ({ standards: await tariffs.standards(request.query.estateId) }))

  app.post('/api/rent-standards', {
    config: { access: atEstate(estateInBody, 'finance-maker') },
    schema: { summary: 'A price from a day on', tags, body: schemas.StandardBody, response: { 201: schemas.StandardMade } },
  }, async (request, reply) => reply.code(201).send(await tariffs.addStandard(callerOf(request).userId, request.body)))

  app.get('/api/billing-policies', {
    config: { access: atEstate(estateInQuery, ...BILLING_READERS) },
    schema: { summary: 'How an estate bills, by first day', tags, querystring: EstateQuery, response: { 200: schemas.PolicyList } },
  }, async (request) => ({ policies: await tariffs.policies(request.query.estateId) }))

  app.put('/api/estates/:estateId/billing-policies/:fromDate', {
    config: { access: atEstate(estateInParams, 'finance-maker') },
    schema: { summary: 'How an estate bills from a day on', tags, params: schemas.PolicyParams, body: schemas.PolicyContent, response: { 200: schemas.PolicySet } },
  }, (request) => tariffs.setPolicy(callerOf(request).userId, request.params.estateId, request.params.fromDate, request.body))

  app.get('/api/households/:householdId/tier-certificates', {
    config: { access: atEstate(ofHousehold, ...BILLING_READERS) },
    schema: { summary: 'Which tiers a household has shown', tags, params: schemas.HouseholdParams, response: { 200: schemas.CertificateList } },
  }, async (request) => ({ certificates: await terms.certificates(request.params.householdId) }))

  app.post('/api/households/:householdId/tier-certificates', {
    config: { access: atEstate(ofHousehold, 'finance-maker', 'estate-manager') },
    schema: { summary: 'Record a tier certificate', tags, params: schemas.HouseholdParams, body: schemas.CertificateBody, response: { 201: schemas.CertificateMade } },
  }, async (request, reply) => reply.code(201).send(await terms.addCertificate(callerOf(request).userId, request.params.householdId, request.body)))

  app.get('/api/rent-reliefs', {
    config: { access: atEstate(estateInQuery, ...BILLING_READERS) },
    schema: { summary: 'Reductions and subsidies of an estate', tags, querystring: schemas.ReliefQuery, response: { 200: schemas.ReliefList } },
  }, async (request) => {
    const { estateId, householdId, state } = request.query
    return { reliefs: await terms.reliefs(estateId, { ...(householdId === undefined ? {} : { householdId }), ...(state === undefined ? {} : { state }) }) }
  })

  app.post('/api/households/:householdId/rent-reliefs', {
    config: { access: atEstate(ofHousehold, 'finance-maker') },
    schema: { summary: 'Ask for a reduction or a subsidy', tags, params: schemas.HouseholdParams, body: schemas.ReliefBody, response: { 201: schemas.ReliefMade } },
  }, async (request, reply) => reply.code(201).send(await terms.proposeRelief(callerOf(request).userId, { ...request.body, householdId: request.params.householdId })))

  app.post('/api/rent-reliefs/:reliefId/decision', {
    config: { access: atEstate(ofRelief, 'finance-checker') },
    schema: { summary: 'Approve or refuse a reduction or a subsidy', tags, params: schemas.ReliefParams, body: Decision, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await terms.decideRelief(callerOf(request).userId, request.params.reliefId, request.body.approvalNo)
    return reply.code(204).send(null)
  })
}
