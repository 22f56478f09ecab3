import { DEVICE_KINDS, MESSAGES, MESSAGE_KINDS, type DeviceKind, type MessageSpec } from '#contract/message-table.js'
import { TOPIC_VERSION } from '#contract/topics.js'
import { gatewayNameOf } from './external-broker.js'
import { BROKER_LIMITS } from './limits.js'

const LARGEST = Math.max(...MESSAGE_KINDS.map((kind) => MESSAGES[kind].bytesMax))

const specsOf = (deviceKind: DeviceKind, from: MessageSpec['from']): MessageSpec[] =>
  MESSAGE_KINDS.map((kind): MessageSpec => MESSAGES[kind]).filter((spec) => spec.from === from && spec.devices.includes(deviceKind))

/**
 * The message table as an ACL file of Mosquitto, `%u` being the common name of a device's certificate. What no line allows is refused.
 * @param revoked devices that may nothing any more; render and load it again after a revocation
 */
export function renderAcl(estateId: string, revoked: readonly string[]): string {
  const topic = (deviceKind: DeviceKind, device: string, { channel }: MessageSpec): string => `${TOPIC_VERSION}/${estateId}/${deviceKind}/${device}/${channel}`
  const rights = (write: MessageSpec['from'], device: string, word: 'topic' | 'pattern'): string[] => DEVICE_KINDS.flatMap((deviceKind) =>
    (['device', 'gateway'] as const).flatMap((from) =>
      specsOf(deviceKind, from).map((spec) => `${word} ${from === write ? 'write' : 'read'} ${topic(deviceKind, device, spec)}`)))
  return [
    '# Rendered from the message table: do not edit.',
    ...revoked.toSorted().flatMap((deviceId) => [`user ${deviceId}`, 'topic deny #', '']),
    `user ${gatewayNameOf(estateId)}`, ...rights('gateway', '+', 'topic'), '',
    '# Each device its own topics.', ...rights('device', '%u', 'pattern'), '',
  ].join('\n')
}

export interface MosquittoSettings {
  readonly host: string
  readonly port: number
  readonly connectionsMax: number
  /** Where `acl`, `ca.pem`, `cert.pem` and `key.pem` lie on the broker's machine, absolute. */
  readonly folder: string
}

/** Configuration of Mosquitto 2.0: mutual TLS, names from certificates, nothing retained or kept, sizes and numbers bounded. */
export const renderMosquittoConf = ({ host, port, connectionsMax, folder }: MosquittoSettings): string => [
  '# Rendered for Mosquitto 2.0.', 'per_listener_settings false', 'allow_anonymous false', `acl_file ${folder}/acl`,
  'persistence false', 'retain_available false', 'queue_qos0_messages false', 'max_queued_messages 1000', 'persistent_client_expiration 1h',
  `max_packet_size ${BROKER_LIMITS.publishTolerance * LARGEST + BROKER_LIMITS.publishOverheadBytes}`,
  `max_keepalive ${BROKER_LIMITS.keepaliveSecondsMax}`, 'set_tcp_nodelay true', '',
  `listener ${port} ${host}`, `max_connections ${connectionsMax}`, 'max_qos 1', `cafile ${folder}/ca.pem`, `certfile ${folder}/cert.pem`, `keyfile ${folder}/key.pem`,
  'tls_version tlsv1.2', 'require_certificate true', 'use_identity_as_username true', 'use_username_as_clientid true', '',
].join('\n')
