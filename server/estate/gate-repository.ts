import type { GateV1 } from '#contract/sync-roster.js'
import type { Tx } from '../db/transaction.js'

/** A gate as gateways are told of it. */
export type GateRecord = Omit<GateV1, 'kind'>

interface GateRow {
  readonly gateId: string
  readonly name: string
  readonly controllerId: string
  readonly doorNo: number
  readonly releaseMs: number
  readonly faceFreeWays: string
  readonly cameras: ReadonlyArray<{ readonly cameraId: string }>
}

const recordOf = (row: GateRow): GateRecord => ({
  gateId: row.gateId, name: row.name, controllerId: row.controllerId, doorNo: row.doorNo, releaseMs: row.releaseMs,
  faceFreeWays: JSON.parse(row.faceFreeWays) as GateRecord['faceFreeWays'],
  cameraIds: row.cameras.map((camera) => camera.cameraId).sort(),
})

const include = { cameras: true } as const

/** The gate, unless it was removed. */
export async function findActive(tx: Tx, estateId: string, gateId: string): Promise<GateRecord | null> {
  const row = await tx.gate.findFirst({ where: { estateId, gateId, removedAtMs: null }, include })
  return row === null ? null : recordOf(row)
}

/** Gates of the estate that were not removed, by id. */
export const listActive = async (tx: Tx, estateId: string): Promise<GateRecord[]> =>
  (await tx.gate.findMany({ where: { estateId, removedAtMs: null }, include, orderBy: { gateId: 'asc' } })).map(recordOf)

/** Writes the gate and its cameras; one that was removed is there again. */
export async function save(tx: Tx, estateId: string, gate: GateRecord): Promise<void> {
  const { gateId, cameraIds, faceFreeWays, ...plain } = gate
  const data = { ...plain, faceFreeWays: JSON.stringify(faceFreeWays), removedAtMs: null }
  await tx.gate.upsert({ where: { estateId_gateId: { estateId, gateId } }, create: { estateId, gateId, ...data }, update: data })
  await tx.gateCamera.deleteMany({ where: { estateId, gateId } })
  await tx.gateCamera.createMany({ data: cameraIds.map((cameraId) => ({ estateId, cameraId, gateId })) })
}

/** The row stays for the log's sake; its cameras and door are free for another gate. */
export async function remove(tx: Tx, estateId: string, gateId: string, atMs: number): Promise<void> {
  await tx.gateCamera.deleteMany({ where: { estateId, gateId } })
  await tx.gate.update({ where: { estateId_gateId: { estateId, gateId } }, data: { removedAtMs: BigInt(atMs) } })
}
