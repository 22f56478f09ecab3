import { Type } from 'typebox'
import type { Clock } from '#kernel/clock.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import * as schemas from './data-schemas.js'
import { noticesOf, owedOf } from './home-rules.js'
import type { MyBillService } from './my-bill-service.js'
import type { MyDataService } from './my-data-service.js'
import type { MyPassService } from './my-pass-service.js'
import type { FindResident } from './resident-finder.js'

const tags = ['resident']
const own = { access: scoped('resident') }
const PASSAGES = 30
/** More than anybody passes in a year. */
const PASSAGES_OF_EXPORT = 5_000

export interface DataRoutesDeps {
  readonly findResident: FindResident
  readonly bills: MyBillService
  readonly data: MyDataService
  readonly passes: MyPassService
  readonly estateNames: (estateIds: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly clock: Clock
}

/** What a resident sees of themselves, and decides. Every route is about the caller alone. */
export const dataRoutes = (deps: DataRoutesDeps): Routes => (app) => {
  const { findResident, bills, data, passes, clock } = deps
  passRoutes(deps)(app)
  consentRoutes(deps)(app)

  app.get('/api/my/home', {
    config: own, schema: { summary: 'What is owed, how one passes, what there is to do', tags, response: { 200: schemas.HomeAnswer } },
  }, async (request) => {
    const me = await findResident(request)
    const [all, payments, consents, household, credentials, names] = await Promise.all([
      bills.list(me), bills.payments(me), data.consents(me), data.household(me), passes.list(me), deps.estateNames([me.estateId]),
    ])
    const nowMs = clock.wallMs()
    const today = civilDateOf(nowMs)
    const owed = owedOf(all, today)
    const consent = consents.find((each) => each.own && each.endedAtMs === null && each.expiresAtMs > nowMs)
    const { personRef, displayName, estateId, unitLabel } = me
    return {
      person: { personRef, displayName, unitLabel, estateName: names.get(estateId) ?? estateId }, owed,
      face: consent === undefined ? 'off' as const : consent.held === 'held' ? 'on' as const : 'to-enrol' as const,
      cards: credentials.filter((each) => each.kind === 'card').length,
      notices: noticesOf({ today, nowMs, owed, payments, consents, household }),
    }
  })

  app.get('/api/my/export', {
    config: own, schema: { summary: 'Everything that is kept of oneself, as a file (个人信息保护法 art. 45)', tags },
  }, async (request, reply) => {
    const me = await findResident(request)
    const { personRef, displayName, estateId, unitLabel } = me
    const [household, all, payments, credentials, consents, passages, looks, tickets] = await Promise.all([
      data.household(me), bills.list(me), bills.payments(me), passes.list(me), data.consents(me), data.passages(me, undefined, PASSAGES_OF_EXPORT), data.looks(me),
      data.tickets(me),
    ])
    const file = { person: { personRef, displayName, estateId, unitLabel }, household, bills: all, payments, credentials, consents, passages: passages.items, looks, tickets }
    return reply.type('application/json; charset=utf-8').header('content-disposition', 'attachment; filename="my-data.json"').send(JSON.stringify(file, null, 2))
  })

  app.get('/api/my/passages', {
    config: own, schema: { summary: 'The own passages, newest first', tags, querystring: schemas.PassageQuery, response: { 200: schemas.PassagePage } },
  }, async (request) => data.passages(await findResident(request), request.query.before, PASSAGES))

  app.get('/api/my/looks', {
    config: own, schema: { summary: 'Who looked at the own records or changed them', tags, response: { 200: schemas.LookList } },
  }, async (request) => ({ looks: await data.looks(await findResident(request)) }))

  app.get('/api/my/household', {
    config: own, schema: { summary: 'The own household and its lease', tags, response: { 200: schemas.HouseholdAnswer } },
  }, async (request) => ({ household: await data.household(await findResident(request)) }))
}

const passRoutes = ({ findResident, passes }: DataRoutesDeps): Routes => (app) => {
  app.get('/api/my/passes', {
    config: own, schema: { summary: 'The own cards, phones, codes and PINs', tags, response: { 200: schemas.PassList } },
  }, async (request) => ({ credentials: await passes.list(await findResident(request)) }))

  app.post('/api/my/phones', {
    config: own, schema: { summary: 'Register the key of the own phone, for codes that it makes by itself', tags, body: schemas.MyPhoneBody, response: { 201: schemas.NewPhone } },
  }, async (request, reply) => reply.code(201).send(await passes.registerPhone(await findResident(request), request.body)))

  app.post('/api/my/credentials/:credentialId/block', {
    config: own, schema: { summary: 'Block what got lost, at once', tags, params: schemas.CredentialParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await passes.block(await findResident(request), request.params.credentialId)
    return reply.code(204).send(null)
  })
}

const consentRoutes = ({ findResident, data, clock }: DataRoutesDeps): Routes => (app) => {
  app.get('/api/my/consents', {
    config: own, schema: { summary: 'The own consents, and those given for a child', tags, response: { 200: schemas.ConsentListAnswer } },
  }, async (request) => ({ consents: await data.consents(await findResident(request)) }))

  app.post('/api/my/consents', {
    config: own, schema: { summary: 'Consent to passing by face, for oneself', tags, body: schemas.ConsentBody, response: { 201: schemas.NewConsent } },
  }, async (request, reply) => reply.code(201).send(await data.consent(await findResident(request), request.body.noticeVersion, clock.wallMs())))

  app.post('/api/my/consents/:consentId/withdraw', {
    config: own, schema: { summary: 'Withdraw a consent: every gateway erases and reports', tags, params: schemas.ConsentParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await data.withdraw(await findResident(request), request.params.consentId)
    return reply.code(204).send(null)
  })
}
