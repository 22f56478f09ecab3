import { fail } from '../errors.js'
import { type CivilDate, dayBefore, isCivilDate, isEmpty } from './civil-date-rules.js'
import { membersOfHouseholds, saveMembers } from './household-repository.js'
import { leasesOfHouseholds, saveLeases } from './lease-repository.js'
import { cutAt } from './lease-rules.js'
import { type MoveContext, type Touched, householdOf } from './move-common.js'

/**
 * The household leaves: its leases end with that day, those to come never take effect, and so do the stays of its
 * members. A day before today ends passes and consents at once.
 * @throws AppError SV_HTTP_NOT_FOUND, SV_HOUSEHOLD_DATES, SV_HOUSEHOLD_NO_LEASE
 */
export async function moveOut(context: MoveContext, householdId: string, lastDate: CivilDate): Promise<Touched> {
  const { change, estateId } = context
  const { tx, atMs } = change
  await householdOf(context, householdId)
  if (!isCivilDate(lastDate)) throw fail('SV_HOUSEHOLD_DATES', { field: 'lastDate', problem: 'no-such-day' })
  const leases = (await leasesOfHouseholds(tx, [householdId])).filter((lease) => !isEmpty(lease))
  const running = leases.filter((lease) => lease.closedAtMs === null && lease.untilDate > lastDate)
  const [first] = running
  if (first === undefined) throw fail('SV_HOUSEHOLD_NO_LEASE', { field: 'lastDate' })
  const closed = leases.some((lease) => lease.closedAtMs !== null && lease.untilDate > lastDate)
  if (closed || lastDate < dayBefore(first.fromDate)) throw fail('SV_HOUSEHOLD_DATES', { field: 'lastDate', problem: 'before-the-lease', fromDate: first.fromDate })
  const ended = running.map((lease) => ({ ...cutAt(lease, lastDate), endCause: 'moved-out' as const }))
  await saveLeases(tx, ended, atMs)
  const staying = (await membersOfHouseholds(tx, [householdId])).filter((member) => member.untilDate === null || member.untilDate > lastDate)
  await saveMembers(tx, staying.map((member) => cutAt(member, lastDate)), atMs)
  await change.audit({
    action: 'household.move-out', subject: `household:${householdId}`, estateId,
    before: { leaseIds: ended.map((lease) => lease.leaseId) }, after: { lastDate, personRefs: staying.map((member) => member.personRef) },
  })
  return { householdIds: [householdId], joined: [], leases: ended.map((lease) => ({ leaseId: lease.leaseId, what: isEmpty(lease) ? 'voided' : 'ends' })) }
}
