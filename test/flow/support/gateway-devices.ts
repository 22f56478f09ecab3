import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type MqttClient, connectAsync } from 'mqtt'
import { type Payloads, decodeMessage, encodeMessage } from '#contract/codec.js'
import type { DeviceKind, DeviceMessageKind } from '#contract/message-table.js'
import { type DeviceAddress, parseTopic, topicOf, topicsOf } from '#contract/topics.js'
import { issueDevice } from '../../../gateway/cli-commands.js'
import { createControlClient } from '../../../gateway/ops/control-client.js'
import { IDENTITY } from '../../support/identity.js'
import { type GatewayHome, readCertificates } from './gateway-rig.js'

/** One message that a device got. */
export interface Received {
  readonly kind: string
  readonly payload: unknown
  /** The test's monotonic clock. */
  readonly atMs: number
}

export interface TestDevice {
  readonly address: DeviceAddress
  readonly bootId: string
  /** The device's own monotonic clock. */
  monoMs(): number
  readonly inbox: Received[]
  send<Kind extends DeviceMessageKind>(kind: Kind, payload: Payloads[Kind]): Promise<void>
  heartbeat(): Promise<void>
  end(): Promise<void>
}

/** Has the gateway issue a certificate and connects as that device, with hello and heartbeat said. */
export async function connectDevice(home: GatewayHome, mqttPort: number, deviceKind: DeviceKind, deviceId: string, onMessage: (device: TestDevice, message: Received) => void = () => {}): Promise<TestDevice> {
  const folder = join(home.folder, 'devices', deviceId)
  const issued = await issueDevice(createControlClient(home.dataDir), { kind: deviceKind, id: deviceId, out: folder })
  if (!issued.done) throw new Error(issued.text)
  return connectAgain(home, mqttPort, deviceKind, deviceId, onMessage)
}

/** As `connectDevice`, with the certificate that the device has. */
export async function connectAgain(home: Pick<GatewayHome, 'folder'>, mqttPort: number, deviceKind: DeviceKind, deviceId: string, onMessage: (device: TestDevice, message: Received) => void = () => {}): Promise<TestDevice> {
  const address: DeviceAddress = { estateId: IDENTITY.estateId, deviceKind, deviceId }
  const client: MqttClient = await connectAsync(`mqtts://127.0.0.1:${mqttPort}`, {
    clientId: deviceId, protocolVersion: 4, clean: true, reconnectPeriod: 0, ...readCertificates(join(home.folder, 'devices', deviceId)),
  })
  const bootId = randomUUID()
  const startedMs = performance.now()
  const inbox: Received[] = []
  const monoMs = (): number => 60_000 + performance.now() - startedMs
  const send: TestDevice['send'] = async (kind, payload) => {
    await client.publishAsync(topicOf(kind, address), encodeMessage(kind, payload), { qos: kind === 'cameraFrame' || kind === 'heartbeat' ? 0 : 1 })
  }
  const device: TestDevice = {
    address, bootId, monoMs, inbox, send,
    heartbeat: () => send('heartbeat', {
      v: 1, bootId, monoMs: monoMs(), wallMs: Date.now(), pendingEvents: 0,
      doors: deviceKind === 'controller' ? [{ doorNo: 1, relay: 'locked', contact: 'closed', fire: false }] : [],
    }),
    // Unforced, mqtt.js waits for what is unacknowledged: for ever, where the gateway was killed before it answered.
    end: () => client.endAsync(true),
  }
  client.on('message', (topic, bytes) => {
    const kind = parseTopic(topic)?.kind
    const decoded = kind === undefined ? undefined : decodeMessage(kind, bytes)
    const message = { kind: kind ?? topic, payload: decoded?.ok === true ? decoded.value : bytes, atMs: performance.now() }
    inbox.push(message)
    onMessage(device, message)
  })
  await client.subscribeAsync(topicsOf(address).subscribe, { qos: 1 })
  await send('hello', { v: 1, bootId, monoMs: monoMs(), wallMs: Date.now(), model: 'test', firmware: '1', capabilities: [] })
  await device.heartbeat()
  return device
}

let frames = 0

/** Sends one picture; returns its frame id and when it was handed to the network. */
export async function sendFrame(camera: TestDevice, image: Uint8Array): Promise<{ frameId: string; sentAtMs: number }> {
  const frameId = randomUUID()
  const sentAtMs = performance.now()
  await camera.send('cameraFrame', {
    header: { v: 1, frameId, bootId: camera.bootId, frameNo: ++frames, capturedMonoMs: camera.monoMs(), capturedWallMs: Date.now(), mime: 'image/jpeg' }, image,
  })
  return { frameId, sentAtMs }
}

/** A controller that does what it is told: it answers every command with `executed`. */
export function obey(controller: TestDevice, { kind, payload }: Received): void {
  if (kind !== 'doorCommand') return
  const { commandId } = payload as { commandId: string }
  void controller.send('commandResult', {
    v: 1, eventId: randomUUID(), commandId, bootId: controller.bootId, monoMs: controller.monoMs(), wallMs: Date.now(), outcome: 'executed', reason: null,
  }).catch(() => {}) // its connection ended first: to the gateway, a command without a result
}
