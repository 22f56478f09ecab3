import type { RegisterKind } from '#contract/device-records.js'
import type { ParameterValues } from '#contract/device-care-messages.js'
import type { EstateScope } from '../auth/roles.js'
import { bulkWrite } from '../db/bulk.js'
import type { Tx } from '../db/transaction.js'
import type { Origin } from '../sync/record-place.js'
import { type DeviceRecord, type DeviceRegisters, contentOf, heardAtMs } from './device-rules.js'

const within = (scope: EstateScope): { estateId?: { in: string[] } } => (scope === 'all' ? {} : { estateId: { in: [...scope] } })
export const deviceKey = (estateId: string, deviceId: string): string => `${estateId}/${deviceId}`

/** Registers of the estate's devices among `deviceIds`; one of which nothing is known is not in it. */
export async function registersOf(tx: Tx, estateId: string, deviceIds: readonly string[]): Promise<Map<string, DeviceRegisters>> {
  const rows = await tx.deviceRecord.findMany({ where: { estateId, deviceId: { in: [...deviceIds] } }, select: { deviceId: true, registers: true } })
  return new Map(rows.map((row) => [row.deviceId, JSON.parse(row.registers) as DeviceRegisters]))
}

const RECORDS = {
  table: 'DeviceRecord', key: ['estateId', 'deviceId'], columns: ['estateId', 'deviceId', 'updatedAtMs', 'registers'], onConflict: { update: ['updatedAtMs', 'registers'] },
} as const
export async function saveRegisters(tx: Tx, estateId: string, devices: ReadonlyMap<string, DeviceRegisters>): Promise<void> {
  const rows = [...devices].map(([deviceId, registers]) => ({ estateId, deviceId, updatedAtMs: heardAtMs(registers) ?? 0, registers: JSON.stringify(registers) }))
  await bulkWrite(tx, RECORDS, rows, ['deviceId'])
}

const HISTORY = {
  table: 'DeviceHistory', key: ['gatewayId', 'epoch', 'seq'], onConflict: 'ignore',
  columns: ['gatewayId', 'epoch', 'seq', 'estateId', 'deviceId', 'kind', 'content', 'occurredAtMs'],
} as const
export async function insertHistory(tx: Tx, { estateId }: Origin, records: readonly DeviceRecord[]): Promise<void> {
  const rows = records.map(({ place, body }) =>
    ({ ...place, estateId, deviceId: body.deviceId, kind: body.kind, content: JSON.stringify(contentOf<typeof body.kind>(body)), occurredAtMs: body.occurredAtMs }))
  await bulkWrite(tx, HISTORY, rows, ['seq'])
}

export interface HistoryRow {
  readonly gatewayId: string
  readonly epoch: number
  readonly seq: number
  readonly kind: string
  readonly content: Record<string, unknown>
  readonly occurredAtMs: number
}

export type HistoryPlace = Pick<HistoryRow, 'occurredAtMs' | 'gatewayId' | 'epoch' | 'seq'>

function olderThan({ occurredAtMs, gatewayId, epoch, seq }: HistoryPlace) {
  const older = [
    { occurredAtMs: { lt: BigInt(occurredAtMs) } }, { gatewayId: { lt: gatewayId } }, { gatewayId, epoch: { lt: epoch } }, { gatewayId, epoch, seq: { lt: BigInt(seq) } },
  ]
  return { occurredAtMs: { lte: BigInt(occurredAtMs) }, OR: older }
}

/** Records of a device, newest first. */
export async function historyOf(tx: Tx, estateId: string, deviceId: string, kinds: readonly string[], before: HistoryPlace | undefined, limit: number): Promise<HistoryRow[]> {
  const rows = await tx.deviceHistory.findMany({
    where: { estateId, deviceId, kind: { in: [...kinds] }, ...(before === undefined ? {} : olderThan(before)) },
    orderBy: [{ occurredAtMs: 'desc' }, { gatewayId: 'desc' }, { epoch: 'desc' }, { seq: 'desc' }], take: limit,
  })
  return rows.map(({ gatewayId, epoch, seq, kind, content, occurredAtMs }) =>
    ({ gatewayId, epoch, seq: Number(seq), kind, content: JSON.parse(content) as Record<string, unknown>, occurredAtMs: Number(occurredAtMs) }))
}

/** Forgets some of one kind's history before a time; says how many. The records themselves stay in the log. */
export async function forgetHistory(tx: Tx, kind: string, beforeMs: number, limit: number): Promise<number> {
  return tx.$executeRawUnsafe(
    `DELETE FROM "DeviceHistory" WHERE ("gatewayId", "epoch", "seq") IN
     (SELECT "gatewayId", "epoch", "seq" FROM "DeviceHistory" WHERE "kind" = ? AND "occurredAtMs" < ? LIMIT ?)`, kind, beforeMs, limit,
  )
}

export interface SettingsRow {
  readonly parameterSetId: string
  readonly values: ParameterValues
  readonly setAtMs: number
}

export interface DeviceRow {
  readonly estateId: string
  readonly deviceId: string
  readonly registers: DeviceRegisters
}

export const registersWithin = async (tx: Tx, scope: EstateScope): Promise<DeviceRow[]> =>
  (await tx.deviceRecord.findMany({ where: within(scope) })).map(({ estateId, deviceId, registers }) =>
    ({ estateId, deviceId, registers: JSON.parse(registers) as DeviceRegisters }))

export interface GateOfDevice {
  readonly estateId: string
  readonly deviceId: string
  readonly gateName: string
  readonly kind: RegisterKind | null
}

/** Devices that gates are told to have, with the gate's name; what kind those at the gate are is not said. */
export async function devicesOfGates(tx: Tx, scope: EstateScope): Promise<GateOfDevice[]> {
  const gates = await tx.gate.findMany({
    where: { ...within(scope), removedAtMs: null }, orderBy: [{ estateId: 'asc' }, { gateId: 'asc' }],
    select: { estateId: true, name: true, controllerId: true, devices: { select: { deviceId: true } } },
  })
  return gates.flatMap(({ estateId, name, controllerId, devices }) => [
    { estateId, deviceId: controllerId, gateName: name, kind: 'controller' as const }, ...devices.map(({ deviceId }) => ({ estateId, deviceId, gateName: name, kind: null })),
  ])
}

export async function settingsWithin(tx: Tx, scope: EstateScope): Promise<Map<string, SettingsRow>> {
  const rows = await tx.deviceSettings.findMany({ where: within(scope) })
  return new Map(rows.map((row) => [deviceKey(row.estateId, row.deviceId), {
    parameterSetId: row.parameterSetId, values: JSON.parse(row.values) as ParameterValues, setAtMs: Number(row.setAtMs),
  }]))
}

export async function saveSettings(tx: Tx, estateId: string, deviceId: string, settings: SettingsRow & { setBy: string }): Promise<void> {
  const data = { parameterSetId: settings.parameterSetId, values: JSON.stringify(settings.values), setBy: settings.setBy, setAtMs: BigInt(settings.setAtMs) }
  await tx.deviceSettings.upsert({ where: { estateId_deviceId: { estateId, deviceId } }, create: { estateId, deviceId, ...data }, update: data })
}

/** True where there were any. */
export const dropSettings = async (tx: Tx, estateId: string, deviceId: string): Promise<boolean> =>
  (await tx.deviceSettings.deleteMany({ where: { estateId, deviceId } })).count > 0
