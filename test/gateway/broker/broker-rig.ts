import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { type IClientOptions, type MqttClient, connect as mqttConnect } from 'mqtt'
import { createEmbeddedBroker } from '../../../gateway/broker/broker.js'
import { createExternalBroker, gatewayNameOf } from '../../../gateway/broker/external-broker.js'
import type { DeviceTransport, TransportObserver } from '../../../gateway/broker/device-transport.js'
import { type DeviceMessageKind, type DeviceKind, MESSAGE_KINDS, MESSAGES } from '../../../gateway/contract/message-table.js'
import { type DeviceAddress, topicOf } from '../../../gateway/contract/topics.js'
import { type CertificateAuthority, type DeviceCertificate, createCertificateAuthority } from '../../../gateway/device/certificate-authority.js'
import type { DeviceAdmission, DeviceHandlers } from '../../../gateway/device/ports.js'
import { type Clock, systemClock } from '../../../gateway/kernel/clock.js'
import { silentLogger } from '../../../gateway/kernel/log.js'
import { systemRandom } from '../../../gateway/kernel/random.js'
import { type Mosquitto, startMosquitto } from './mosquitto-broker.js'

export { connectBytes, publishBytes } from '../../support/mqtt-bytes.js'

export const ESTATE = 'pengjiang-1'
export const UUID = '0192f3a4-5b6c-7d8e-9f00-112233445566'

export interface RigDevice {
  readonly address: DeviceAddress
  readonly certificate: DeviceCertificate
  topic(kind: Parameters<typeof topicOf>[0]): string
}

/** What a rig saw, in order, as lines; `until` waits for a line without sleeping. */
export interface Journal {
  readonly lines: string[]
  write(line: string): void
  until(line: string | RegExp, times?: number): Promise<void>
}

export function createJournal(): Journal {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  return {
    lines,
    write(line) {
      lines.push(line)
      for (const check of waiting) check()
    },
    until: (wanted, times = 1) => new Promise((resolve) => {
      const check = (): void => {
        if (lines.filter((line) => (typeof wanted === 'string' ? line === wanted : wanted.test(line))).length < times) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    }),
  }
}

export interface Rig {
  readonly transport: DeviceTransport
  readonly authority: CertificateAuthority
  readonly port: number
  readonly folder: string
  /** connected ID · disconnected ID · ID kind JSON · rejected REASON ID · undelivered REASON KIND ID */
  readonly journal: Journal
  readonly handlers: DeviceHandlers
  /** Issues a certificate and registers it. */
  device(deviceKind: DeviceKind, deviceId: string): Promise<RigDevice>
  revoke(deviceId: string): void
  /** A client that is not yet connected; its options are those of a well-behaved device. */
  client(device: RigDevice, options?: IClientOptions): MqttClient
  /** A client that is connected and whose connection was reported. */
  connected(device: RigDevice, options?: IClientOptions): Promise<MqttClient>
  /** A bare TLS socket, past its handshake. */
  raw(device: RigDevice): Promise<TLSSocket>
  /** The broker beside the gateway, where there is one. */
  readonly mosquitto: Mosquitto | undefined
  stop(): Promise<void>
}

export interface RigSettings {
  readonly connectionsMax?: number
  readonly clock?: Clock
  readonly onAdmit?: (deviceId: string) => void
  /** Over a Mosquitto process with the rendered files, in place of the gateway's own broker. */
  readonly mosquitto?: boolean
}

const summary = (payload: unknown): string => {
  const { image } = payload as { image?: Uint8Array }
  return JSON.stringify(image === undefined ? payload : { ...(payload as object), image: `${image.length} bytes` })
}

function recordingHandlers(journal: Journal): DeviceHandlers {
  const deviceKinds = MESSAGE_KINDS.filter((kind): kind is DeviceMessageKind => MESSAGES[kind].from === 'device')
  return Object.fromEntries(deviceKinds.map((kind) =>
    [kind, (address: DeviceAddress, payload: unknown) => journal.write(`${address.deviceId} ${kind} ${summary(payload)}`)]))
}

interface RigRow {
  readonly kind: DeviceKind
  readonly fingerprint: string
  revoked: boolean
}

function admissionOf(registry: ReadonlyMap<string, RigRow>, onAdmit: RigSettings['onAdmit']): DeviceAdmission {
  const judge = (deviceId: string, fingerprint: string | undefined): ReturnType<DeviceAdmission['admit']> => {
    const row = structuredClone(registry.get(deviceId))
    onAdmit?.(deviceId)
    if (row === undefined) return { ok: false, error: 'unknown-device' }
    if (row.revoked) return { ok: false, error: 'revoked' }
    return fingerprint === undefined || row.fingerprint === fingerprint ? { ok: true, value: row.kind } : { ok: false, error: 'wrong-certificate' }
  }
  return { admit: judge, admitVouched: (deviceId) => judge(deviceId, undefined) }
}

export async function startRig(settings: RigSettings = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'broker-'))
  const authority = createCertificateAuthority({ folder: join(folder, 'pki'), estateId: ESTATE, deviceValidityDays: 30, clock: systemClock, random: systemRandom })
  await authority.open()
  const journal = createJournal()
  const registry = new Map<string, RigRow>()
  const handlers = recordingHandlers(journal)
  const observer: TransportObserver = {
    rejected: (reason, deviceId) => journal.write(`rejected ${reason} ${deviceId}`),
    undelivered: (reason, kind, deviceId) => journal.write(`undelivered ${reason} ${kind} ${deviceId}`),
  }
  const connectionsMax = settings.connectionsMax ?? 32
  const common = { observer, clock: settings.clock ?? systemClock, log: silentLogger }
  const mosquitto = settings.mosquitto === true ? await startMosquitto({ authority, estateId: ESTATE, folder, connectionsMax }) : undefined
  const transport = mosquitto === undefined
    ? createEmbeddedBroker({ options: { estateId: ESTATE, host: '127.0.0.1', port: 0, tls: await authority.serverTls([]), connectionsMax }, ...common })
    : createExternalBroker({ options: { estateId: ESTATE, host: 'localhost', port: mosquitto.port, tls: await authority.clientTls(gatewayNameOf(ESTATE)) }, ...common })
  const { port } = await transport.start({
    admission: admissionOf(registry, settings.onAdmit),
    connections: {
      connected: (address) => journal.write(`connected ${address.deviceId}`),
      disconnected: (address) => journal.write(`disconnected ${address.deviceId}`),
    },
    handlers,
  })
  const clients = new Set<MqttClient>()
  const sockets = new Set<TLSSocket>()
  const tlsOf = ({ certificate }: RigDevice) => ({ ca: certificate.caPem, cert: certificate.certPem, key: certificate.keyPem })

  const client: Rig['client'] = (device, options = {}) => {
    const made = mqttConnect({
      protocol: 'mqtts', host: '127.0.0.1', port, ...tlsOf(device), clientId: device.address.deviceId,
      reconnectPeriod: 0, keepalive: 30, ...options,
    })
    made.on('error', () => {})
    clients.add(made)
    return made
  }

  return {
    transport, authority, port, folder, journal, handlers, client, mosquitto,
    async device(deviceKind, deviceId) {
      const certificate = await authority.issueDevice({ deviceKind, deviceId })
      registry.set(deviceId, { kind: deviceKind, fingerprint: certificate.fingerprint, revoked: false })
      const address = { estateId: ESTATE, deviceKind, deviceId }
      return { address, certificate, topic: (kind) => topicOf(kind, address) }
    },
    revoke(deviceId) {
      const row = registry.get(deviceId)
      if (row !== undefined) row.revoked = true
    },
    connected: (device, options) => new Promise((resolve, reject) => {
      const line = `connected ${device.address.deviceId}`
      const before = journal.lines.filter((one) => one === line).length
      const made = client(device, options)
      // CONNACK reaches the client a turn before the gateway's own report of it.
      made.once('connect', () => void journal.until(line, before + 1).then(() => resolve(made)))
      made.once('error', reject)
      made.once('close', () => reject(new Error('closed before CONNACK')))
    }),
    raw: (device) => new Promise((resolve, reject) => {
      const socket = tlsConnect({ host: '127.0.0.1', port, servername: 'localhost', ...tlsOf(device) })
      sockets.add(socket)
      socket.once('secureConnect', () => resolve(socket))
      socket.once('error', reject)
      socket.on('error', () => {})
    }),
    async stop() {
      for (const one of clients) one.end(true)
      for (const one of sockets) one.destroy()
      await transport.stop()
      await mosquitto?.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The next bytes, `count` or a few more; the socket is paused then. */
export const bytesOf = (socket: TLSSocket, count: number): Promise<Buffer> => new Promise((resolve) => {
  let bytes = Buffer.alloc(0)
  const take = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk])
    if (bytes.length < count) return
    socket.off('data', take).pause()
    resolve(bytes)
  }
  socket.on('data', take).resume()
})

/** Resolves with all bytes that came once the peer closed. */
export const bytesUntilClose = (socket: TLSSocket): Promise<Buffer> => new Promise((resolve) => {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.once('close', () => resolve(Buffer.concat(chunks)))
})

/** A heartbeat that any device may send; `pendingEvents` tells one from another. */
export const heartbeat = (pendingEvents = 0): string => JSON.stringify({ v: 1, bootId: UUID, monoMs: 5, wallMs: 1, doors: [], pendingEvents })
