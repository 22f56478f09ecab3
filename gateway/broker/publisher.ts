import { encodeMessage } from '#contract/codec.js'
import { MESSAGES } from '#contract/message-table.js'
import { topicOf } from '#contract/topics.js'
import type { Logger } from '#kernel/log.js'
import type { DevicePublisher } from '../device/ports.js'
import type { TransportObserver } from './device-transport.js'
import { BROKER_LIMITS } from './limits.js'
import type { SessionTable } from './session-table.js'

/**
 * Sends to the device's own connection and to nothing else: a message is not queued for a device that is away, is
 * not retained, and a device that reads slowly delays no other (the broker's own fan-out has one queue for all).
 */
export function createPublisher(deps: { sessions: () => SessionTable | undefined; observer: TransportObserver; log: Logger }): DevicePublisher {
  return {
    publish(kind, address, payload) {
      const session = deps.sessions()?.of(address.deviceId)
      const access = session?.access
      if (session === undefined || access?.dialect !== 'contract' || access.address.deviceKind !== address.deviceKind) {
        return deps.observer.undelivered('offline', kind, address.deviceId)
      }
      const topic = topicOf(kind, access.address)
      const granted = session.subscribed.get(topic)
      if (granted === undefined) return deps.observer.undelivered('not-subscribed', kind, address.deviceId)
      const bytesMax = kind === 'faceFrame' ? BROKER_LIMITS.outgoingFrameBytesMax : BROKER_LIMITS.outgoingBytesMax
      if (session.link.outgoingBytes > bytesMax) return deps.observer.undelivered('slow-reader', kind, address.deviceId)
      let bytes: Buffer
      try {
        bytes = encodeMessage(kind, payload)
      } catch (error) {
        deps.log.error({ err: error, kind, deviceId: address.deviceId }, 'a message of the gateway broke its own contract and was not sent')
        return deps.observer.undelivered('invalid', kind, address.deviceId)
      }
      const qos = MESSAGES[kind].qos <= granted ? MESSAGES[kind].qos : 0
      session.client.publish({ cmd: 'publish', topic, payload: bytes, qos, retain: false, dup: false }, () => {})
    },
  }
}
