import type { PermitV2 } from '#contract/sync-roster.js'
import type { Tx } from '../db/transaction.js'

export interface PermitRecord {
  readonly permitId: string
  readonly estateId: string
  readonly personRef: string
  readonly role: PermitV2['role']
  readonly gateIds: readonly string[]
  /** Times of the week; null is always. */
  readonly scheduleId: string | null
  readonly validFromMs: number
  readonly validUntilMs: number
  readonly endedAtMs: number | null
}

interface PermitRow {
  readonly permitId: string
  readonly estateId: string
  readonly personRef: string
  readonly role: string
  readonly scheduleId: string | null
  readonly validFromMs: bigint
  readonly validUntilMs: bigint
  readonly endedAtMs: bigint | null
  readonly gates: ReadonlyArray<{ readonly gateId: string }>
}

/** The row as the permit that it is. */
export const recordOf = (row: PermitRow): PermitRecord => ({
  permitId: row.permitId, estateId: row.estateId, personRef: row.personRef, role: row.role as PermitRecord['role'],
  gateIds: row.gates.map((gate) => gate.gateId).sort(), scheduleId: row.scheduleId,
  validFromMs: Number(row.validFromMs), validUntilMs: Number(row.validUntilMs),
  endedAtMs: row.endedAtMs === null ? null : Number(row.endedAtMs),
})

export const include = { gates: true } as const

export async function find(tx: Tx, permitId: string): Promise<PermitRecord | null> {
  const row = await tx.permit.findUnique({ where: { permitId }, include })
  return row === null ? null : recordOf(row)
}

/** All of a person's permits, newest first. */
export const listOfPerson = async (tx: Tx, personRef: string): Promise<PermitRecord[]> =>
  (await tx.permit.findMany({ where: { personRef }, include, orderBy: { permitId: 'desc' } })).map(recordOf)

export const openOfPerson = async (tx: Tx, personRef: string): Promise<PermitRecord[]> =>
  (await tx.permit.findMany({ where: { personRef, endedAtMs: null }, include, orderBy: { permitId: 'asc' } })).map(recordOf)

export const openAtGate = async (tx: Tx, estateId: string, gateId: string): Promise<PermitRecord[]> =>
  (await tx.permit.findMany({ where: { estateId, endedAtMs: null, gates: { some: { gateId } } }, include, orderBy: { permitId: 'asc' } })).map(recordOf)

/** Open permits whose time was over at `atMs`, the earliest first. */
export const expired = async (tx: Tx, atMs: number, limit: number): Promise<PermitRecord[]> =>
  (await tx.permit.findMany({
    where: { endedAtMs: null, validUntilMs: { lte: BigInt(atMs) } }, include, orderBy: [{ validUntilMs: 'asc' }, { permitId: 'asc' }], take: limit,
  })).map(recordOf)

export async function insert(tx: Tx, permit: PermitRecord): Promise<void> {
  const { permitId, estateId, personRef, role, scheduleId, gateIds } = permit
  const times = { validFromMs: BigInt(permit.validFromMs), validUntilMs: BigInt(permit.validUntilMs) }
  await tx.permit.create({ data: { permitId, estateId, personRef, role, scheduleId, ...times } })
  await tx.permitGate.createMany({ data: gateIds.map((gateId) => ({ permitId, estateId, gateId })) })
}

export const end = async (tx: Tx, permitId: string, atMs: number): Promise<void> =>
  void (await tx.permit.update({ where: { permitId }, data: { endedAtMs: BigInt(atMs) } }))

export const removeGate = async (tx: Tx, permitId: string, gateId: string): Promise<void> =>
  void (await tx.permitGate.delete({ where: { permitId_gateId: { permitId, gateId } } }))

export async function countBySchedule(tx: Tx, estateId: string): Promise<Map<string, number>> {
  const rows = await tx.permit.groupBy({ by: ['scheduleId'], where: { estateId, endedAtMs: null, scheduleId: { not: null } }, _count: true })
  return new Map(rows.map((row) => [row.scheduleId ?? '', row._count]))
}
