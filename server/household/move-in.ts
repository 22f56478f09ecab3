import { fail } from '../errors.js'
import type { CivilDate } from './civil-date-rules.js'
import { addHouseholds, findByNo, saveMembers } from './household-repository.js'
import { saveLeases } from './lease-repository.js'
import { type MemberEntry, type MoveContext, type Touched, enterMembers, needFreeLeaseNo, needFreeUnit, needSpan, unitOf } from './move-common.js'

export interface MoveIn {
  readonly unitId: string
  /** The lease's number where the estate has none of its own for households. */
  readonly householdNo?: string | undefined
  readonly leaseNo: string
  readonly fromDate: CivilDate
  readonly untilDate: CivilDate
  readonly members: readonly MemberEntry[]
}

/** A new household with its lease and members. @throws AppError SV_HOUSEHOLD_*, SV_PERSON_*, SV_HTTP_VALIDATION */
export async function moveIn(context: MoveContext, entry: MoveIn): Promise<Touched> {
  const { change, ids, estateId } = context
  const { tx, atMs } = change
  const { unitId, leaseNo, fromDate, untilDate, householdNo = leaseNo } = entry
  needSpan({ fromDate, untilDate })
  if (entry.members.filter((member) => member.role === 'head').length !== 1) throw fail('SV_HOUSEHOLD_HEAD', { field: 'members' })
  await unitOf(context, unitId, 'unitId')
  await needFreeUnit(context, unitId, { fromDate, untilDate })
  await needFreeLeaseNo(context, leaseNo)
  if ((await findByNo(tx, estateId, householdNo)) !== null) throw fail('SV_HOUSEHOLD_NO_TAKEN', { field: 'householdNo' })
  const members = await enterMembers(context, entry.members, { fromDate, untilDate: null })
  const [householdId, leaseId] = [ids.uuid(), ids.uuid()]
  await addHouseholds(tx, [{ householdId, estateId, householdNo }], atMs)
  await saveLeases(tx, [{ leaseId, estateId, householdId, unitId, leaseNo, fromDate, untilDate, agreedUntilDate: untilDate, endCause: null, closedAtMs: null }], atMs)
  await saveMembers(tx, members.map(({ personRef, role }) =>
    ({ memberId: ids.uuid(), estateId, householdId, personRef, role, fromDate, untilDate: null, closedAtMs: null })), atMs)
  await change.audit({
    action: 'household.move-in', subject: `household:${householdId}`, estateId,
    after: { householdNo, leaseId, leaseNo, unitId, fromDate, untilDate, personRefs: members.map((member) => member.personRef) },
  })
  return { householdIds: [householdId], joined: members.map((member) => member.personRef), leases: [{ leaseId, what: 'begins' }] }
}
