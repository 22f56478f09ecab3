import { bulkWrite } from '../db/bulk.js'
import type { Tx } from '../db/transaction.js'
import type { Origin, PlacedRecord } from '../sync/record-place.js'
import { type GateRegisters, conditionOf } from './gate-state-rules.js'

const DOOR_EVENTS = {
  table: 'DoorEvent', key: ['gatewayId', 'eventId'], onConflict: 'ignore',
  columns: ['gatewayId', 'eventId', 'estateId', 'epoch', 'seq', 'gateId', 'deviceId', 'doorNo', 'type', 'occurredAtMs', 'live'],
} as const

export async function insertDoorEvents(tx: Tx, { estateId }: Origin, events: readonly PlacedRecord<'door-event.v1'>[]): Promise<void> {
  const rows = events.map(({ place, body }) => {
    const { eventId, gateId, deviceId, doorNo, type, occurredAtMs, live } = body
    return { ...place, estateId, eventId, gateId, deviceId, doorNo, type, occurredAtMs, live }
  })
  await bulkWrite(tx, DOOR_EVENTS, rows, ['eventId'])
}

/** Registers of the estate's gates among `gateIds`; a gate of which nothing is known is not in it. */
export async function registersOf(tx: Tx, estateId: string, gateIds: readonly string[]): Promise<Map<string, GateRegisters>> {
  const rows = await tx.gateState.findMany({ where: { estateId, gateId: { in: [...gateIds] } }, select: { gateId: true, registers: true } })
  return new Map(rows.map(({ gateId, registers }) => [gateId, JSON.parse(registers) as GateRegisters]))
}

const GATE_STATES = {
  table: 'GateState', key: ['estateId', 'gateId'],
  columns: ['estateId', 'gateId', 'relay', 'contact', 'fire', 'alarm', 'updatedAtMs', 'registers'],
  onConflict: { update: ['relay', 'contact', 'fire', 'alarm', 'updatedAtMs', 'registers'] },
} as const

export async function saveRegisters(tx: Tx, estateId: string, gates: ReadonlyMap<string, GateRegisters>): Promise<void> {
  const rows = [...gates].map(([gateId, registers]) => {
    const { relay, contact, fire, alarm, updatedAtMs } = conditionOf(registers)
    return { estateId, gateId, relay: relay ?? 'unknown', contact, fire, alarm, updatedAtMs: updatedAtMs ?? 0, registers: JSON.stringify(registers) }
  })
  await bulkWrite(tx, GATE_STATES, rows, ['gateId'])
}

const DEVICE_STATES = {
  table: 'DeviceState', key: ['estateId', 'deviceId'],
  columns: ['estateId', 'deviceId', 'deviceKind', 'status', 'clockOffsetMs', 'updatedAtMs', 'gatewayId', 'epoch', 'seq'],
  onConflict: {
    update: ['deviceKind', 'status', 'clockOffsetMs', 'updatedAtMs', 'gatewayId', 'epoch', 'seq'],
    when: '(excluded."gatewayId", excluded."epoch", excluded."seq") > ("DeviceState"."gatewayId", "DeviceState"."epoch", "DeviceState"."seq")',
  },
} as const

/** @param states at most one for each device */
export async function saveDeviceStates(tx: Tx, { estateId }: Origin, states: readonly PlacedRecord<'device-status.v2'>[]): Promise<void> {
  const rows = states.map(({ place, body }) => {
    const { deviceId, deviceKind, status, clockOffsetMs, occurredAtMs } = body
    return { ...place, estateId, deviceId, deviceKind, status, clockOffsetMs, updatedAtMs: occurredAtMs }
  })
  await bulkWrite(tx, DEVICE_STATES, rows, ['deviceId'])
}
