import type { Change } from '../audit/change.js'
import { appendRosterChanges } from '../roster/roster-change-writer.js'
import { type ContactRecord, saveContacts } from './contact-repository.js'
import { type PersonRecord, save } from './person-repository.js'

/** Every way in which other features write persons, inside their own change; they audit it in their own words. */

export type PersonToRegister = PersonRecord

/** Adds persons of one estate and tells its gateways. */
export async function registerPersons(change: Change, estateId: string, persons: readonly PersonToRegister[]): Promise<void> {
  await save(change.tx, persons, change.atMs)
  await appendRosterChanges(change.tx, estateId, persons.map(({ personRef, displayName }) =>
    ({ itemKey: `person:${personRef}`, item: { kind: 'person.v1' as const, personRef, displayName } })))
}

/** Sets the flats that lists show. Gateways do not know them. */
export const setUnitLabels = (change: Change, persons: readonly PersonToRegister[]): Promise<void> => save(change.tx, persons, change.atMs)

/** Sets phone numbers, of 11 digits. */
export const setPhones = (change: Change, contacts: readonly ContactRecord[]): Promise<void> => saveContacts(change.tx, contacts)
