import type { Tx } from '../db/transaction.js'
import type { Projector } from '../sync/projector.js'
import { type Origin, type PlacedRecord, latestByKey, ofKind } from '../sync/record-place.js'
import * as states from './gate-state-repository.js'
import { withDoorEvent, withDoorMode } from './gate-state-rules.js'

async function projectGates(tx: Tx, { estateId }: Origin, events: readonly PlacedRecord<'door-event.v1'>[], modes: readonly PlacedRecord<'door-mode.v1'>[]): Promise<void> {
  const gateIds = [...events, ...modes].flatMap(({ body }) => (body.gateId === null ? [] : [body.gateId]))
  if (gateIds.length === 0) return
  const gates = await states.registersOf(tx, estateId, [...new Set(gateIds)])
  for (const event of events) {
    const { gateId } = event.body
    if (gateId !== null) gates.set(gateId, withDoorEvent(gates.get(gateId) ?? {}, event))
  }
  for (const mode of modes) gates.set(mode.body.gateId, withDoorMode(gates.get(mode.body.gateId) ?? {}, mode))
  await states.saveRegisters(tx, estateId, gates)
}

/** Door events as rows, and what they say of gates and devices. */
export const gateStateProjector: Projector = {
  async project(tx, origin, records) {
    const events = ofKind(records, 'door-event.v1')
    await states.insertDoorEvents(tx, origin, events)
    await projectGates(tx, origin, events, ofKind(records, 'door-mode.v1'))
    const statuses = latestByKey(ofKind(records, 'device-status.v2'), (record) => record.body.deviceId)
    await states.saveDeviceStates(tx, origin, statuses)
  },
}
