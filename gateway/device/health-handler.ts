import type { DeviceHandlers } from './ports.js'
import type { HealthLog } from './health-log.js'

/** How the device is. Its clock and presence come with its heartbeat. */
export function createHealthHandler(deps: { health: HealthLog }): NonNullable<DeviceHandlers['health']> {
  return ({ deviceId }, health) => deps.health.heard(deviceId, health)
}
