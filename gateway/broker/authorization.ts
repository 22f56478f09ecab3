import type { NoticeCode } from '#contract/device-messages.js'
import {
  MESSAGES, type DeviceKind, type DeviceMessageKind, type GatewayMessageKind, type MessageKind, type MessageSpec,
} from '#contract/message-table.js'
import { type DeviceAddress, parseTopic, topicOf, topicsOf } from '#contract/topics.js'
import { type Result, err } from '#kernel/result.js'
import type { AdmissionRefusal, DeviceAdmission } from '../device/ports.js'
import { BROKER_LIMITS } from './limits.js'

/** What a client says of itself in CONNECT, and what its certificate says of it. */
export interface ConnectClaim {
  readonly clientId: string
  readonly keepaliveSeconds: number
  readonly hasWill: boolean
  readonly commonName: string
  /** SHA-256 of the certificate in DER, hex. */
  readonly fingerprint: string
}

export type ConnectRefusal = 'client-id' | 'will' | 'keepalive' | AdmissionRefusal

/**
 * Whether a client may connect. A will is refused whatever its topic: a statement that a device wrote before it died
 * is neither its clock nor its event, and the gateway sees the end of a connection by itself.
 */
export function judgeConnect(claim: ConnectClaim, admission: DeviceAdmission): Result<DeviceKind, ConnectRefusal> {
  if (claim.clientId !== claim.commonName) return err('client-id')
  if (claim.hasWill) return err('will')
  if (claim.keepaliveSeconds < 1 || claim.keepaliveSeconds > BROKER_LIMITS.keepaliveSecondsMax) return err('keepalive')
  return admission.admit(claim.commonName, claim.fingerprint)
}

/** What one device may do, all of it read from the message table: exact topics, no wildcards, nothing of others. */
export interface DeviceAccess {
  readonly dialect: 'contract'
  readonly address: DeviceAddress
  /** What all of its topics begin with, slash included. */
  readonly prefix: string
  readonly publish: ReadonlyMap<string, DeviceMessageKind>
  readonly subscribe: ReadonlyMap<string, GatewayMessageKind>
  /** Largest PUBLISH packet that is read at all. */
  readonly publishPacketBytesMax: number
}

const kindOf = <Kind extends MessageKind>(topic: string): [string, Kind] => [topic, parseTopic(topic)?.kind as Kind]

export function accessOf(address: DeviceAddress): DeviceAccess {
  const topics = topicsOf(address)
  const hello = topicOf('hello', address)
  const publish = new Map(topics.publish.map(kindOf<DeviceMessageKind>))
  const bytesMax = Math.max(...[...publish.values()].map((kind) => MESSAGES[kind].bytesMax))
  return {
    dialect: 'contract',
    address,
    prefix: hello.slice(0, hello.lastIndexOf('/') + 1),
    publish,
    subscribe: new Map(topics.subscribe.map(kindOf<GatewayMessageKind>)),
    publishPacketBytesMax: BROKER_LIMITS.publishTolerance * bytesMax + BROKER_LIMITS.publishOverheadBytes,
  }
}

export interface PublishClaim {
  readonly topic: string
  readonly qos: 0 | 1 | 2
  readonly retain: boolean
  readonly payloadBytes: number
}

export type PublishRefusal = 'not-yours' | 'unknown-channel' | 'retained' | 'oversized'

/**
 * MQTT 3.1.1 has no refusal of one message: a server acknowledges it and does not perform it, or it closes the
 * connection [MQTT-3.3.5-2]. `drop` is the first, with a notice that says why; `close` is for QoS 2 alone, which could
 * only be acknowledged by storing it.
 */
export type PublishVerdict =
  | { readonly verdict: 'accept'; readonly kind: DeviceMessageKind }
  | { readonly verdict: 'drop'; readonly reason: PublishRefusal; readonly code: NoticeCode; readonly about: string; readonly detail: string }
  | { readonly verdict: 'close'; readonly reason: 'qos-2' }

const drop = (reason: PublishRefusal, code: NoticeCode, about: string, detail: string): PublishVerdict =>
  ({ verdict: 'drop', reason, code, about, detail })

/** Whether a device may send this message. Looks at no payload byte. */
export function judgePublish(access: DeviceAccess, claim: PublishClaim): PublishVerdict {
  if (claim.qos === 2) return { verdict: 'close', reason: 'qos-2' }
  const kind = access.publish.get(claim.topic)
  if (kind === undefined) {
    const own = claim.topic.startsWith(access.prefix)
    if (!own) return drop('not-yours', 'not-yours', claim.topic, 'topic of another device, or of none')
    return drop('unknown-channel', 'unknown-kind', claim.topic.slice(access.prefix.length), 'no message that this kind of device sends')
  }
  const spec: MessageSpec = MESSAGES[kind]
  if (claim.retain) return drop('retained', 'malformed', kind, 'retain flag: no message is ever retained')
  if (claim.payloadBytes > spec.bytesMax) return drop('oversized', 'oversized', kind, `${claim.payloadBytes} bytes, at most ${spec.bytesMax}`)
  return { verdict: 'accept', kind }
}

/** The kind of message that a subscription to exactly this topic gives, undefined where it is not the device's own. */
export const judgeSubscribe = (access: DeviceAccess, topic: string): GatewayMessageKind | undefined => access.subscribe.get(topic)
