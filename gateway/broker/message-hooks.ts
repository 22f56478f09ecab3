import type { AedesOptions, Client, PublishPacket } from 'aedes'
import type { TerminalSide } from '../device/ports.js'
import { type DeviceAccess, type PublishClaim, judgePublish, judgeSubscribe } from './authorization.js'
import type { TransportObserver } from './device-transport.js'
import { BROKER_LIMITS } from './limits.js'
import type { Notices } from './notices.js'
import type { Router } from './router.js'
import { ClosingRefusal, type DeviceSession } from './session-table.js'
import { type TerminalAccess, judgeTerminalPublish } from './terminal-access.js'

const NOTHING = Buffer.alloc(0)

export interface MessageHooksDeps {
  /** The client's session while it is the device's current one. */
  readonly sessionOf: (client: Client | null) => DeviceSession | undefined
  readonly router: Router
  readonly terminals: TerminalSide | undefined
  readonly notices: Notices
  readonly observer: TransportObserver
}

export interface MessageHooks extends Required<Pick<AedesOptions, 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>> {
  unsubscribed(topics: readonly string[], client: Client): void
}

/** What is done with a message that was judged: its handling, nothing, or the end of the connection. */
type Taken = Promise<void> | undefined | ClosingRefusal

/** A device that sends faster than its messages can be handled waits; no other device does. */
function follow(session: DeviceSession, handled: Promise<void>): void {
  if (++session.handling >= BROKER_LIMITS.handlersInFlightMax) session.link.hold()
  void handled.then(() => {
    if (--session.handling < BROKER_LIMITS.handlersInFlightMax) session.link.release()
  })
}

/** What an admitted device may send and ask for. The only place where a device's message enters the gateway. */
export function createMessageHooks(deps: MessageHooksDeps): MessageHooks {
  const takeDevice = (access: DeviceAccess, claim: PublishClaim, payload: Buffer): Taken => {
    const verdict = judgePublish(access, claim)
    if (verdict.verdict === 'close') return new ClosingRefusal(verdict.reason)
    if (verdict.verdict === 'accept') return deps.router(verdict.kind, access.address, payload)
    deps.observer.rejected(verdict.reason, access.address.deviceId)
    deps.notices.send(access.address, verdict.about, verdict.code, verdict.detail)
    return undefined
  }
  const takeTerminal = (access: TerminalAccess, claim: PublishClaim, payload: Buffer): Taken => {
    const { deviceId } = access.address
    const judged = judgeTerminalPublish(access, claim)
    if (judged.ok) return deps.terminals?.message(deviceId, judged.value, payload)
    if (judged.error === 'qos-2') return new ClosingRefusal(judged.error)
    deps.observer.rejected(judged.error, deviceId)
    return undefined
  }

  return {
    authorizePublish(client, packet, callback) {
      const session = deps.sessionOf(client)
      if (session === undefined) return callback(new Error('no session'))
      const { access } = session
      const payload = packet.payload as Buffer
      const claim = claimOf(packet)
      const taken = access.dialect === 'contract' ? takeDevice(access, claim, payload) : takeTerminal(access, claim, payload)
      if (taken instanceof ClosingRefusal) return callback(taken)
      if (taken !== undefined) follow(session, taken)
      // The broker goes on to acknowledge it [MQTT-3.3.5-2]; it has nothing left to retain, store or forward.
      packet.retain = false
      packet.payload = NOTHING
      callback(null)
    },

    authorizeSubscribe(client, subscription, callback) {
      const session = deps.sessionOf(client)
      if (session === undefined) return callback(new Error('no session'))
      const { access } = session
      const own = access.dialect === 'contract' ? judgeSubscribe(access, subscription.topic) !== undefined : access.subscribe === subscription.topic
      if (!own) {
        deps.observer.rejected('subscription', access.address.deviceId)
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

const claimOf = (packet: PublishPacket): PublishClaim =>
  ({ topic: packet.topic, qos: packet.qos, retain: packet.retain, payloadBytes: packet.payload.length })
