import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MqttClient, connectAsync } from 'mqtt'
import { type Payloads, decodeMessage, encodeMessage } from '../../../gateway/contract/codec.js'
import type { DeviceKind, DeviceMessageKind, MessageKind } from '../../../gateway/contract/message-table.js'
import { parseTopic, topicOf, topicsOf } from '../../../gateway/contract/topics.js'
import { eventually } from './child.js'
import { ESTATE } from './estate-under-test.js'

export interface Received {
  readonly kind: MessageKind
  readonly payload: unknown
  readonly atMs: number
}

/** A device made by the test: it says exactly what it is told and keeps everything it hears. */
export interface WireDevice {
  readonly received: readonly Received[]
  of<Kind extends MessageKind>(kind: Kind): Array<Payloads[Kind]>
  say<Kind extends DeviceMessageKind>(kind: Kind, payload: Payloads[Kind]): Promise<void>
  /** The `count`-th message of this kind, from 1. */
  hear<Kind extends MessageKind>(kind: Kind, count?: number): Promise<Payloads[Kind]>
  close(): Promise<void>
}

export async function connectDevice(port: number, deviceKind: DeviceKind, deviceId: string, certificateDir: string): Promise<WireDevice> {
  const address = { estateId: ESTATE, deviceKind, deviceId }
  const pem = (name: string): Buffer => readFileSync(join(certificateDir, name))
  const client: MqttClient = await connectAsync(`mqtts://127.0.0.1:${port}`, {
    clientId: deviceId, clean: true, reconnectPeriod: 0, protocolVersion: 4, ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem'),
  })
  client.on('error', () => {})
  const received: Received[] = []
  client.on('message', (topic, bytes) => {
    const kind = parseTopic(topic)?.kind
    if (kind === undefined) throw new Error(`unknown topic ${topic}`)
    const decoded = decodeMessage(kind, bytes)
    if (!decoded.ok) throw new Error(`${topic}: ${decoded.error}`)
    received.push({ kind, payload: decoded.value, atMs: performance.now() })
  })
  await client.subscribeAsync(topicsOf(address).subscribe, { qos: 1 })
  const of = <Kind extends MessageKind>(kind: Kind): Array<Payloads[Kind]> =>
    received.filter((message) => message.kind === kind).map((message) => message.payload as Payloads[Kind])
  return {
    received,
    of,
    say: async (kind, payload) => void await client.publishAsync(topicOf(kind, address), encodeMessage(kind, payload), { qos: 1 }),
    hear: (kind, count = 1) => eventually(`${deviceId} hears ${kind} number ${count}`, () => of(kind)[count - 1], 30_000),
    close: async () => client.endAsync(true),
  }
}
