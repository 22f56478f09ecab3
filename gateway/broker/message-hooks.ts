import type { AedesOptions, Client, PublishPacket } from 'aedes'
import { MESSAGES } from '#contract/message-table.js'
import type { Clock } from '#kernel/clock.js'
import type { TerminalSide } from '../device/ports.js'
import { type DeviceAccess, type PublishClaim, judgePublish, judgeSubscribe } from './authorization.js'
import type { TransportObserver } from './device-transport.js'
import { createFairShare } from './fair-share.js'
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
  readonly clock: Clock
}

export interface MessageHooks extends Required<Pick<AedesOptions, 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>> {
  unsubscribed(topics: readonly string[], client: Client): void
}

/** What is done with a message that was judged: its handling, nothing, or the end of the connection. */
interface Taken {
  readonly handled: Promise<void> | undefined
  /** Must be durable before it is acknowledged. */
  readonly isKept: boolean
}

const NOTHING_TAKEN: Taken = { handled: undefined, isKept: false }

/** What an admitted device may send and ask for. The only place where a device's message enters the gateway. */
export function createMessageHooks(deps: MessageHooksDeps): MessageHooks {
  const fairShare = createFairShare(deps)
  const takeDevice = (access: DeviceAccess, claim: PublishClaim, payload: Buffer): Taken | ClosingRefusal => {
    const verdict = judgePublish(access, claim)
    if (verdict.verdict === 'close') return new ClosingRefusal(verdict.reason)
    if (verdict.verdict === 'accept') return { handled: deps.router(verdict.kind, access.address, payload), isKept: MESSAGES[verdict.kind].acknowledged }
    deps.observer.rejected(verdict.reason, access.address.deviceId)
    deps.notices.send(access.address, verdict.about, verdict.code, verdict.detail)
    return NOTHING_TAKEN
  }
  const takeTerminal = (access: TerminalAccess, claim: PublishClaim, payload: Buffer): Taken | ClosingRefusal => {
    const { deviceId } = access.address
    const judged = judgeTerminalPublish(access, claim)
    if (judged.ok) return { handled: deps.terminals?.message(deviceId, judged.value, payload), isKept: judged.value === 'rec' || judged.value === 'snap' }
    if (judged.error === 'qos-2') return new ClosingRefusal(judged.error)
    deps.observer.rejected(judged.error, deviceId)
    return NOTHING_TAKEN
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
      if (taken.handled !== undefined) fairShare.follow(session, taken.handled, taken.isKept)
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
