import { localMoment } from '#kernel/schedule.js'
import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'

export const VISIT_PURPOSES = ['visit', 'carer', 'delivery', 'maintenance'] as const
export type VisitPurpose = (typeof VISIT_PURPOSES)[number]
export type VisitEnd = 'ended' | 'expired' | 'host-removed' | 'moved-out' | 'gate-removed'

export interface VisitRecord {
  readonly visitId: string
  readonly estateId: string
  /** Null once it was erased, and for visits that a desk agreed. */
  readonly displayName: string | null
  readonly purpose: VisitPurpose
  readonly hostPersonRef: string | null
  readonly gateIds: readonly string[]
  readonly validFromMs: number
  readonly validUntilMs: number
  readonly scheduleId: string | null
  /** Passages inwards in all; null is any number. */
  readonly passagesMax: number | null
  readonly origin: 'server' | 'desk'
  readonly createdBy: string
  readonly createdAtMs: number
  readonly endedAtMs: number | null
  readonly endCause: VisitEnd | null
}

interface VisitRow extends Omit<VisitRecord, 'purpose' | 'gateIds' | 'validFromMs' | 'validUntilMs' | 'origin' | 'createdAtMs' | 'endedAtMs' | 'endCause'> {
  readonly purpose: string
  readonly gateIds: string
  readonly validFromMs: bigint
  readonly validUntilMs: bigint
  readonly origin: string
  readonly createdAtMs: bigint
  readonly endedAtMs: bigint | null
  readonly endCause: string | null
}

const recordOf = (row: VisitRow): VisitRecord => ({
  ...row, purpose: row.purpose as VisitPurpose, gateIds: JSON.parse(row.gateIds) as string[], origin: row.origin as VisitRecord['origin'],
  validFromMs: Number(row.validFromMs), validUntilMs: Number(row.validUntilMs), createdAtMs: Number(row.createdAtMs),
  endedAtMs: row.endedAtMs === null ? null : Number(row.endedAtMs), endCause: row.endCause as VisitRecord['endCause'],
})

const rowOf = (visit: VisitRecord): VisitRow => ({
  ...visit, gateIds: JSON.stringify(visit.gateIds), validFromMs: BigInt(visit.validFromMs), validUntilMs: BigInt(visit.validUntilMs),
  createdAtMs: BigInt(visit.createdAtMs), endedAtMs: visit.endedAtMs === null ? null : BigInt(visit.endedAtMs),
})

export async function find(tx: Tx, visitId: string): Promise<VisitRecord | null> {
  const row = await tx.visit.findUnique({ where: { visitId } })
  return row === null ? null : recordOf(row)
}

export const insert = async (tx: Tx, visit: VisitRecord): Promise<void> => void (await tx.visit.create({ data: rowOf(visit) }))

export const end = async (tx: Tx, visitId: string, cause: VisitEnd, atMs: number): Promise<void> =>
  void (await tx.visit.update({ where: { visitId }, data: { endedAtMs: BigInt(atMs), endCause: cause } }))

export const setGates = async (tx: Tx, visitId: string, gateIds: readonly string[]): Promise<void> =>
  void (await tx.visit.update({ where: { visitId }, data: { gateIds: JSON.stringify(gateIds) } }))

export interface VisitFilter {
  readonly scope: EstateScope
  readonly state: 'open' | 'ended' | 'all'
  readonly hostPersonRef: string | undefined
  /** Where the page before ended. */
  readonly after: { readonly createdAtMs: number; readonly visitId: string } | undefined
}

/** Newest first. */
export async function list(tx: Tx, { scope, state, hostPersonRef, after }: VisitFilter, limit: number): Promise<VisitRecord[]> {
  const createdAtMs = after === undefined ? undefined : BigInt(after.createdAtMs)
  const rows = await tx.visit.findMany({
    where: {
      AND: [
        scope === 'all' ? {} : { estateId: { in: [...scope] } },
        state === 'all' ? {} : { endedAtMs: state === 'open' ? null : { not: null } },
        hostPersonRef === undefined ? {} : { hostPersonRef },
        after === undefined || createdAtMs === undefined ? {} : { OR: [{ createdAtMs: { lt: createdAtMs } }, { createdAtMs, visitId: { lt: after.visitId } }] },
      ],
    },
    orderBy: [{ createdAtMs: 'desc' }, { visitId: 'desc' }],
    take: limit,
  })
  return rows.map(recordOf)
}

/** Visits of the estate that were not ended. */
export const openOfEstate = async (tx: Tx, estateId: string): Promise<VisitRecord[]> =>
  (await tx.visit.findMany({ where: { estateId, endedAtMs: null }, orderBy: { visitId: 'asc' } })).map(recordOf)

/** Visits to these hosts that were not ended. */
export const openOfHosts = async (tx: Tx, hostRefs: readonly string[]): Promise<VisitRecord[]> =>
  (await tx.visit.findMany({ where: { hostPersonRef: { in: [...hostRefs] }, endedAtMs: null }, orderBy: { visitId: 'asc' } })).map(recordOf)

/** Open visits whose time was over at `atMs`, the earliest first. */
export const expired = async (tx: Tx, atMs: number, limit: number): Promise<VisitRecord[]> =>
  (await tx.visit.findMany({
    where: { endedAtMs: null, validUntilMs: { lte: BigInt(atMs) } }, orderBy: [{ validUntilMs: 'asc' }, { visitId: 'asc' }], take: limit,
  })).map(recordOf)

/** Erases the names of visits that ended before `beforeMs`. @returns how many */
export const eraseNames = async (tx: Tx, beforeMs: number): Promise<number> =>
  (await tx.visit.updateMany({ where: { endedAtMs: { lt: BigInt(beforeMs) }, displayName: { not: null } }, data: { displayName: null } })).count

export async function countBySchedule(tx: Tx, estateId: string): Promise<Map<string, number>> {
  const rows = await tx.visit.groupBy({ by: ['scheduleId'], where: { estateId, endedAtMs: null, scheduleId: { not: null } }, _count: true })
  return new Map(rows.map((row) => [row.scheduleId ?? '', row._count]))
}

export interface VisitName {
  readonly estateId: string
  readonly displayName: string
}

/** Names of these visits, as far as they were not erased. */
export async function names(tx: Tx, visitIds: readonly string[]): Promise<Map<string, VisitName>> {
  const where = { visitId: { in: [...visitIds] }, displayName: { not: null } }
  const rows = visitIds.length === 0 ? [] : await tx.visit.findMany({ where, select: { visitId: true, estateId: true, displayName: true } })
  return new Map(rows.map(({ visitId, estateId, displayName }) => [visitId, { estateId, displayName: displayName ?? '' }]))
}

/** Everybody of the households that the person lives in on that day; the person alone where there is none. */
export async function householdOf(tx: Tx, personRef: string, atMs: number): Promise<string[]> {
  const { date } = localMoment(atMs)
  const now = { fromDate: { lte: date }, OR: [{ untilDate: null }, { untilDate: { gte: date } }] }
  const own = await tx.householdMember.findMany({ where: { personRef, ...now }, select: { householdId: true } })
  const all = await tx.householdMember.findMany({ where: { householdId: { in: own.map((row) => row.householdId) }, ...now }, select: { personRef: true } })
  return [...new Set([personRef, ...all.map((row) => row.personRef)])]
}
