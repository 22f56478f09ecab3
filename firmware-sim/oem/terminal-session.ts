import { type IClientOptions, type MqttClient, connect } from 'mqtt'

/** Where the broker is, and how the terminal shows who it is: a certificate, or name and password, with TLS or without. */
export interface TerminalAccess {
  /** `mqtts://` or `mqtt://` host:port */
  readonly url: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly userName?: string
  readonly password?: string
}

export interface TerminalSessionEvents {
  /** Connected and subscribed to its own topic. */
  ready(): void
  message(bytes: Buffer): unknown
  troubled(reason: string): void
  /** Exactly once, whatever ended it. */
  closed(): unknown
}

export interface TerminalSession {
  publish(topic: string, body: object): void
  /** Says goodbye, then closes. */
  end(): Promise<void>
  /** Closes without a word, as a power cut does. */
  destroy(): void
}

const CONNECT_TIMEOUT_MS = 10_000
const KEEPALIVE_SECONDS = 30

function optionsOf(terminalId: string, { ca, cert, key, userName, password }: TerminalAccess): IClientOptions {
  const will = Buffer.from(JSON.stringify({ operator: 'Offline', info: { facesluiceId: terminalId } }))
  return {
    clientId: terminalId, protocolVersion: 4, clean: true, reconnectPeriod: 0, connectTimeout: CONNECT_TIMEOUT_MS, keepalive: KEEPALIVE_SECONDS,
    will: { topic: 'mqtt/face/basic', payload: will, qos: 0, retain: false },
    ...(ca === undefined ? {} : { ca, rejectUnauthorized: true }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }),
    ...(userName === undefined ? {} : { username: userName }), ...(password === undefined ? {} : { password }),
  }
}

/** One connection from its opening to its end, QoS 0 throughout (spec v1.25 §1.1). It never reconnects. */
export function openTerminalSession(terminalId: string, access: TerminalAccess, events: TerminalSessionEvents): TerminalSession {
  const client: MqttClient = connect(access.url, optionsOf(terminalId, access))
  client.on('error', (error) => events.troubled(error.message))
  client.on('message', (_topic, bytes) => events.message(bytes))
  client.once('connect', () => client.subscribe(`mqtt/face/${terminalId}`, { qos: 0 }, (error, granted) => {
    if (error === null && granted?.every((grant) => grant.qos <= 2) === true) return events.ready()
    events.troubled('subscription refused')
    client.stream.destroy()
  }))
  client.once('close', () => {
    events.closed()
    client.end(true)
  })
  return {
    publish: (topic, body) => void client.publish(topic, JSON.stringify(body), { qos: 0 }),
    end: () => new Promise((resolve) => client.end(!client.connected, {}, () => resolve())),
    destroy: () => void client.stream.destroy(),
  }
}
