import { fail } from '../errors.js'
import { type CivilDate, covers, dayBefore, isCivilDate } from './civil-date-rules.js'
import { type PlacedLease, leasesOfHouseholds, saveLeases } from './lease-repository.js'
import { cutAt } from './lease-rules.js'
import { type MoveContext, type Touched, householdOf, needFreeLeaseNo, needFreeUnit, unitOf } from './move-common.js'

/** 换房: into a free unit, or two households into each other's. */
export interface Swap {
  /** First day in the other unit. */
  readonly date: CivilDate
  /** Number of the new contract. */
  readonly leaseNo: string
  /** Exactly one of the two. */
  readonly unitId?: string | undefined
  readonly otherHouseholdId?: string | undefined
  /** Number of the other household's new contract. */
  readonly otherLeaseNo?: string | undefined
}

async function leaseOn({ change }: MoveContext, householdId: string, date: CivilDate): Promise<PlacedLease> {
  const lease = (await leasesOfHouseholds(change.tx, [householdId])).find((each) => covers(each, date))
  if (lease === undefined) throw fail('SV_HOUSEHOLD_NO_LEASE', { field: 'date', householdId })
  return lease
}

interface Step {
  readonly lease: PlacedLease
  readonly unitId: string
  readonly leaseNo: string
}

/** Who goes where, from which lease. */
async function stepsOf(context: MoveContext, householdId: string, swap: Swap): Promise<Step[]> {
  const { unitId, otherHouseholdId, otherLeaseNo } = swap
  if ((unitId === undefined) === (otherHouseholdId === undefined)) throw fail('SV_HTTP_VALIDATION', { field: 'unitId', problem: 'or otherHouseholdId, one of them' })
  const own = await leaseOn(context, householdId, swap.date)
  if (unitId !== undefined) {
    if ((await unitOf(context, unitId, 'unitId')).unitId === own.unitId) throw fail('SV_HOUSEHOLD_UNIT', { field: 'unitId' })
    return [{ lease: own, unitId, leaseNo: swap.leaseNo }]
  }
  if (otherLeaseNo === undefined) throw fail('SV_HTTP_VALIDATION', { field: 'otherLeaseNo', problem: 'is missing' })
  if (otherLeaseNo === swap.leaseNo) throw fail('SV_HOUSEHOLD_LEASE_NO_TAKEN', { field: 'otherLeaseNo' })
  const other = await leaseOn(context, (await householdOf(context, otherHouseholdId ?? '')).householdId, swap.date)
  if (other.unitId === own.unitId) throw fail('SV_HOUSEHOLD_UNIT', { field: 'otherHouseholdId' })
  return [{ lease: own, unitId: other.unitId, leaseNo: swap.leaseNo }, { lease: other, unitId: own.unitId, leaseNo: otherLeaseNo }]
}

/** The old leases end on the day before, the new ones run as long as was agreed. @throws AppError SV_HOUSEHOLD_*, SV_HTTP_* */
export async function swapUnits(context: MoveContext, householdId: string, swap: Swap): Promise<Touched> {
  const { change, ids, estateId } = context
  const { tx, atMs } = change
  const { date } = swap
  await householdOf(context, householdId)
  if (!isCivilDate(date)) throw fail('SV_HOUSEHOLD_DATES', { field: 'date', problem: 'no-such-day' })
  const steps = await stepsOf(context, householdId, swap)
  for (const { leaseNo } of steps) await needFreeLeaseNo(context, leaseNo, leaseNo === swap.leaseNo ? 'leaseNo' : 'otherLeaseNo')
  const old = steps.map(({ lease }) => ({ ...cutAt(lease, dayBefore(date)), endCause: 'swapped' as const }))
  await saveLeases(tx, old, atMs)
  const begun = steps.map(({ lease, unitId, leaseNo }) => ({
    leaseId: ids.uuid(), estateId, householdId: lease.householdId, unitId, leaseNo, fromDate: date, untilDate: lease.untilDate,
    agreedUntilDate: lease.untilDate, endCause: null, closedAtMs: null,
  }))
  for (const lease of begun) await needFreeUnit(context, lease.unitId, lease)
  await saveLeases(tx, begun, atMs)
  for (const [index, lease] of begun.entries()) {
    await change.audit({
      action: 'household.swap', subject: `household:${lease.householdId}`, estateId,
      before: { leaseId: old[index]?.leaseId ?? null, unitId: old[index]?.unitId ?? null }, after: { leaseId: lease.leaseId, leaseNo: lease.leaseNo, unitId: lease.unitId, date },
    })
  }
  return {
    householdIds: begun.map((lease) => lease.householdId), joined: [],
    leases: [
      ...old.map(({ leaseId, fromDate, untilDate }) => ({ leaseId, what: untilDate < fromDate ? 'voided' as const : 'ends' as const })),
      ...begun.map(({ leaseId }) => ({ leaseId, what: 'begins' as const })),
    ],
  }
}
