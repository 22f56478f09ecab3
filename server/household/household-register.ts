import type { Tx } from '../db/transaction.js'
import { findHousehold, householdsOfEstate } from './household-repository.js'

/** What other features ask of the households. */

/** The estate of a household, or undefined. */
export const estateOfHousehold = async (tx: Tx, householdId: string): Promise<string | undefined> => (await findHousehold(tx, householdId))?.estateId

/** Number of each household of an estate, by id. */
export const householdNumbers = async (tx: Tx, estateId: string): Promise<Map<string, string>> =>
  new Map((await householdsOfEstate(tx, estateId)).map((household) => [household.householdId, household.householdNo]))
