import { type MqttClient, connect } from 'mqtt'

/** Where the broker is and who the device is there. PEM texts. */
export interface BrokerAccess {
  readonly url: string
  readonly ca: string
  readonly cert: string
  readonly key: string
}

export interface SessionEvents {
  /** Connected and subscribed to every topic. */
  ready(): void
  message(topic: string, bytes: Buffer): void
  troubled(reason: string): void
  /** Exactly once, whatever ended it. */
  closed(): unknown
}

/** One MQTT connection from its opening to its end. It never reconnects. */
export interface MqttSession {
  /** `sent` is called when the bytes left, or at QoS 1 when the broker has them. */
  publish(topic: string, bytes: Buffer, qos: 0 | 1, sent: () => void): void
  /** Says goodbye, then closes. */
  end(): Promise<void>
  /** Closes without a word. */
  destroy(): void
}

const CONNECT_TIMEOUT_MS = 10_000
const KEEPALIVE_SECONDS = 15
const END_TIMEOUT_MS = 3_000

function subscribeAll(client: MqttClient, topics: readonly string[], events: SessionEvents): void {
  client.subscribe([...topics], { qos: 1 }, (error, granted) => {
    if (client.disconnecting || !client.connected) return
    const refused = granted?.some((grant) => grant.qos > 2) === true
    if (error === null && !refused) return events.ready()
    events.troubled(`subscription refused: ${error?.message ?? 'by the broker'}`)
    client.stream.destroy()
  })
}

/** Waits for the goodbye to be sent, but no longer than the broker deserves; without a connection there is none. */
function endSession(client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    const givenUp = setTimeout(() => client.stream.destroy(), END_TIMEOUT_MS)
    const done = (): void => {
      clearTimeout(givenUp)
      resolve()
    }
    if (!client.connected) {
      client.end(true)
      return done()
    }
    client.once('close', done)
    client.end()
  })
}

/** Opens MQTT 3.1.1 over TLS with a client certificate and a clean session. */
export function openSession(clientId: string, access: BrokerAccess, topics: readonly string[], events: SessionEvents): MqttSession {
  const client = connect(access.url, {
    ca: access.ca, cert: access.cert, key: access.key, rejectUnauthorized: true,
    clientId, protocolVersion: 4, clean: true, reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS, keepalive: KEEPALIVE_SECONDS,
  })
  client.on('error', (error) => events.troubled(error.message))
  client.on('message', (topic, bytes) => events.message(topic, bytes))
  client.once('connect', () => subscribeAll(client, topics, events))
  client.once('close', () => {
    events.closed()
    client.end(true)
  })
  return {
    publish: (topic, bytes, qos, sent) => void client.publish(topic, bytes, { qos, retain: false }, sent),
    end: () => endSession(client),
    destroy: () => void client.stream.destroy(),
  }
}
