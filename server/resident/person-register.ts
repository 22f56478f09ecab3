import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { eraseOpenId, openIds, personsWithPhone, phones, saveOpenId } from './contact-repository.js'
import { type PersonRecord, activeByRef, activeOfEstate, findActive, findEstate, list } from './person-repository.js'

/** What other features ask of the persons. */

export type RegisteredPerson = PersonRecord

export const findActivePerson = (tx: Tx, personRef: string): Promise<RegisteredPerson | null> => findActive(tx, personRef)

/** The estate of a person, removed or not; undefined where there never was one. */
export const estateOfPerson = (tx: Tx, personRef: string): Promise<string | undefined> => findEstate(tx, personRef)

/** Those of the persons that were not removed. */
export const activePersons = (tx: Tx, personRefs: readonly string[]): Promise<RegisteredPerson[]> => activeByRef(tx, personRefs)

/** All persons of the estate that were not removed. */
export const personsOfEstate = (tx: Tx, estateId: string): Promise<RegisteredPerson[]> => activeOfEstate(tx, estateId)

/** Phone numbers of these persons, as far as there are any: mask them before they leave the server. */
export const phonesOf = (tx: Tx, personRefs: readonly string[]): Promise<Map<string, string>> => phones(tx, personRefs)

/** Ids of these persons at the city's WeChat account, as far as they bound any: never shown beside a name. */
export const openIdsOf = (tx: Tx, personRefs: readonly string[]): Promise<Map<string, string>> => openIds(tx, personRefs)
export const bindOpenId = saveOpenId
export const unbindOpenId = eraseOpenId

/** Persons with this number of 11 digits that were not removed: of a family, or of one person in several estates. */
export const personsOfPhone = async (tx: Tx, phone: string): Promise<RegisteredPerson[]> => activeByRef(tx, await personsWithPhone(tx, phone))

/** Persons in scope by part of a name or the beginning of a flat's label, by name. */
export const personsByText = (tx: Tx, scope: EstateScope, text: string, limit: number): Promise<RegisteredPerson[]> =>
  list(tx, { scope, text, after: undefined }, limit)
