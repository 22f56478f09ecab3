import type { Tx } from '../db/transaction.js'
import { type PersonRecord, findActive, findEstate } from './person-repository.js'

/** What other features ask of the persons. */

export type RegisteredPerson = PersonRecord

export const findActivePerson = (tx: Tx, personRef: string): Promise<RegisteredPerson | null> => findActive(tx, personRef)

/** The estate of a person, removed or not; undefined where there never was one. */
export const estateOfPerson = (tx: Tx, personRef: string): Promise<string | undefined> => findEstate(tx, personRef)
