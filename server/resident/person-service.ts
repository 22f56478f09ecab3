import type { IdSource } from '#kernel/ids.js'
import { Closed } from '#contract/wire-types.js'
import { Type } from 'typebox'
import type { Change, RunChange } from '../audit/change.js'
import type { EstateScope } from '../auth/roles.js'
import { endConsentsOfPerson } from '../consent/consent-ending.js'
import { endCredentialsOfPerson } from '../credential/credential-ending.js'
import { decodeCursor, pageOf } from '../db/page.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { unknownEstates } from '../estate/estate-register.js'
import { leaveHouseholds } from '../household/leave-households.js'
import { endPermitsOfPerson } from '../permit/permit-ending.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import { forgetTickets } from '../ticket/ticket-ending.js'
import { endVisitsOfHost } from '../visitor/visit-ending.js'
import { isBirthDate } from './age-rules.js'
import { eraseContact, saveContacts } from './contact-repository.js'
import { phoneOf } from './contact-rules.js'
import { registerPersons } from './person-registration.js'
import * as persons from './person-repository.js'

export type NewPerson = Omit<persons.PersonRecord, 'personRef'>

export interface PersonQuery {
  readonly text: string | undefined
  /** `next` of the page before. */
  readonly after: string | undefined
  readonly limit: number
}

export interface PersonService {
  /** One page by name. @throws AppError SV_HTTP_VALIDATION where `after` is no cursor */
  list(scope: EstateScope, query: PersonQuery): Promise<{ persons: persons.PersonRecord[]; next: string | null }>
  /** @throws AppError SV_PERSON_BIRTH_DATE, SV_ESTATE_UNKNOWN */
  create(by: string, person: NewPerson): Promise<{ personRef: string }>
  /**
   * Ends the person's stays, permits, ways in, visitors and consents, those they gave as a guardian too, and erases name and phone number.
   * @throws AppError SV_HTTP_NOT_FOUND, SV_PERSON_IS_HEAD
   */
  remove(by: string, personRef: string): Promise<{ permitsEnded: number; consentsEnded: number }>
  /** Sets the number that messages and login codes go to, or takes it away. @throws AppError SV_HTTP_NOT_FOUND, SV_PERSON_PHONE */
  setPhone(by: string, personRef: string, phone: string | null): Promise<void>
  estateOf(personRef: string): Promise<string | undefined>
}

/** A page ends at a person: the name breaks no tie alone. */
const Place = Closed({ displayName: Type.String(), personRef: Type.String() })

async function create(change: Change, personRef: string, person: NewPerson): Promise<void> {
  const { estateId } = person
  if (!isBirthDate(person.birthDate, change.atMs)) throw fail('SV_PERSON_BIRTH_DATE', { field: 'birthDate' })
  if ((await unknownEstates(change.tx, [estateId])).length > 0) throw fail('SV_ESTATE_UNKNOWN', { field: 'estateId', estateIds: [estateId] })
  await registerPersons(change, estateId, [{ personRef, ...person }])
  // The log is for ever and a name is not: it records that there was one.
  await change.audit({ action: 'person.create', subject: `person:${personRef}`, estateId })
}

async function remove(change: Change, personRef: string): Promise<{ permitsEnded: number; consentsEnded: number }> {
  const person = await persons.findActive(change.tx, personRef)
  if (person === null) throw fail('SV_HTTP_NOT_FOUND')
  const { estateId } = person
  await leaveHouseholds(change, personRef)
  const consentsEnded = await endConsentsOfPerson(change, personRef)
  const permitsEnded = await endPermitsOfPerson(change, personRef, 'person-removed')
  await endCredentialsOfPerson(change, personRef, 'person-removed')
  await endVisitsOfHost(change, personRef, 'host-removed')
  await eraseContact(change.tx, personRef)
  await forgetTickets(change.tx, personRef)
  await persons.erase(change.tx, personRef, change.atMs)
  await appendRosterChange(change.tx, estateId, `person:${personRef}`, { kind: 'person-deleted.v1', personRef })
  await change.audit({ action: 'person.remove', subject: `person:${personRef}`, estateId, after: { permitsEnded, consentsEnded } })
  return { permitsEnded, consentsEnded }
}

export const createPersonService = (deps: { read: Tx; change: RunChange; ids: IdSource }): PersonService => ({
  async list(scope, { text, after, limit }) {
    const place = after === undefined ? undefined : decodeCursor(Place, after, 'after')
    const rows = await persons.list(deps.read, { scope, text, after: place }, limit + 1)
    const page = pageOf(rows, limit, ({ displayName, personRef }) => ({ displayName, personRef }))
    return { persons: page.rows, next: page.next }
  },
  create: (by, person) => deps.change(by, async (change) => {
    const personRef = deps.ids.uuid()
    await create(change, personRef, person)
    return { personRef }
  }),
  remove: (by, personRef) => deps.change(by, (change) => remove(change, personRef)),
  setPhone: (by, personRef, given) => deps.change(by, async (change) => {
    const phone = given === null ? null : phoneOf(given)
    if (phone === undefined) throw fail('SV_PERSON_PHONE', { field: 'phone' })
    const person = await persons.findActive(change.tx, personRef)
    if (person === null) throw fail('SV_HTTP_NOT_FOUND')
    await saveContacts(change.tx, [{ personRef, phone }])
    await change.audit({ action: 'person.phone', subject: `person:${personRef}`, estateId: person.estateId, after: { set: phone !== null } })
  }),
  estateOf: (personRef) => persons.findEstate(deps.read, personRef),
})
