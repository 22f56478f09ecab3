import type { Clock } from '#kernel/clock.js'
import type { DeviceClockTable } from './controller-clock.js'
import type { DeviceHandlers } from './ports.js'
import type { DeviceRegistry } from './registry.js'

/** First message of a connection: the device is there, in this boot, and has said its clock. */
export function createHelloHandler(deps: { registry: DeviceRegistry; clocks: DeviceClockTable; clock: Clock }): NonNullable<DeviceHandlers['hello']> {
  const { registry, clocks, clock } = deps
  return ({ deviceId }, { bootId, monoMs, wallMs, model, firmware, capabilities }) => {
    const receivedMonoMs = clock.monoMs()
    // The registry first: a new boot makes it forget what the old one said.
    registry.introduced(deviceId, { bootId, wallMs, model, firmware, capabilities })
    clocks.hear(deviceId, { bootId, monoMs }, receivedMonoMs)
  }
}
