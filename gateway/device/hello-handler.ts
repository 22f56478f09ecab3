import type { HelloV1 } from '#contract/device-messages.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { Clock } from '#kernel/clock.js'
import type { DeviceClockTable } from './controller-clock.js'
import type { DeviceHandlers } from './ports.js'
import type { DeviceRegistry } from './registry.js'

/** First message of a connection: the device is there, in this boot, and has said its clock. */
export function createHelloHandler(deps: {
  registry: DeviceRegistry; clocks: DeviceClockTable; care: { connected(address: DeviceAddress, hello: HelloV1): void }; clock: Clock
}): NonNullable<DeviceHandlers['hello']> {
  const { registry, clocks, care, clock } = deps
  return (address, hello) => {
    const { deviceId } = address
    const { bootId, monoMs, wallMs, model, firmware, capabilities } = hello
    const receivedMonoMs = clock.monoMs()
    // The registry first: a new boot makes it forget what the old one said.
    registry.introduced(deviceId, { bootId, wallMs, model, firmware, capabilities })
    clocks.hear(deviceId, { bootId, monoMs }, receivedMonoMs)
    care.connected(address, hello)
  }
}
