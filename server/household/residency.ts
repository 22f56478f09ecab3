import type { Change } from '../audit/change.js'
import { endConsentsOfPerson } from '../consent/consent-ending.js'
import { endCredentialsOfPerson } from '../credential/credential-ending.js'
import { endPermitsOfPerson } from '../permit/permit-ending.js'
import { activePersons } from '../resident/person-register.js'
import { setUnitLabels } from '../resident/person-registration.js'
import { endVisitsOfHost } from '../visitor/visit-ending.js'
import { type CivilDate, civilDateOf, common, isEmpty } from './civil-date-rules.js'
import { type MemberRecord, membersOfHouseholds, membersToClose, membershipsOf, saveMembers } from './household-repository.js'
import { type PlacedLease, leasesOfHouseholds, leasesToClose, saveLeases } from './lease-repository.js'
import { leaseInForce, spanOf } from './lease-rules.js'

/** Where somebody lives: what a membership and a lease have in common. */
interface Stay {
  readonly member: MemberRecord
  readonly lease: PlacedLease
  readonly fromDate: CivilDate
  readonly untilDate: CivilDate
}

/** All stays of these persons, by person. */
async function staysOf(change: Change, personRefs: readonly string[]): Promise<Map<string, Stay[]>> {
  const memberships = await membershipsOf(change.tx, personRefs)
  const byHousehold = new Map<string, PlacedLease[]>()
  for (const lease of await leasesOfHouseholds(change.tx, [...new Set(memberships.map((member) => member.householdId))])) {
    byHousehold.set(lease.householdId, [...(byHousehold.get(lease.householdId) ?? []), lease])
  }
  const stays = new Map<string, Stay[]>(personRefs.map((personRef) => [personRef, []]))
  for (const member of memberships) {
    for (const lease of byHousehold.get(member.householdId) ?? []) {
      const span = common(spanOf(member), lease)
      if (!isEmpty(span)) stays.get(member.personRef)?.push({ member, lease, ...span })
    }
  }
  return stays
}

/** Last day on which each person has a stay that is not over; absent where there is none. */
export async function lastDays(change: Change, personRefs: readonly string[]): Promise<Map<string, CivilDate>> {
  const today = civilDateOf(change.atMs)
  const days = new Map<string, CivilDate>()
  for (const [personRef, stays] of await staysOf(change, personRefs)) {
    const last = stays.map((stay) => stay.untilDate).filter((date) => date >= today).sort().at(-1)
    if (last !== undefined) days.set(personRef, last)
  }
  return days
}

/** Sets the flat that lists show: that of the stay now, else of the next; a carer's own flat before those they visit. */
export async function relabel(change: Change, personRefs: readonly string[]): Promise<void> {
  const today = civilDateOf(change.atMs)
  const stays = await staysOf(change, personRefs)
  const changed = (await activePersons(change.tx, personRefs)).flatMap((person) => {
    const all = stays.get(person.personRef) ?? []
    const own = all.filter((stay) => stay.member.role !== 'carer')
    const unitLabel = (leaseInForce(own, today) ?? leaseInForce(all, today))?.lease.unitLabel ?? ''
    return unitLabel === person.unitLabel ? [] : [{ ...person, unitLabel }]
  })
  await setUnitLabels(change, changed)
}

/**
 * Carries out the end of leases and memberships that are over: who has no stay left loses the consents, their own and
 * those they gave for a child, the permits that somebody had issued by hand, cards and PIN, and whoever may visit them.
 * @returns persons who left
 */
async function close(change: Change, leases: readonly PlacedLease[], members: readonly MemberRecord[]): Promise<string[]> {
  const { tx, atMs } = change
  await saveLeases(tx, leases.map((lease) => ({ ...lease, closedAtMs: atMs })), atMs)
  await saveMembers(tx, members.map((member) => ({ ...member, closedAtMs: atMs })), atMs)
  const households = [...new Set(leases.map((lease) => lease.householdId))]
  const open = (await membersOfHouseholds(tx, households)).filter((member) => member.closedAtMs === null)
  const concerned = [...open, ...members]
  const personRefs = [...new Set(concerned.map((member) => member.personRef))]
  const staying = await lastDays(change, personRefs)
  const active = new Set((await activePersons(tx, personRefs)).map((person) => person.personRef))
  const left = personRefs.filter((personRef) => !staying.has(personRef) && active.has(personRef))
  for (const personRef of left) {
    await endConsentsOfPerson(change, personRef)
    await endPermitsOfPerson(change, personRef, 'moved-out')
    await endCredentialsOfPerson(change, personRef, 'moved-out')
    await endVisitsOfHost(change, personRef, 'moved-out')
  }
  await relabel(change, personRefs)
  for (const { leaseId, estateId, householdId, untilDate } of leases) {
    await change.audit({ action: 'lease.close', subject: `lease:${leaseId}`, estateId, after: { householdId, untilDate } })
  }
  return left
}

const isOver = (span: { readonly untilDate: CivilDate | null; readonly closedAtMs: number | null }, today: CivilDate): boolean =>
  span.closedAtMs === null && span.untilDate !== null && span.untilDate < today

/** Carries out what is over in these households. @returns persons who left */
export async function closeHouseholds(change: Change, householdIds: readonly string[]): Promise<string[]> {
  const today = civilDateOf(change.atMs)
  const leases = (await leasesOfHouseholds(change.tx, householdIds)).filter((lease) => isOver(lease, today))
  const members = (await membersOfHouseholds(change.tx, householdIds)).filter((member) => isOver(member, today))
  return leases.length + members.length === 0 ? [] : close(change, leases, members)
}

/** Carries out up to `limit` leases that are over. @returns how many */
export async function closeOverLeases(change: Change, limit: number): Promise<number> {
  const leases = await leasesToClose(change.tx, civilDateOf(change.atMs), limit)
  if (leases.length > 0) await close(change, leases, [])
  return leases.length
}

/** Carries out up to `limit` memberships that are over. @returns how many */
export async function closeOverMembers(change: Change, limit: number): Promise<number> {
  const members = await membersToClose(change.tx, civilDateOf(change.atMs), limit)
  if (members.length > 0) await close(change, [], members)
  return members.length
}
