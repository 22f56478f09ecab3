import type { Projector } from '../sync/projector.js'
import { latestByKey, ofKind } from '../sync/record-place.js'
import * as states from './gate-state-repository.js'
import { type GateRegisters, withDoorEvent } from './gate-state-rules.js'

/** Door events as rows, and what they say of gates and devices. */
export const gateStateProjector: Projector = {
  async project(tx, origin, records) {
    const events = ofKind(records, 'door-event.v1')
    await states.insertDoorEvents(tx, origin, events)
    const atGates = events.filter((event) => event.body.gateId !== null)
    const gateIds = [...new Set(atGates.map((event) => event.body.gateId as string))]
    if (gateIds.length > 0) {
      const known = await states.registersOf(tx, origin.estateId, gateIds)
      const next = new Map<string, GateRegisters>(known)
      for (const event of atGates) {
        const gateId = event.body.gateId as string
        next.set(gateId, withDoorEvent(next.get(gateId) ?? {}, event))
      }
      await states.saveRegisters(tx, origin.estateId, next)
    }
    const statuses = latestByKey(ofKind(records, 'device-status.v2'), (record) => record.body.deviceId)
    await states.saveDeviceStates(tx, origin, statuses)
  },
}
