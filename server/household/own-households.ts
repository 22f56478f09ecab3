import type { Tx } from '../db/transaction.js'
import type { CivilDate } from './civil-date-rules.js'
import { type MemberRecord, membersOfHouseholds, membershipsOf } from './household-repository.js'
import { spanOf } from './lease-rules.js'

const isOver = (member: MemberRecord, today: CivilDate): boolean => spanOf(member).untilDate < today
const lasted = (member: MemberRecord): boolean => spanOf(member).untilDate >= member.fromDate

/**
 * Households whose affairs are a person's own: where they live or will live, not as a carer, and those that they were the last
 * head of and that nobody lives in any more, for what is still open there. The present ones first.
 */
export async function ownHouseholds(tx: Tx, personRef: string, today: CivilDate): Promise<string[]> {
  const own = (await membershipsOf(tx, [personRef])).filter((member) => member.role !== 'carer' && lasted(member))
  const present = own.filter((member) => !isOver(member, today)).map((member) => member.householdId)
  const past = own.filter((member) => member.role === 'head' && isOver(member, today) && !present.includes(member.householdId)).map((member) => member.householdId)
  const members = (await membersOfHouseholds(tx, past)).filter(lasted)
  const isLastHead = (householdId: string): boolean => {
    const all = members.filter((member) => member.householdId === householdId)
    const heads = all.filter((member) => member.role === 'head').sort((a, b) => (spanOf(a).untilDate < spanOf(b).untilDate ? 1 : -1))
    return all.every((member) => isOver(member, today)) && heads[0]?.personRef === personRef
  }
  return [...new Set([...present, ...past.filter(isLastHead)])]
}
