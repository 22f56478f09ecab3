import { type IClientOptions, type MqttClient, connect } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmbeddedBroker } from '../../../gateway/broker/broker.js'
import type { DeviceTransport } from '../../../gateway/broker/device-transport.js'
import { createCertificateAuthority } from '../../../gateway/device/certificate-authority.js'
import { hashPassword } from '../../../gateway/device/oem/login-hash.js'
import type { TerminalCredential, TerminalRow } from '../../../gateway/device/oem/ports.js'
import { NO_RECORDS } from '../../../gateway/device/oem/record-number-rules.js'
import { createTerminalAdmission } from '../../../gateway/device/oem/terminal-admission.js'
import { systemClock } from '../../../gateway/kernel/clock.js'
import { silentLogger } from '../../../gateway/kernel/log.js'
import { systemRandom } from '../../../gateway/kernel/random.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { createJournal } from './broker-rig.js'

const PASSWORD = 'correct horse battery'

describe('face terminals of other makers', () => {
  let transport: DeviceTransport
  let port: number
  let plainPort: number
  let ca: string
  let issue: (id: string) => Promise<{ cert: string; key: string; fingerprint: string }>
  const clock = createVirtualClock()
  const rows = new Map<string, TerminalRow>()
  let journal = createJournal()
  const clients: MqttClient[] = []

  const register = (terminalId: string, credential: TerminalCredential, revokedAtMs: number | null = null): void =>
    void rows.set(terminalId, { terminalId, credential, revokedAtMs, records: NO_RECORDS })
  const login = async (id: string, userName = id): Promise<void> =>
    register(id, { kind: 'login', userName, passwordHash: await hashPassword(PASSWORD, systemRandom) })

  beforeEach(async () => {
    rows.clear()
    journal = createJournal()
    const authority = createCertificateAuthority({ folder: tempDir(), estateId: 'e1', deviceValidityDays: 30, clock: systemClock, random: systemRandom })
    await authority.open()
    const tls = await authority.serverTls([])
    ca = tls.caPem
    issue = async (id) => {
      const { certPem: cert, keyPem: key, fingerprint } = await authority.issueDevice({ deviceKind: 'terminal', deviceId: id })
      return { cert, key, fingerprint }
    }
    transport = createEmbeddedBroker({
      options: { estateId: 'e1', host: '127.0.0.1', port: 0, tls, connectionsMax: 16, logins: { overTls: true, plain: { host: '127.0.0.1', port: 0 } } },
      observer: {
        rejected: (reason, id) => journal.write(`rejected ${reason} ${id}`), undelivered: (reason, kind, id) => journal.write(`undelivered ${reason} ${kind} ${id}`),
      },
      clock: systemClock, log: silentLogger,
    })
    const opened = await transport.start({
      admission: { admit: () => ({ ok: false, error: 'unknown-device' }), admitVouched: () => ({ ok: false, error: 'unknown-device' }) },
      connections: { connected: ({ deviceId }) => journal.write(`device ${deviceId}`), disconnected: () => undefined },
      handlers: {},
      terminals: {
        admission: createTerminalAdmission({ find: (id) => rows.get(id), clock }),
        connected: (id) => journal.write(`connected ${id}`), disconnected: (id) => journal.write(`disconnected ${id}`),
        message: (id, channel, payload) => void journal.write(`${id} ${channel} ${Buffer.from(payload).toString()}`),
      },
    })
    port = opened.port
    plainPort = opened.plainPort as number
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) client.end(true)
    await transport.stop()
  })

  const client = (id: string, options: IClientOptions): MqttClient => {
    const made = connect({ host: '127.0.0.1', clientId: id, protocolVersion: 4, reconnectPeriod: 0, keepalive: 30, ...options })
    made.on('error', () => undefined)
    clients.push(made)
    return made
  }
  const plain = (id: string, options: IClientOptions = {}) => client(id, { protocol: 'mqtt', port: plainPort, username: id, password: PASSWORD, ...options })
  const overTls = (id: string, options: IClientOptions = {}) => client(id, { protocol: 'mqtts', port, ca, ...options })
  const outcome = (made: MqttClient): Promise<unknown> => new Promise((resolve) => {
    made.once('connect', () => resolve('connected'))
    made.once('error', (error) => resolve('code' in error && typeof error.code === 'number' ? error.code : 'error'))
    made.once('close', () => resolve('closed'))
  })

  it('get in by name and password without TLS, with TLS, and by certificate; each connection and its end is told once', async () => {
    await login('face-1')
    const { cert, key, fingerprint } = await issue('face-2')
    register('face-2', { kind: 'certificate', fingerprint })
    for (const open of [() => plain('face-1'), () => overTls('face-1', { username: 'face-1', password: PASSWORD }), () => overTls('face-2', { cert, key })]) {
      const made = open()
      expect(await outcome(made)).toBe('connected')
      await made.endAsync()
      await journal.until(/^disconnected/, journal.lines.filter((line) => line.startsWith('connected')).length)
    }
    expect(journal.lines).toEqual(['face-1', 'face-1', 'face-2'].flatMap((id) => [`connected ${id}`, `disconnected ${id}`]))
  })

  it.each<[string, string, unknown, IClientOptions]>([
    ['a wrong password', 'wrong-password', 4, { password: 'wrong' }],
    ['another name', 'wrong-password', 4, { username: 'face-2' }],
    ['no name and password', 'no-credentials', 5, { username: undefined, password: undefined } as unknown as IClientOptions],
    ['a will on another topic', 'will', 5, { will: { topic: 'mqtt/face/face-2', payload: Buffer.from('x'), qos: 0, retain: false } }],
    ['no keep-alive', 'keepalive', 5, { keepalive: 0 }],
  ])('%s is refused', async (_, reason, code, options) => {
    await login('face-1')
    expect(await outcome(plain('face-1', options))).toBe(code)
    expect(journal.lines).toEqual([`rejected ${reason} null`])
  })

  it('who is unknown, revoked, or has another terminal\'s certificate is refused', async () => {
    await login('face-1')
    register('face-3', rows.get('face-1')?.credential as TerminalCredential, 1)
    const { cert, key, fingerprint } = await issue('face-2')
    register('face-2', { kind: 'certificate', fingerprint })
    expect(await outcome(plain('face-9'))).toBe(5)
    expect(await outcome(plain('face-3', { username: 'face-1' }))).toBe(5)
    expect(await outcome(overTls('face-1', { cert, key }))).toBe(2)
    expect(await outcome(plain('face-2'))).toBe(5)
    expect(journal.lines).toEqual(['rejected unknown-device null', 'rejected revoked null', 'rejected client-id face-2', 'rejected unknown-device null'])
  })

  it('who guesses must wait; the right password of another address would not, and after a minute it works again', async () => {
    await login('face-1')
    for (let i = 0; i < 5; i++) expect(await outcome(plain('face-1', { password: `guess ${i}` }))).toBe(4)
    expect(await outcome(plain('face-1'))).toBe(5)
    expect(journal.lines.at(-1)).toBe('rejected slow-down null')
    const admission = createTerminalAdmission({ find: (id) => rows.get(id), clock })
    expect(await admission.admitLogin({ terminalId: 'face-1', userName: 'face-1', password: PASSWORD, address: '10.0.0.1' })).toEqual({ ok: true, value: undefined })
    clock.advance(60_000)
    expect(await outcome(plain('face-1'))).toBe('connected')
  })

  it('publish their own topics and the two shared ones, nothing of another, no device topic; and subscribe to their own only', async () => {
    await login('face-1')
    const made = plain('face-1', { will: { topic: 'mqtt/face/basic', payload: Buffer.from('{}'), qos: 0, retain: false } })
    await outcome(made)
    await journal.until('connected face-1')
    journal.lines.length = 0
    const own = ['mqtt/face/face-1/Ack', 'mqtt/face/face-1/Rec', 'mqtt/face/face-1/Snap', 'mqtt/face/basic', 'mqtt/face/heartbeat']
    const foreign = ['mqtt/face/face-2/Rec', 'mqtt/face/face-1/QRCode', 'mqtt/face/face-1', 'v1/e1/camera/face-1/hello', '$SYS/x']
    for (const topic of [...own, ...foreign]) await made.publishAsync(topic, 'm', { qos: 1, retain: true })
    await made.publishAsync('mqtt/face/heartbeat', Buffer.alloc(5_000), { qos: 1 })
    expect(journal.lines).toEqual([
      'face-1 ack m', 'face-1 rec m', 'face-1 snap m', 'face-1 basic m', 'face-1 heartbeat m',
      'rejected not-yours face-1', 'rejected unknown-channel face-1', 'rejected not-yours face-1', 'rejected not-yours face-1', 'rejected not-yours face-1', 'rejected oversized face-1',
    ])
    const granted = new Promise((resolve) => made.on('packetreceive', (packet) => packet.cmd === 'suback' && resolve(packet.granted)))
    made.subscribe(['mqtt/face/face-1', 'mqtt/face/face-2', 'mqtt/face/#', 'mqtt/face/basic', '#'], { qos: 1 })
    expect(await granted).toEqual([1, 128, 128, 128, 128])
  })

  it('take five megabytes with their pictures, and are cut off above; a last will is published to nobody', async () => {
    await login('face-1')
    const made = plain('face-1')
    await outcome(made)
    await made.publishAsync('mqtt/face/face-1/Rec', Buffer.alloc(5 * 1_048_576, 0x20), { qos: 1 })
    const closed = new Promise<void>((resolve) => made.once('close', () => resolve()))
    made.publish('mqtt/face/face-1/Rec', Buffer.alloc(6 * 1_048_576))
    await closed
    await journal.until('disconnected face-1')
    expect(journal.lines.filter((line) => line.startsWith('rejected'))).toEqual(['rejected packet-too-large face-1'])
  })

  it('are sent commands on their own connection; one that is away or has not subscribed gets none, and that is told', async () => {
    await login('face-1')
    expect(transport.terminalPublisher.publish('face-1', { a: 1 })).toBe(false)
    const made = plain('face-1')
    await outcome(made)
    await journal.until('connected face-1')
    expect(transport.terminalPublisher.publish('face-1', { a: 1 })).toBe(false)
    await made.subscribeAsync('mqtt/face/face-1', { qos: 0 })
    const message = new Promise((resolve) => made.once('message', (topic, bytes) => resolve([topic, bytes.toString()])))
    expect(transport.terminalPublisher.publish('face-1', { operator: 'X' })).toBe(true)
    expect(await message).toEqual(['mqtt/face/face-1', '{"operator":"X"}'])
    expect(journal.lines.filter((line) => line.startsWith('undelivered'))).toEqual(['undelivered offline terminalCommand face-1', 'undelivered not-subscribed terminalCommand face-1'])
  })

  it('a revoked one is cut off at once', async () => {
    await login('face-1')
    const made = plain('face-1')
    await outcome(made)
    await journal.until('connected face-1')
    const closed = new Promise<void>((resolve) => made.once('close', () => resolve()))
    register('face-1', rows.get('face-1')?.credential as TerminalCredential, 5)
    transport.disconnect('face-1')
    await closed
    expect(await outcome(plain('face-1'))).toBe(5)
  })
})
