import { encodeMessage } from '#contract/codec.js'
import { DEVICE_KINDS, MESSAGES, MESSAGE_KINDS, type MessageSpec } from '#contract/message-table.js'
import { TOPIC_VERSION, parseTopic, topicOf } from '#contract/topics.js'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { DevicePublisher, TerminalPublisher } from '../device/ports.js'
import { judgePublish } from './authorization.js'
import type { DeviceSide, DeviceTransport, TransportObserver } from './device-transport.js'
import { type ExternalConnection, type ExternalConnectionDeps, createExternalConnection } from './external-connection.js'
import { type ExternalPresence, type RemoteSession, createExternalPresence } from './external-presence.js'
import { BROKER_LIMITS } from './limits.js'
import { type Notices, createNotices } from './notices.js'
import { createRouter } from './router.js'
import type { ListenerTls } from './tls-listener.js'

export interface ExternalBrokerDeps {
  readonly options: {
    readonly estateId: string
    readonly host: string
    readonly port: number
    /** The gateway's own certificate as a client, and the authority of the broker's. */
    readonly tls: ListenerTls
  }
  readonly observer: TransportObserver
  readonly clock: Clock
  readonly log: Logger
}

/** Common name, and client id, of the gateway at a broker. It has a dot, which no device id has. */
export const gatewayNameOf = (estateId: string): string => `gateway.${estateId}`

/** What the gateway subscribes to: the messages that devices send, kind by kind. */
export const gatewayTopicsOf = (estateId: string): readonly string[] => DEVICE_KINDS.flatMap((deviceKind) =>
  MESSAGE_KINDS.map((kind): MessageSpec => MESSAGES[kind]).filter(({ from, devices }) => from === 'device' && devices.includes(deviceKind))
    .map(({ channel }) => `${TOPIC_VERSION}/${estateId}/${deviceKind}/+/${channel}`))

interface Running {
  readonly connection: ExternalConnection
  readonly presence: ExternalPresence
}

function createExternalPublisher({ observer, log }: ExternalBrokerDeps, running: () => Running | undefined): DevicePublisher {
  return {
    publish(kind, address, payload) {
      const { deviceId } = address
      const undelivered = (reason: Parameters<TransportObserver['undelivered']>[0]): void => observer.undelivered(reason, kind, deviceId)
      const { connection, presence } = running() ?? {}
      if (presence?.of(deviceId)?.access.address.deviceKind !== address.deviceKind) return undelivered('offline')
      let bytes: Buffer
      try {
        bytes = encodeMessage(kind, payload)
      } catch (error) {
        log.error({ err: error, kind, deviceId }, 'a message of the gateway broke its own contract and was not sent')
        return undelivered('invalid')
      }
      // A command may wait behind frames that are being sent, but not behind a broker that takes nothing.
      const waitingBytesMax = BROKER_LIMITS.outgoingFrameBytesMax + (kind === 'faceFrame' ? 0 : BROKER_LIMITS.outgoingBytesMax)
      const message = { topic: topicOf(kind, address), payload: bytes, qos: MESSAGES[kind].qos, waitingBytesMax }
      const sent = connection?.publish(message, () => undelivered('not-subscribed')) ?? 'offline'
      if (sent !== 'sent') undelivered(sent)
    },
  }
}

/** The broker says by its topic who sent a message, for it lets each device write its own topics only; whether that one still may is judged here, each time. */
function createReceiver(deps: ExternalBrokerDeps & { devices: DeviceSide; notices: Notices; presence: ExternalPresence }): ExternalConnectionDeps['onMessage'] {
  const { devices, notices, presence, observer, log } = deps
  const router = createRouter({ handlers: devices.handlers, notices, observer, log })
  const follow = (session: RemoteSession, handled: Promise<void>): void => {
    session.handling++
    void handled.then(() => session.handling--)
  }

  return (topic, payload, { qos, retain }) => {
    const parsed = parseTopic(topic)
    if (parsed === undefined) return observer.rejected('unknown-channel', null)
    const { kind: messageKind, ...address } = parsed
    const { deviceId } = address
    const admitted = devices.admission.admitVouched(deviceId)
    if (!admitted.ok) {
      presence.end(deviceId)
      return observer.rejected(admitted.error, deviceId)
    }
    if (admitted.value !== address.deviceKind) return observer.rejected('not-yours', deviceId)
    const session = presence.heard(address, messageKind === 'hello')
    if (!presence.mayTake(session, payload.length) || session.handling >= BROKER_LIMITS.handlersInFlightMax) return observer.rejected('flood', deviceId)
    const verdict = judgePublish(session.access, { topic, qos, retain, payloadBytes: payload.length })
    if (verdict.verdict === 'drop') {
      observer.rejected(verdict.reason, deviceId)
      return notices.send(address, verdict.about, verdict.code, verdict.detail)
    }
    if (verdict.verdict === 'close') return observer.rejected(verdict.reason, deviceId)
    const handled = router(verdict.kind, session.access.address, payload)
    if (handled !== undefined) follow(session, handled)
  }
}

/** Terminals of other makers share topics on which no broker can tell one from another: they come to the embedded broker only. */
const noTerminals = (observer: TransportObserver): TerminalPublisher => ({
  publish(terminalId) {
    observer.undelivered('offline', 'terminalCommand', terminalId)
    return false
  },
})

/**
 * The device wire over an MQTT broker on the estate's own network, by mutual TLS and with the rendered ACL. That broker judges connections and topics;
 * the gateway judges senders and messages, keeps nothing for a broker that is away, and reads no device beyond its share: what is more is dropped and
 * counted, for all devices come by one connection. A device whose event was dropped keeps it and sends it again.
 */
export function createExternalBroker(deps: ExternalBrokerDeps): DeviceTransport {
  const { options: { estateId, ...options }, observer, clock, log } = deps
  let running: Running | undefined
  const publisher = createExternalPublisher(deps, () => running)
  const notices = createNotices({ publisher, clock })

  return {
    publisher,
    terminalPublisher: noTerminals(observer),
    async start(devices) {
      const presence = createExternalPresence({ clock, connections: devices.connections })
      const connection = createExternalConnection({
        options: { ...options, clientId: gatewayNameOf(estateId), topics: gatewayTopicsOf(estateId), protocolVersion: 5 },
        onMessage: createReceiver({ ...deps, devices, notices, presence }), onDown: presence.endAll, clock, log,
      })
      running = { connection, presence }
      await connection.start()
      return { port: options.port, plainPort: null }
    },
    async stop() {
      const was = running
      running = undefined
      was?.presence.endAll()
      await was?.connection.stop()
    },
    disconnect: (deviceId) => running?.presence.end(deviceId),
    connectedCount: () => running?.presence.count() ?? 0,
  }
}
