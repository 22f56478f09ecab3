import type { GateV2 } from '#contract/sync-roster.js'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import type { Tx } from '../db/transaction.js'

/** A gate as gateways are told of it. */
export type GateRecord = Omit<GateV2, 'kind'>

interface GateRow {
  readonly gateId: string
  readonly name: string
  readonly zoneId: string
  readonly controllerId: string
  readonly doorNo: number
  readonly releaseMs: number
  readonly faceFreeWays: string
  readonly rules: string | null
  readonly devices: ReadonlyArray<{ readonly deviceId: string; readonly direction: string }>
}

const recordOf = (row: GateRow): GateRecord => ({
  gateId: row.gateId, name: row.name, zoneId: row.zoneId,
  devices: row.devices.map(({ deviceId, direction }) => ({ deviceId, direction: direction as GateRecord['devices'][number]['direction'] })),
  controllerId: row.controllerId, doorNo: row.doorNo, releaseMs: row.releaseMs,
  faceFreeWays: JSON.parse(row.faceFreeWays) as GateRecord['faceFreeWays'],
  rules: row.rules === null ? NO_GATE_RULES : JSON.parse(row.rules) as GateRecord['rules'],
})

const include = { devices: { orderBy: { deviceId: 'asc' } } } as const

/** The gate, unless it was removed. */
export async function findActive(tx: Tx, estateId: string, gateId: string): Promise<GateRecord | null> {
  const row = await tx.gate.findFirst({ where: { estateId, gateId, removedAtMs: null }, include })
  return row === null ? null : recordOf(row)
}

/** Gates of the estate that were not removed, by id. */
export const listActive = async (tx: Tx, estateId: string): Promise<GateRecord[]> =>
  (await tx.gate.findMany({ where: { estateId, removedAtMs: null }, include, orderBy: { gateId: 'asc' } })).map(recordOf)

/** Writes the gate and its devices; one that was removed is there again. */
export async function save(tx: Tx, estateId: string, gate: GateRecord): Promise<void> {
  const { gateId, devices, faceFreeWays, rules, ...plain } = gate
  const data = { ...plain, faceFreeWays: JSON.stringify(faceFreeWays), rules: JSON.stringify(rules), removedAtMs: null }
  await tx.gate.upsert({ where: { estateId_gateId: { estateId, gateId } }, create: { estateId, gateId, ...data }, update: data })
  await tx.gateDevice.deleteMany({ where: { estateId, gateId } })
  await tx.gateDevice.createMany({ data: devices.map(({ deviceId, direction }) => ({ estateId, deviceId, gateId, direction })) })
}

/** The row stays for the log's sake; its devices and door are free for another gate. */
export async function remove(tx: Tx, estateId: string, gateId: string, atMs: number): Promise<void> {
  await tx.gateDevice.deleteMany({ where: { estateId, gateId } })
  await tx.gate.update({ where: { estateId_gateId: { estateId, gateId } }, data: { removedAtMs: BigInt(atMs) } })
}
