import type { Stamper } from '#kernel/record-stamp.js'
import type { DoorBoard } from '../access/door-board.js'
import type { RosterLookup } from '../access/ports.js'
import type { FireZones } from '../alarm/fire-zones.js'
import type { GatewayStore } from '../store/types.js'
import type { DeviceHandlers, DevicePublisher } from './ports.js'

/**
 * A door event: claimed and recorded in one transaction, acknowledged only after its fsync (invariant I1). A repeat is
 * acknowledged again and recorded no more. Where the store fails nothing is acknowledged and the device sends again. Fire alone
 * waits for no disk.
 */
export function createEventHandler(deps: {
  store: Pick<GatewayStore, 'transact'>; gates: Pick<RosterLookup, 'gateOfDoor'>; doors: DoorBoard; fire: Pick<FireZones, 'onEvent'>
  publisher: DevicePublisher; stamp: Stamper
}): NonNullable<DeviceHandlers['doorEvent']> {
  const { store, gates, doors, fire, publisher, stamp } = deps
  return async (address, event) => {
    const { deviceId } = address
    const { eventId, bootId: deviceBootId, doorNo, type, wallMs: deviceWallMs, live } = event
    fire.onEvent(deviceId, event)
    const isNew = await store.transact(async (tx) => {
      if (!(await tx.claimDeviceEvent(deviceId, eventId))) return false
      const gateId = gates.gateOfDoor(deviceId, doorNo)?.gateId ?? null
      await tx.append({ kind: 'door-event.v1', ...stamp(), eventId, gateId, deviceId, deviceBootId, doorNo, type, deviceWallMs, live })
      return true
    })
    publisher.publish('eventAck', address, { v: 1, eventIds: [eventId] })
    if (isNew) doors.onEvent(deviceId, event)
  }
}
