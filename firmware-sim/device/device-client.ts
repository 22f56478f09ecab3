import { type Payloads, decodeMessage, encodeMessage } from '#contract/codec.js'
import { MESSAGES, type DeviceMessageKind, type GatewayMessageKind } from '#contract/message-table.js'
import { type DeviceAddress, parseTopic, topicOf, topicsOf } from '#contract/topics.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { backoffMs } from './backoff.js'
import { type BrokerAccess, type MqttSession, openSession } from './mqtt-session.js'

/** A message of the gateway that fitted its schema, or one that did not. */
export type Incoming =
  | { [Kind in GatewayMessageKind]: { readonly kind: Kind; readonly payload: Payloads[Kind] } }[GatewayMessageKind]
  | { readonly kind: 'malformed'; readonly about: GatewayMessageKind; readonly bytes: Uint8Array; readonly error: string }

export interface DeviceEvents {
  /** Subscribed to everything: the first message may go out now. */
  connected(): void
  disconnected(): void
  received(message: Incoming): void
  /** Why a connection failed or ended. The client goes on trying. */
  troubled(reason: string): void
}

/** How a message gets past the faults of a link: each call of `deliver` is one arrival. */
export type Link = (deliver: () => void) => void

export interface DeviceClient {
  start(): void
  /** Disconnects properly; no reconnect. */
  stop(): Promise<void>
  isConnected(): boolean
  /**
   * Sends one message; nothing is kept here.
   * @returns false where there is no connection, or a picture is still on its way out (pictures are not queued)
   * @throws RangeError where the content breaks the wire contract
   */
  send<Kind extends DeviceMessageKind>(kind: Kind, payload: Payloads[Kind]): boolean
  /** Breaks the connection without a word; it comes back after a pause. */
  drop(): void
}

export interface DeviceClientDeps {
  readonly address: DeviceAddress
  readonly access: BrokerAccess
  readonly clock: Clock
  readonly random: RandomSource
  readonly link: Link
  readonly events: DeviceEvents
}

function decoded(topic: string, bytes: Uint8Array): Incoming | undefined {
  const kind = parseTopic(topic)?.kind as GatewayMessageKind | undefined
  if (kind === undefined) return undefined
  const result = decodeMessage(kind, bytes)
  return result.ok ? { kind, payload: result.value } as Incoming : { kind: 'malformed', about: kind, bytes, error: result.error }
}

/**
 * A device's way to its gateway. Every connect is a new MQTT session, so that nothing of an earlier one is sent again
 * behind our back; what must survive is kept by the device itself (see `createKeepQueue`).
 */
export function createDeviceClient(deps: DeviceClientDeps): DeviceClient {
  let session: MqttSession | undefined
  let cancelRetry: CancelTimer | undefined
  let attempts = 0
  let isReady = false
  let isStopped = true
  let pictureOnItsWay = false

  const lost = (): void => {
    const wasReady = isReady
    session = undefined
    isReady = false
    pictureOnItsWay = false
    if (wasReady) deps.events.disconnected()
    if (!isStopped) cancelRetry = deps.clock.after(backoffMs(attempts++, deps.random), open)
  }
  const open = (): void => {
    if (isStopped) return
    const opened = openSession(deps.address.deviceId, deps.access, topicsOf(deps.address).subscribe, {
      ready() {
        attempts = 0
        isReady = true
        deps.events.connected()
      },
      message(topic, bytes) {
        deps.link(() => {
          const message = session === opened ? decoded(topic, bytes) : undefined
          if (message !== undefined) deps.events.received(message)
        })
      },
      troubled: (reason) => deps.events.troubled(reason),
      closed: () => session === opened && lost(),
    })
    session = opened
  }
  return {
    start() {
      if (!isStopped) return
      isStopped = false
      open()
    },
    async stop() {
      isStopped = true
      cancelRetry?.()
      await session?.end()
    },
    isConnected: () => isReady,
    send(kind, payload) {
      const sender = session
      const { qos, encoding } = MESSAGES[kind]
      const isPicture = encoding === 'frame'
      if (!isReady || sender === undefined || (isPicture && pictureOnItsWay)) return false
      const bytes = encodeMessage(kind, payload)
      pictureOnItsWay ||= isPicture
      deps.link(() => {
        if (session !== sender) return
        sender.publish(topicOf(kind, deps.address), bytes, qos, () => {
          if (isPicture && session === sender) pictureOnItsWay = false
        })
      })
      return true
    },
    drop() {
      const dropped = session
      if (dropped === undefined) return
      lost()
      dropped.destroy()
    },
  }
}
