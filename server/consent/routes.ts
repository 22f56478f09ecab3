import { Type } from 'typebox'
import { type EstateFinder, anyLogin, atEstate, callerOf } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { ConsentService } from './consent-service.js'
import type { NoticeRecord } from './notice-repository.js'
import { ConsentBody, ConsentDetail, ConsentList, ConsentParams, ConsentQuery, NewConsent, NoticeList, WithdrawBody } from './schemas.js'

const tags = ['consent']

export interface ConsentRoutesDeps {
  readonly consents: ConsentService
  readonly listNotices: () => Promise<NoticeRecord[]>
  readonly estateOfPerson: (personRef: string) => Promise<string | undefined>
}

export const consentRoutes = (deps: ConsentRoutesDeps): Routes => (app) => {
  const ofConsent: EstateFinder = (request) => deps.consents.estateOf((request.params as { consentId: string }).consentId)
  const personInBody: EstateFinder = (request) => deps.estateOfPerson((request.body as { personRef: string }).personRef)
  const personInQuery: EstateFinder = (request) => deps.estateOfPerson((request.query as { personRef: string }).personRef)

  app.get('/api/consent-notices', {
    config: { access: anyLogin },
    schema: { summary: 'Notices that people consent to, newest first', tags, response: { 200: NoticeList } },
  }, async () => ({ notices: await deps.listNotices() }))

  app.post('/api/consents', {
    config: { access: atEstate(personInBody, 'estate-manager', 'admin') },
    schema: { summary: 'Record a consent given at the desk', tags, body: ConsentBody, response: { 201: NewConsent } },
  }, async (request, reply) => reply.code(201).send(await deps.consents.grant(callerOf(request).userId, request.body)))

  app.get('/api/consents', {
    config: { access: atEstate(personInQuery, 'estate-manager', 'auditor', 'admin') },
    schema: { summary: 'All consents of a person, newest first', tags, querystring: ConsentQuery, response: { 200: ConsentList } },
  }, async (request) => ({ consents: await deps.consents.listOfPerson(request.query.personRef) }))

  app.get('/api/consents/:consentId', {
    config: { access: atEstate(ofConsent, 'estate-manager', 'auditor', 'admin') },
    schema: { summary: 'A consent and what each gateway holds under it', tags, params: ConsentParams, response: { 200: ConsentDetail } },
  }, async (request) => deps.consents.get(request.params.consentId))

  app.post('/api/consents/:consentId/withdraw', {
    config: { access: atEstate(ofConsent, 'estate-manager', 'admin') },
    schema: { summary: 'Withdraw a consent: every gateway erases and reports', tags, params: ConsentParams, body: WithdrawBody, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await deps.consents.withdraw(callerOf(request).userId, request.params.consentId)
    return reply.code(204).send(null)
  })
}
