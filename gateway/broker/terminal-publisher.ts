import type { TerminalPublisher } from '../device/ports.js'
import type { TransportObserver } from './device-transport.js'
import { BROKER_LIMITS } from './limits.js'
import type { SessionTable } from './session-table.js'

/** Sends a command to a terminal's own connection; as with devices, nothing is queued for one that is away. */
export function createTerminalPublisher(deps: { sessions: () => SessionTable | undefined; observer: TransportObserver }): TerminalPublisher {
  return {
    publish(terminalId, payload) {
      const dropped = (reason: 'offline' | 'not-subscribed' | 'slow-reader'): false => {
        deps.observer.undelivered(reason, 'terminalCommand', terminalId)
        return false
      }
      const session = deps.sessions()?.of(terminalId)
      if (session === undefined || session.access.dialect !== 'face') return dropped('offline')
      const topic = session.access.subscribe
      const granted = session.subscribed.get(topic)
      if (granted === undefined) return dropped('not-subscribed')
      if (session.link.outgoingBytes > BROKER_LIMITS.outgoingBytesMax) return dropped('slow-reader')
      const qos = granted === 0 ? 0 : 1
      session.client.publish({ cmd: 'publish', topic, payload: Buffer.from(JSON.stringify(payload)), qos, retain: false, dup: false }, () => {})
      return true
    },
  }
}
