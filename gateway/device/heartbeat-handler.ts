import type { Clock } from '#kernel/clock.js'
import type { DoorBoard } from '../access/door-board.js'
import type { FireZones } from '../alarm/fire-zones.js'
import type { DeviceClockTable } from './controller-clock.js'
import type { DeviceHandlers } from './ports.js'
import type { DeviceRegistry } from './registry.js'

/** The device is still there, says its clock again, and how its doors stand. */
export function createHeartbeatHandler(deps: {
  registry: DeviceRegistry; clocks: DeviceClockTable; doors: DoorBoard; fire: Pick<FireZones, 'onStatus'>; clock: Clock
}): NonNullable<DeviceHandlers['heartbeat']> {
  const { registry, clocks, doors, fire, clock } = deps
  return ({ deviceId }, heartbeat) => {
    const receivedMonoMs = clock.monoMs()
    const { bootId, monoMs, wallMs, pendingEvents } = heartbeat
    // The registry first: a new boot makes it forget what the old one said.
    registry.heard(deviceId, { bootId, wallMs, pendingEvents })
    clocks.hear(deviceId, { bootId, monoMs }, receivedMonoMs)
    doors.onStatus(deviceId, heartbeat.doors)
    fire.onStatus(deviceId, heartbeat)
  }
}
