import type { Change } from '../audit/change.js'
import { fail } from '../errors.js'
import { civilDateOf, dayBefore } from './civil-date-rules.js'
import { membershipsOf, saveMembers } from './household-repository.js'
import { leasesOfHouseholds } from './lease-repository.js'
import { cutAt, leaseState } from './lease-rules.js'

/**
 * Ends the stays of a person who is removed from the register, in the remover's own change.
 * @throws AppError SV_PERSON_IS_HEAD where a household with a lease would be left without its head
 */
export async function leaveHouseholds(change: Change, personRef: string): Promise<void> {
  const { tx, atMs } = change
  const today = civilDateOf(atMs)
  const open = (await membershipsOf(tx, [personRef])).filter((member) => member.untilDate === null || member.untilDate >= today)
  const leases = await leasesOfHouseholds(tx, open.map((member) => member.householdId))
  const headOf = open.find((member) => member.role === 'head' &&
    leases.some((lease) => lease.householdId === member.householdId && leaseState(lease, today) !== 'over'))
  if (headOf !== undefined) throw fail('SV_PERSON_IS_HEAD', { householdId: headOf.householdId })
  await saveMembers(tx, open.map((member) => ({ ...cutAt(member, dayBefore(today)), closedAtMs: atMs })), atMs)
}
