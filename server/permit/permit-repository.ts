import type { Tx } from '../db/transaction.js'

export interface PermitRecord {
  readonly permitId: string
  readonly estateId: string
  readonly personRef: string
  readonly gateIds: readonly string[]
  readonly validFromMs: number
  readonly validUntilMs: number
  readonly endedAtMs: number | null
}

interface PermitRow {
  readonly permitId: string
  readonly estateId: string
  readonly personRef: string
  readonly validFromMs: bigint
  readonly validUntilMs: bigint
  readonly endedAtMs: bigint | null
  readonly gates: ReadonlyArray<{ readonly gateId: string }>
}

const recordOf = (row: PermitRow): PermitRecord => ({
  permitId: row.permitId, estateId: row.estateId, personRef: row.personRef,
  gateIds: row.gates.map((gate) => gate.gateId).sort(),
  validFromMs: Number(row.validFromMs), validUntilMs: Number(row.validUntilMs),
  endedAtMs: row.endedAtMs === null ? null : Number(row.endedAtMs),
})

const include = { gates: true } as const

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
  const { permitId, estateId, personRef, gateIds } = permit
  const times = { validFromMs: BigInt(permit.validFromMs), validUntilMs: BigInt(permit.validUntilMs) }
  await tx.permit.create({ data: { permitId, estateId, personRef, ...times } })
  await tx.permitGate.createMany({ data: gateIds.map((gateId) => ({ permitId, estateId, gateId })) })
}

export const end = async (tx: Tx, permitId: string, atMs: number): Promise<void> =>
  void (await tx.permit.update({ where: { permitId }, data: { endedAtMs: BigInt(atMs) } }))

export const removeGate = async (tx: Tx, permitId: string, gateId: string): Promise<void> =>
  void (await tx.permitGate.delete({ where: { permitId_gateId: { permitId, gateId } } }))
