import { Type } from 'typebox'
import { type EstateFinder, atEstate, callerOf, estateInBody, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { PersonService } from './person-service.js'
import { NewPerson, PersonBody, PersonList, PersonParams, PersonQuery, PhoneBody, RemovedPerson } from './schemas.js'

const tags = ['person']
const PAGE_PERSONS = 50

export const personRoutes = (deps: { persons: PersonService }): Routes => (app) => {
  app.get('/api/persons', {
    config: { access: scoped('guard', 'estate-manager', 'auditor', 'admin') },
    schema: { summary: 'Persons by name, a page at a time', tags, querystring: PersonQuery, response: { 200: PersonList } },
  }, async (request) => {
    const { estateId, q, after, limit = PAGE_PERSONS } = request.query
    return deps.persons.list(requestedScope(request, estateId), { text: q, after, limit })
  })

  app.post('/api/persons', {
    config: { access: atEstate(estateInBody, 'estate-manager', 'admin') },
    schema: { summary: 'Add a person to the register of an estate', tags, body: PersonBody, response: { 201: NewPerson } },
  }, async (request, reply) => reply.code(201).send(await deps.persons.create(callerOf(request).userId, request.body)))

  const ofPerson: EstateFinder = (request) => deps.persons.estateOf((request.params as { personRef: string }).personRef)

  app.put('/api/persons/:personRef/phone', {
    config: { access: atEstate(ofPerson, 'estate-manager', 'admin') },
    schema: { summary: 'Set the number that messages and login codes go to', tags, params: PersonParams, body: PhoneBody, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await deps.persons.setPhone(callerOf(request).userId, request.params.personRef, request.body.phone)
    return reply.code(204).send(null)
  })

  app.delete('/api/persons/:personRef', {
    config: { access: atEstate(ofPerson, 'estate-manager', 'admin') },
    schema: { summary: 'Remove a person: permits and consents end, the name is erased', tags, params: PersonParams, response: { 200: RemovedPerson } },
  }, async (request) => deps.persons.remove(callerOf(request).userId, request.params.personRef))
}
