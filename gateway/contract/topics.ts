import { DEVICE_KINDS, MESSAGES, MESSAGE_KINDS, type DeviceKind, type MessageKind, type MessageSpec } from './message-table.js'

const SLUG = /^[a-z0-9][a-z0-9-]{0,31}$/

/** Version of topic layout and payloads; a new one gets new topics beside the old. */
export const TOPIC_VERSION = 'v1'

export interface DeviceAddress {
  readonly estateId: string
  readonly deviceKind: DeviceKind
  readonly deviceId: string
}

/** `v1/{estateId}/{deviceKind}/{deviceId}/{channel}`. @throws RangeError where a part is no slug */
export function topicOf(kind: MessageKind, address: DeviceAddress): string {
  for (const part of [address.estateId, address.deviceId]) {
    if (!SLUG.test(part)) throw new RangeError(`topic part ${JSON.stringify(part)}: lower-case letters, digits and hyphens, 1 to 32`)
  }
  return `${TOPIC_VERSION}/${address.estateId}/${address.deviceKind}/${address.deviceId}/${MESSAGES[kind].channel}`
}

export interface ParsedTopic extends DeviceAddress {
  readonly kind: MessageKind
}

/** The address and message kind of a topic, or undefined where it is none of ours. */
export function parseTopic(topic: string): ParsedTopic | undefined {
  const [version, estateId, deviceKind, deviceId, channel, ...rest] = topic.split('/')
  if (version !== TOPIC_VERSION || rest.length > 0 || estateId === undefined || deviceId === undefined) return undefined
  if (!SLUG.test(estateId) || !SLUG.test(deviceId)) return undefined
  const knownKind = DEVICE_KINDS.find((known) => known === deviceKind)
  const kind = MESSAGE_KINDS.find((known) => MESSAGES[known].channel === channel)
  if (knownKind === undefined || kind === undefined) return undefined
  const spec: MessageSpec = MESSAGES[kind]
  return spec.devices.includes(knownKind) ? { estateId, deviceKind: knownKind, deviceId, kind } : undefined
}

/** The topics one device may publish to and subscribe to; nothing else, and no wildcard. */
export function topicsOf(address: DeviceAddress): { publish: string[]; subscribe: string[] } {
  const mine = MESSAGE_KINDS.filter((kind) => (MESSAGES[kind] as MessageSpec).devices.includes(address.deviceKind))
  const of = (from: MessageSpec['from']): string[] =>
    mine.filter((kind) => MESSAGES[kind].from === from).map((kind) => topicOf(kind, address))
  return { publish: of('device'), subscribe: of('gateway') }
}
