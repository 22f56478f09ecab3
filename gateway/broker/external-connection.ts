import { type IClientOptions, type IPublishPacket, type ISubscriptionMap, type MqttClient, type Packet, connect } from 'mqtt'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { BROKER_LIMITS } from './limits.js'
import type { ListenerTls } from './tls-listener.js'

const RETRY_MS_MIN = 500
const RETRY_MS_MAX = 15_000
const KEEPALIVE_SECONDS = 15
/** PUBACK: nobody subscribes to this topic. @see MQTT 5.0 §3.4.2.1 */
const NO_SUBSCRIBERS = 16

export interface ExternalConnectionDeps {
  readonly options: { readonly host: string; readonly port: number; readonly clientId: string; readonly tls: ListenerTls; readonly topics: readonly string[]
    /** What the broker speaks: 5 is more, and the gateway's own broker does not speak it. */
    readonly protocolVersion: 4 | 5
  }
  readonly onMessage: (topic: string, payload: Buffer, packet: IPublishPacket) => void
  /** Connected and subscribed, for the first time or again. */
  readonly onUp?: () => void
  /** All that was known of who is connected is void. */
  readonly onDown: () => void
  readonly clock: Clock
  readonly log: Logger
}

export interface OutgoingMessage {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1
  /** More than this waiting for the broker: the message is not sent. */
  readonly waitingBytesMax: number
}

export interface ExternalConnection {
  /** Resolves once it is connected and subscribed, or after ten seconds: it goes on trying then. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Sends now or never. @param onNobody the broker had nobody to give it to, as far as it says so (QoS 1) */
  publish(message: OutgoingMessage, onNobody?: () => void): 'sent' | 'offline' | 'slow-reader'
}

/**
 * MQTT 5.0 to a broker of the estate, for what 3.1.1 cannot say: devices get 3.1.1. Nothing that was retained is sent to the gateway,
 * the retain flag of a live message is kept so that it can be refused, and a message to a device expires at the broker.
 */
const clientOptions = ({ host, port, clientId, tls, protocolVersion }: ExternalConnectionDeps['options']): IClientOptions => ({
  protocol: 'mqtts', host, port, clientId, ca: tls.caPem, cert: tls.certPem, key: tls.keyPem, rejectUnauthorized: true,
  protocolVersion, clean: true, keepalive: KEEPALIVE_SECONDS, connectTimeout: BROKER_LIMITS.connectTimeoutMs,
  // A client that reconnects by itself sends again what it has in flight: a command of minutes ago.
  reconnectPeriod: 0, resubscribe: false, queueQoSZero: false,
})
const subscriptions = (topics: readonly string[]): ISubscriptionMap => Object.fromEntries(topics.map((topic) => [topic, { qos: 1, rh: 2, rap: true }]))

function acknowledged(inFlight: Map<number, () => void>, packet: Packet): void {
  if (packet.cmd !== 'puback' || packet.messageId === undefined) return
  const onNobody = inFlight.get(packet.messageId)
  inFlight.delete(packet.messageId)
  if (packet.reasonCode === NO_SUBSCRIBERS) onNobody?.()
}

/** One client for each attempt: with its end, all that it still had to send is gone. */
export function createExternalConnection(deps: ExternalConnectionDeps): ExternalConnection {
  const { options, clock, log } = deps
  const { host, port } = options
  const inFlight = new Map<number, () => void>()
  let client: MqttClient | undefined
  let isUp = false
  let isStopped = true
  let retryMs = RETRY_MS_MIN
  let cancelRetry: CancelTimer = () => undefined
  let onceUp: () => void = () => undefined

  const down = (ended: MqttClient): void => {
    if (client !== ended) return
    client = undefined
    inFlight.clear()
    const was = isUp
    isUp = false
    ended.end(true)
    if (was) deps.onDown()
    if (isStopped) return
    log.warn({ host, port, retryMs }, 'no connection to the broker')
    cancelRetry = clock.after(retryMs, attempt)
    retryMs = Math.min(2 * retryMs, RETRY_MS_MAX)
  }
  const subscribed = (made: MqttClient, error: Error | null, grants: ReadonlyArray<{ qos: number }> = []): void => {
    if (client !== made) return
    if (error !== null || grants.some(({ qos }) => qos > 1)) {
      log.error({ err: error, topics: options.topics }, 'the broker does not grant the gateway its topics: load the rendered ACL')
      return down(made)
    }
    isUp = true
    retryMs = RETRY_MS_MIN
    log.info({ host, port }, 'connected to the broker')
    onceUp()
    deps.onUp?.()
  }
  const attempt = (): void => {
    const made = connect(clientOptions(options))
    client = made
    made.on('error', (error) => log.debug({ err: error }, 'the connection to the broker reports a failure'))
    made.on('close', () => down(made))
    made.on('connect', () => made.subscribe(subscriptions(options.topics), (error, grants) => subscribed(made, error, grants)))
    made.on('message', (topic, payload, packet) => client === made && deps.onMessage(topic, payload, packet))
    made.on('packetreceive', (packet) => acknowledged(inFlight, packet))
  }

  return {
    start() {
      isStopped = false
      const up = new Promise<void>((resolve) => { onceUp = resolve })
      const cancel = clock.after(BROKER_LIMITS.connectTimeoutMs, onceUp)
      attempt()
      return up.finally(cancel)
    },
    async stop() {
      isStopped = true
      cancelRetry()
      const ending = client
      await ending?.endAsync(true)
      if (ending !== undefined) down(ending)
    },
    publish({ topic, payload, qos, waitingBytesMax }, onNobody = () => undefined) {
      if (client === undefined || !isUp || !client.connected) return 'offline'
      if (client.stream.writableLength > waitingBytesMax || inFlight.size >= BROKER_LIMITS.brokerInFlightMax) return 'slow-reader'
      client.publish(topic, payload, { qos, retain: false, properties: { messageExpiryInterval: BROKER_LIMITS.brokerExpirySeconds } })
      if (qos === 1) inFlight.set(client.getLastMessageId(), onNobody)
      return 'sent'
    },
  }
}
