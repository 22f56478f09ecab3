import type { AedesOptions, Client, PublishPacket } from 'aedes'
import { type PublishVerdict, judgePublish, judgeSubscribe } from './authorization.js'
import type { TransportObserver } from './device-transport.js'
import { BROKER_LIMITS } from './limits.js'
import type { Notices } from './notices.js'
import type { Router } from './router.js'
import { ClosingRefusal, type DeviceSession } from './session-table.js'

const NOTHING = Buffer.alloc(0)

export interface MessageHooksDeps {
  /** The client's session while it is the device's current one. */
  readonly sessionOf: (client: Client | null) => DeviceSession | undefined
  readonly router: Router
  readonly notices: Notices
  readonly observer: TransportObserver
}

export interface MessageHooks extends Required<Pick<AedesOptions, 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>> {
  unsubscribed(topics: readonly string[], client: Client): void
}

const verdictOf = (session: DeviceSession, packet: PublishPacket): PublishVerdict => judgePublish(session.access, {
  topic: packet.topic, qos: packet.qos, retain: packet.retain, payloadBytes: packet.payload.length,
})

/** What an admitted device may send and ask for. The only place where a device's message enters the gateway. */
export function createMessageHooks(deps: MessageHooksDeps): MessageHooks {
  /** A device that sends faster than its messages can be handled waits; no other device does. */
  const route = (session: DeviceSession, kind: Parameters<Router>[0], payload: Buffer): void => {
    const handled = deps.router(kind, session.access.address, payload)
    if (handled === undefined) return
    if (++session.handling >= BROKER_LIMITS.handlersInFlightMax) session.link.hold()
    void handled.then(() => {
      if (--session.handling < BROKER_LIMITS.handlersInFlightMax) session.link.release()
    })
  }

  return {
    authorizePublish(client, packet, callback) {
      const session = deps.sessionOf(client)
      if (session === undefined) return callback(new Error('no session'))
      const { address } = session.access
      const verdict = verdictOf(session, packet)
      if (verdict.verdict === 'close') return callback(new ClosingRefusal(verdict.reason))
      if (verdict.verdict === 'accept') route(session, verdict.kind, packet.payload as Buffer)
      else {
        deps.observer.rejected(verdict.reason, address.deviceId)
        deps.notices.send(address, verdict.about, verdict.code, verdict.detail)
      }
      // The broker goes on to acknowledge it [MQTT-3.3.5-2]; it has nothing left to retain, store or forward.
      packet.retain = false
      packet.payload = NOTHING
      callback(null)
    },

    authorizeSubscribe(client, subscription, callback) {
      const session = deps.sessionOf(client)
      if (session === undefined) return callback(new Error('no session'))
      if (judgeSubscribe(session.access, subscription.topic) === undefined) {
        deps.observer.rejected('subscription', session.access.address.deviceId)
        return callback(null, null)
      }
      session.subscribed.set(subscription.topic, subscription.qos)
      callback(null, subscription)
    },

    /** What a device publishes is for the gateway; no device ever receives it. */
    authorizeForward: (_client, packet) => ('clientId' in packet ? null : packet),

    unsubscribed(topics, client) {
      for (const topic of topics) deps.sessionOf(client)?.subscribed.delete(topic)
    },
  }
}
