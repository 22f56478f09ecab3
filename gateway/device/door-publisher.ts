import type { DoorPublisher } from '../access/ports.js'
import type { DevicePublisher } from './ports.js'

/** The access rules' way to doors and screens, over the device wire of one estate. */
export function createDoorPublisher(deps: { publisher: DevicePublisher; estateId: string }): DoorPublisher {
  const { publisher, estateId } = deps
  return {
    sendCommand: (deviceId, command) => publisher.publish('doorCommand', { estateId, deviceKind: 'controller', deviceId }, command),
    sendMode: (deviceId, mode) => publisher.publish('doorMode', { estateId, deviceKind: 'controller', deviceId }, mode),
    showResult: (deviceId, result) => publisher.publish('frameResult', { estateId, deviceKind: 'camera', deviceId }, result),
    answerReader: (deviceId, result) => publisher.publish('credentialResult', { estateId, deviceKind: 'reader', deviceId }, result),
  }
}
