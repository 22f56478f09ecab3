import { type Result, err, ok } from '#kernel/result.js'
import { TERMINAL_BYTES_MAX, TERMINAL_CHANNELS, type TerminalChannel, WILL_TOPIC, commandTopicOf, publishTopicsOf } from '../device/oem/oem-topics.js'
import type { PublishClaim, PublishRefusal } from './authorization.js'
import { BROKER_LIMITS } from './limits.js'

/** A face terminal of another maker. It stands among the devices of the contract, and has its own topics. */
export interface TerminalAddress {
  readonly deviceKind: 'terminal'
  readonly deviceId: string
}

/** What one terminal may do, all of it read from the table of its topics. */
export interface TerminalAccess {
  readonly dialect: 'face'
  readonly address: TerminalAddress
  readonly publish: ReadonlyMap<string, TerminalChannel>
  readonly subscribe: string
  /** Largest PUBLISH packet that is read at all. */
  readonly publishPacketBytesMax: number
}

export const terminalAccessOf = (terminalId: string): TerminalAccess => ({
  dialect: 'face',
  address: { deviceKind: 'terminal', deviceId: terminalId },
  publish: publishTopicsOf(terminalId),
  subscribe: commandTopicOf(terminalId),
  publishPacketBytesMax: TERMINAL_BYTES_MAX + BROKER_LIMITS.publishOverheadBytes,
})

export interface TerminalConnectClaim {
  readonly terminalId: string
  readonly clientId: string
  readonly keepaliveSeconds: number
  /** Topic of the last will; null where there is none. */
  readonly willTopic: string | null
}

/** As `judgeConnect`; these terminals announce their end by a last will, which is taken on its own topic and dropped. */
export function judgeTerminalConnect(claim: TerminalConnectClaim): Result<void, 'client-id' | 'will' | 'keepalive'> {
  if (claim.clientId !== claim.terminalId) return err('client-id')
  if (claim.willTopic !== null && claim.willTopic !== WILL_TOPIC) return err('will')
  if (claim.keepaliveSeconds < 1 || claim.keepaliveSeconds > BROKER_LIMITS.keepaliveSecondsMax) return err('keepalive')
  return ok(undefined)
}

/** Whether a terminal may send this message; `qos-2` closes the connection. Looks at no payload byte. */
export function judgeTerminalPublish(access: TerminalAccess, claim: PublishClaim): Result<TerminalChannel, PublishRefusal | 'qos-2'> {
  if (claim.qos === 2) return err('qos-2')
  const channel = access.publish.get(claim.topic)
  if (channel === undefined) return err(claim.topic.startsWith(`${access.subscribe}/`) ? 'unknown-channel' : 'not-yours')
  return claim.payloadBytes > TERMINAL_CHANNELS[channel].bytesMax ? err('oversized') : ok(channel)
}
