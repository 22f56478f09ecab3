import { Type } from 'typebox'
import { type EstateFinder, atEstate, callerOf, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { CredentialService } from './credential-service.js'
import type { PinService } from './pin-service.js'
import { CardBody, CredentialList, CredentialParams, CredentialQuery, NewCredential, NewPin, NewPrinted, PhoneBody, PinBody, PrintedBody } from './schemas.js'

const tags = ['credential']
const PAGE_ITEMS = 50

export interface CredentialRoutesDeps {
  readonly credentials: CredentialService
  readonly pins: PinService
  readonly estateOfPerson: (personRef: string) => Promise<string | undefined>
}

/** Ways in without a face. */
export const credentialRoutes = (deps: CredentialRoutesDeps): Routes => (app) => {
  const { credentials, pins } = deps
  const personInBody: EstateFinder = (request) => deps.estateOfPerson((request.body as { personRef: string }).personRef)
  const ofCredential: EstateFinder = (request) => credentials.estateOf((request.params as { credentialId: string }).credentialId)
  const issuing = { access: atEstate(personInBody, 'estate-manager', 'admin') }

  app.get('/api/credentials', {
    config: { access: scoped('guard', 'estate-manager', 'auditor', 'admin') },
    schema: { summary: 'Cards, PINs, phones and printed codes with their last use, newest first', tags, querystring: CredentialQuery, response: { 200: CredentialList } },
  }, (request) => {
    const { estateId, personRef, kind, q, after, state = 'open', limit = PAGE_ITEMS } = request.query
    return credentials.list(requestedScope(request, estateId), { personRef, kind, text: q, after, state, limit })
  })

  app.post('/api/credentials/cards', {
    config: issuing, schema: { summary: 'Give a person a card', tags, body: CardBody, response: { 201: NewCredential } },
  }, async (request, reply) => reply.code(201).send(await credentials.issueCard(callerOf(request).userId, request.body)))

  app.post('/api/credentials/phones', {
    config: issuing, schema: { summary: 'Register the key of a person\'s phone', tags, body: PhoneBody, response: { 201: NewCredential } },
  }, async (request, reply) => reply.code(201).send(await credentials.registerPhone(callerOf(request).userId, request.body)))

  app.post('/api/credentials/printed', {
    config: issuing, schema: { summary: 'Make a code to print; it is shown once', tags, body: PrintedBody, response: { 201: NewPrinted } },
  }, async (request, reply) => reply.code(201).send(await credentials.issuePrinted(callerOf(request).userId, request.body)))

  app.post('/api/credentials/pins', {
    config: issuing, schema: { summary: 'Set a person\'s PIN, given or made up', tags, body: PinBody, response: { 201: NewPin } },
  }, async (request, reply) => {
    const { personRef, pin = null, duressPin = null } = request.body
    return reply.code(201).send(await pins.set(callerOf(request).userId, { personRef, pin, duressPin }))
  })

  app.post('/api/credentials/:credentialId/block', {
    config: { access: atEstate(ofCredential, 'guard', 'estate-manager', 'admin') },
    schema: { summary: 'Block a lost card, phone, code or PIN at once', tags, params: CredentialParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await credentials.end(callerOf(request).userId, request.params.credentialId, 'blocked')
    return reply.code(204).send(null)
  })

  app.delete('/api/credentials/:credentialId', {
    config: { access: atEstate(ofCredential, 'estate-manager', 'admin') },
    schema: { summary: 'Take a credential back', tags, params: CredentialParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await credentials.end(callerOf(request).userId, request.params.credentialId, 'withdrawn')
    return reply.code(204).send(null)
  })
}
