import { fail } from '../errors.js'
import { ADULT_YEARS, hasAge } from '../resident/age-rules.js'
import { activePersons } from '../resident/person-register.js'
import { type CivilDate, addDays, covers, dayBefore, isCivilDate, isEmpty } from './civil-date-rules.js'
import { type MemberRecord, membersOfHouseholds, saveMembers } from './household-repository.js'
import { leasesOfHouseholds } from './lease-repository.js'
import { collision, cutAt, leaseState, spanOf } from './lease-rules.js'
import { type MemberEntry, type MoveContext, type Touched, enterMembers, householdOf, needSpan } from './move-common.js'

export interface MemberAdd {
  readonly fromDate: CivilDate
  /** Null while nobody says a last day. */
  readonly untilDate: CivilDate | null
  readonly member: MemberEntry
}

/** Somebody comes to live with the household. @throws AppError SV_HOUSEHOLD_*, SV_PERSON_*, SV_HTTP_* */
export async function addMember(context: MoveContext, householdId: string, entry: MemberAdd): Promise<Touched> {
  const { change, ids, estateId, today } = context
  const { tx, atMs } = change
  const { fromDate, untilDate } = entry
  await householdOf(context, householdId)
  needSpan({ fromDate, untilDate: untilDate ?? fromDate })
  if (entry.member.role === 'head') throw fail('SV_HOUSEHOLD_HEAD', { field: 'members.0.role' })
  const leases = await leasesOfHouseholds(tx, [householdId])
  if (!leases.some((lease) => leaseState(lease, today) !== 'over')) throw fail('SV_HOUSEHOLD_NO_LEASE')
  const members = await membersOfHouseholds(tx, [householdId])
  const twice = collision(spanOf({ fromDate, untilDate }), members.filter((each) => each.personRef === entry.member.personRef).map((each) => ({ ...each, ...spanOf(each) })))
  if (twice !== undefined) throw fail('SV_HOUSEHOLD_MEMBER_ELSEWHERE', { field: 'members.0.personRef', householdId })
  const [added] = await enterMembers(context, [entry.member], { fromDate, untilDate })
  if (added === undefined) throw new Error('no member was entered')
  const { personRef, role } = added
  await saveMembers(tx, [{ memberId: ids.uuid(), estateId, householdId, personRef, role, fromDate, untilDate, closedAtMs: null }], atMs)
  await change.audit({ action: 'household.member-add', subject: `household:${householdId}`, estateId, after: { personRef, role, fromDate, untilDate } })
  return { householdIds: [householdId], joined: [personRef], leases: [] }
}

export interface MemberRemove {
  readonly personRef: string
  readonly lastDate: CivilDate
  /** Who is the head from the next day on, where the head leaves. */
  readonly newHeadRef?: string | undefined
}

/** The membership of the new head: the old one ends, one as head begins the next day. */
async function succession({ change, ids }: MoveContext, members: readonly MemberRecord[], newHeadRef: string | undefined, lastDate: CivilDate): Promise<MemberRecord[]> {
  const field = 'newHeadRef'
  const fromDate = addDays(lastDate, 1)
  const heir = members.find((member) => member.personRef === newHeadRef && member.role !== 'carer' && covers(spanOf(member), fromDate))
  if (heir === undefined) throw fail('SV_HOUSEHOLD_HEAD', { field })
  const [person] = await activePersons(change.tx, [heir.personRef])
  if (person === undefined || !hasAge(person.birthDate, ADULT_YEARS, change.atMs)) throw fail('SV_HOUSEHOLD_HEAD', { field })
  const asHead = { ...heir, memberId: ids.uuid(), role: 'head' as const, fromDate }
  // Who would become head on the first day of all was head from the beginning.
  return heir.fromDate === fromDate ? [{ ...heir, role: 'head' }] : [cutAt(heir, lastDate), asHead]
}

/** Somebody stops living with the household. @throws AppError SV_HOUSEHOLD_*, SV_HTTP_NOT_FOUND */
export async function removeMember(context: MoveContext, householdId: string, entry: MemberRemove): Promise<Touched> {
  const { change, estateId, today } = context
  const { personRef, lastDate, newHeadRef } = entry
  await householdOf(context, householdId)
  const members = await membersOfHouseholds(change.tx, [householdId])
  const leaving = members.find((member) => member.personRef === personRef && !isEmpty(spanOf(member)) && (member.untilDate === null || member.untilDate >= today))
  if (leaving === undefined) throw fail('SV_HOUSEHOLD_MEMBER', { field: 'personRef' })
  if (!isCivilDate(lastDate)) throw fail('SV_HOUSEHOLD_DATES', { field: 'lastDate', problem: 'no-such-day' })
  if (lastDate < dayBefore(leaving.fromDate)) throw fail('SV_HOUSEHOLD_DATES', { field: 'lastDate', problem: 'before-the-stay', fromDate: leaving.fromDate })
  if (leaving.untilDate !== null && lastDate > leaving.untilDate) throw fail('SV_HOUSEHOLD_DATES', { field: 'lastDate', problem: 'after-the-stay', untilDate: leaving.untilDate })
  const others = members.filter((member) => member.personRef !== personRef)
  const heirs = leaving.role === 'head' ? await succession(context, others, newHeadRef, lastDate) : []
  await saveMembers(change.tx, [cutAt(leaving, lastDate), ...heirs], change.atMs)
  await change.audit({
    action: 'household.member-remove', subject: `household:${householdId}`, estateId, before: { personRef, role: leaving.role },
    after: { lastDate, ...(leaving.role === 'head' ? { newHeadRef: newHeadRef ?? null } : {}) },
  })
  return { householdIds: [householdId], joined: [], leases: [] }
}
