import type { Tx } from '../db/transaction.js'
import { type CivilDate, common } from './civil-date-rules.js'
import { leasesBetween } from './lease-repository.js'
import { unitsById } from './unit-repository.js'

/** What other features ask of the leases. */

/** The days of a lease that lie in a span, and what is let. */
export interface CoveringLease {
  readonly leaseId: string
  readonly leaseNo: string
  readonly householdId: string
  readonly unitId: string
  readonly buildingId: string
  readonly unitLabel: string
  /** In 0.01 m². */
  readonly areaCentiM2: number
  /** First and last day of the lease within the span; both belong to it. */
  readonly fromDate: CivilDate
  readonly untilDate: CivilDate
}

/**
 * Leases of the estate that cover a day of the span (YYYY-MM-DD, Asia/Shanghai, both days belong to it), by unit and
 * first day. For one unit they never share a day, so that a day is never charged to two households.
 */
export async function leasesCovering(tx: Tx, estateId: string, fromDate: CivilDate, untilDate: CivilDate): Promise<CoveringLease[]> {
  const leases = await leasesBetween(tx, estateId, fromDate, untilDate)
  const areas = new Map((await unitsById(tx, leases.map((lease) => lease.unitId))).map((unit) => [unit.unitId, unit.areaCentiM2]))
  return leases.map((lease) => ({
    leaseId: lease.leaseId, leaseNo: lease.leaseNo, householdId: lease.householdId, unitId: lease.unitId,
    buildingId: lease.buildingId, unitLabel: lease.unitLabel, areaCentiM2: areas.get(lease.unitId) ?? 0, ...common(lease, { fromDate, untilDate }),
  }))
}
