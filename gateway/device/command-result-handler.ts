import type { AccessService } from '../access/access-service.js'
import type { DeviceHandlers, DevicePublisher } from './ports.js'

/** A controller's answer to a command: durable first, acknowledged then, as with every event. */
export function createCommandResultHandler(deps: {
  commands: Pick<AccessService, 'onCommandResult'>; publisher: DevicePublisher
}): NonNullable<DeviceHandlers['commandResult']> {
  const { commands, publisher } = deps
  return async (address, result) => {
    await commands.onCommandResult(address.deviceId, result)
    publisher.publish('eventAck', address, { v: 1, eventIds: [result.eventId] })
  }
}
