import type { Tx } from '../db/transaction.js'
import type { CivilDate } from './civil-date-rules.js'
import { type HouseholdRecord, findByNo, findHousehold, membersOfHouseholds } from './household-repository.js'
import { membersOn } from './lease-rules.js'

/** What other features ask of the households. */

/** The estate of a household, or undefined. */
export const estateOfHousehold = async (tx: Tx, householdId: string): Promise<string | undefined> => (await findHousehold(tx, householdId))?.estateId

/** The household of an estate that has this number, or null. */
export const householdByNo = (tx: Tx, estateId: string, householdNo: string): Promise<HouseholdRecord | null> => findByNo(tx, estateId, householdNo)

/** Who is the head of each household on a day, as far as there is one. */
export async function headsOf(tx: Tx, householdIds: readonly string[], date: CivilDate): Promise<Map<string, string>> {
  const members = membersOn(await membersOfHouseholds(tx, householdIds), date)
  return new Map(members.filter((member) => member.role === 'head').map((member) => [member.householdId, member.personRef]))
}
