import { type BulkTable, bulkWrite } from '../db/bulk.js'
import { inChunks, keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'
import type { CivilDate } from './civil-date-rules.js'

export type LeaseEnd = 'moved-out' | 'swapped'

export interface LeaseRecord {
  readonly leaseId: string
  readonly estateId: string
  readonly householdId: string
  readonly unitId: string
  readonly leaseNo: string
  readonly fromDate: CivilDate
  /** Last day; the day before `fromDate` where it never took effect. */
  readonly untilDate: CivilDate
  readonly agreedUntilDate: CivilDate
  readonly endCause: LeaseEnd | null
  readonly closedAtMs: number | null
}

/** With what gates need of its unit. */
export interface PlacedLease extends LeaseRecord {
  readonly buildingId: string
  readonly unitLabel: string
}

const LEASES = {
  table: 'Lease', key: ['leaseId'], onConflict: { update: ['fromDate', 'untilDate', 'agreedUntilDate', 'endCause', 'closedAtMs'] },
  columns: ['leaseId', 'estateId', 'householdId', 'unitId', 'leaseNo', 'fromDate', 'untilDate', 'agreedUntilDate', 'endCause', 'closedAtMs', 'createdAtMs'],
} as const satisfies BulkTable<string>

interface LeaseRow extends Omit<LeaseRecord, 'endCause' | 'closedAtMs'> {
  readonly endCause: string | null
  readonly closedAtMs: bigint | null
  readonly unit: { readonly buildingId: string; readonly label: string }
}

const include = { unit: { select: { buildingId: true, label: true } } } as const
const oldestFirst = [{ fromDate: 'asc' }, { leaseId: 'asc' }] as const

const recordOf = ({ unit, ...row }: LeaseRow): PlacedLease => ({
  leaseId: row.leaseId, estateId: row.estateId, householdId: row.householdId, unitId: row.unitId, leaseNo: row.leaseNo,
  fromDate: row.fromDate, untilDate: row.untilDate, agreedUntilDate: row.agreedUntilDate,
  endCause: row.endCause as LeaseEnd | null, closedAtMs: row.closedAtMs === null ? null : Number(row.closedAtMs),
  buildingId: unit.buildingId, unitLabel: unit.label,
})

export const leasesOfEstate = async (tx: Tx, estateId: string): Promise<PlacedLease[]> =>
  (await tx.lease.findMany({ where: { estateId }, include, orderBy: [...oldestFirst] })).map(recordOf)

/** Of these households, oldest first. */
export async function leasesOfHouseholds(tx: Tx, householdIds: readonly string[]): Promise<PlacedLease[]> {
  const rows: LeaseRow[] = []
  for (const some of keysInChunks(householdIds)) {
    rows.push(...await tx.lease.findMany({ where: { householdId: { in: [...some] } }, include, orderBy: [...oldestFirst] }))
  }
  return rows.map(recordOf)
}

export const leasesOfUnit = async (tx: Tx, unitId: string): Promise<PlacedLease[]> =>
  (await tx.lease.findMany({ where: { unitId }, include, orderBy: [...oldestFirst] })).map(recordOf)

export const findByNo = async (tx: Tx, estateId: string, leaseNo: string): Promise<boolean> =>
  (await tx.lease.findUnique({ where: { estateId_leaseNo: { estateId, leaseNo } }, select: { leaseId: true } })) !== null

/** Leases of the estate that have a day in the span, by unit and first day. */
export const leasesBetween = async (tx: Tx, estateId: string, fromDate: CivilDate, untilDate: CivilDate): Promise<PlacedLease[]> =>
  (await tx.lease.findMany({
    where: { estateId, fromDate: { lte: untilDate }, untilDate: { gte: fromDate } }, include, orderBy: [{ unitId: 'asc' }, ...oldestFirst],
  })).map(recordOf).filter((lease) => lease.untilDate >= lease.fromDate)

/** Up to `limit` leases that were over before `today` and whose end was not carried out, the earliest first. */
export const leasesToClose = async (tx: Tx, today: CivilDate, limit: number): Promise<PlacedLease[]> =>
  (await tx.lease.findMany({
    where: { closedAtMs: null, untilDate: { lt: today } }, include, orderBy: [{ untilDate: 'asc' }, { leaseId: 'asc' }], take: limit,
  })).map(recordOf)

/** Adds leases, or sets dates and end of those that are there; unit and household never change. */
export async function saveLeases(tx: Tx, leases: readonly LeaseRecord[], createdAtMs: number): Promise<void> {
  for (const some of inChunks(leases)) await bulkWrite(tx, LEASES, some.map((each) => ({ ...each, createdAtMs })), ['leaseId'])
}
