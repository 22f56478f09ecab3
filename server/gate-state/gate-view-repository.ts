import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { type Place, isAfter } from '../sync/record-place.js'
import type { DeviceSigns, GateRegisters } from './gate-state-rules.js'

const within = (scope: EstateScope): { estateId?: { in: string[] } } => (scope === 'all' ? {} : { estateId: { in: [...scope] } })
export const gateKey = (estateId: string, gateId: string): string => `${estateId}/${gateId}`

export interface GateRow {
  readonly estateId: string
  readonly gateId: string
  readonly name: string
  readonly controllerId: string
}

/** Gates that were not removed, by estate and id. */
export const gatesWithin = (tx: Tx, scope: EstateScope): Promise<GateRow[]> => tx.gate.findMany({
  where: { ...within(scope), removedAtMs: null }, select: { estateId: true, gateId: true, name: true, controllerId: true },
  orderBy: [{ estateId: 'asc' }, { gateId: 'asc' }],
})

export async function registersWithin(tx: Tx, scope: EstateScope): Promise<Map<string, GateRegisters>> {
  const rows = await tx.gateState.findMany({ where: within(scope), select: { estateId: true, gateId: true, registers: true } })
  return new Map(rows.map((row) => [gateKey(row.estateId, row.gateId), JSON.parse(row.registers) as GateRegisters]))
}

/** The latest start of each gateway's process, by gateway. */
async function latestStarts(tx: Tx, gatewayIds: readonly string[]): Promise<Map<string, Place>> {
  const rows = await tx.gatewayEpoch.findMany({
    where: { gatewayId: { in: [...gatewayIds] }, lastStartSeq: { gt: 0 } }, select: { gatewayId: true, epoch: true, lastStartSeq: true },
    orderBy: { epoch: 'asc' },
  })
  return new Map(rows.map(({ gatewayId, epoch, lastStartSeq }) => [gatewayId, { gatewayId, epoch, seq: Number(lastStartSeq) }]))
}

/** What was heard last of the devices of a kind, or of all, by estate and device. */
export async function deviceSigns(tx: Tx, scope: EstateScope, deviceKind?: string): Promise<Map<string, DeviceSigns>> {
  const devices = await tx.deviceState.findMany({ where: { ...within(scope), ...(deviceKind === undefined ? {} : { deviceKind }) } })
  const gatewayIds = [...new Set(devices.map((device) => device.gatewayId))]
  const gateways = await tx.gateway.findMany({ where: { gatewayId: { in: gatewayIds } }, select: { gatewayId: true, lastContactAtMs: true } })
  const contacts = new Map(gateways.map((row) => [row.gatewayId, row.lastContactAtMs === null ? null : Number(row.lastContactAtMs)]))
  const starts = await latestStarts(tx, gatewayIds)
  return new Map(devices.map((device) => {
    const start = starts.get(device.gatewayId)
    const said = { gatewayId: device.gatewayId, epoch: device.epoch, seq: Number(device.seq) }
    return [gateKey(device.estateId, device.deviceId), {
      status: device.status as DeviceSigns['status'], restartedSince: start !== undefined && isAfter(start, said),
      gatewayContactAtMs: contacts.get(device.gatewayId) ?? null,
    }]
  }))
}

interface CountRow {
  readonly gateId: string
  readonly result: string
  readonly passages: number | bigint
}

/** Passages at these estates since a time, by gate and result. */
export async function passageCounts(tx: Tx, estateIds: readonly string[], sinceMs: number): Promise<(estateId: string, gateId: string, result: 'granted' | 'refused') => number> {
  const counts = new Map<string, number>()
  for (const estateId of estateIds) {
    // Grouped by a column itself, the planner would read the estate's whole log in the order of its gates' index.
    const rows = await tx.$queryRaw<CountRow[]>`
      SELECT "gate" AS "gateId", "result", COUNT(*) AS "passages"
      FROM (SELECT "gateId" || '' AS "gate", "result" FROM "AccessEvent" WHERE "estateId" = ${estateId} AND "occurredAtMs" >= ${BigInt(sinceMs)}) AS "since"
      GROUP BY "gate", "result"`
    for (const { gateId, result, passages } of rows) counts.set(`${gateKey(estateId, gateId)} ${result}`, Number(passages))
  }
  return (estateId, gateId, result) => counts.get(`${gateKey(estateId, gateId)} ${result}`) ?? 0
}
