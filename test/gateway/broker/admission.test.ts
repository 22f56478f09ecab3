import { type IClientOptions } from 'mqtt'
import { connect as netConnect } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Rig, type RigDevice, bytesUntilClose, connectBytes, heartbeat, publishBytes, startRig } from './broker-rig.js'

const CONNACK_OK = Buffer.from([0x20, 2, 0, 0])

describe('who gets in', () => {
  let rig: Rig
  let camera: RigDevice
  beforeEach(async () => {
    rig = await startRig()
    camera = await rig.device('camera', 'cam-1')
  })
  afterEach(() => rig.stop())

  /** The CONNACK code that a refused client sees. */
  const refusedWith = (device: RigDevice, options: IClientOptions = {}): Promise<unknown> =>
    rig.connected(device, options).then(() => 'connected', (error: { code?: unknown; message: string }) => error.code ?? error.message)

  it('admits a known device with its own certificate and reports the connection and its end, once each', async () => {
    const client = await rig.connected(camera)
    expect(rig.transport.connectedCount()).toBe(1)
    await client.endAsync()
    await rig.journal.until('disconnected cam-1')
    expect(rig.journal.lines).toEqual(['connected cam-1', 'disconnected cam-1'])
    expect(rig.transport.connectedCount()).toBe(0)
  })

  it.each<[string, number, string, IClientOptions]>([
    ['a client id that is not the common name', 2, 'client-id', { clientId: 'cam-2' }],
    ['an empty client id', 2, 'client-id', { clientId: '' }],
    ['a will, even on its own topic', 5, 'will', { will: { topic: 'v1/pengjiang-1/camera/cam-1/heartbeat', payload: Buffer.from(heartbeat()), qos: 0, retain: false } }],
    ['no keep-alive', 5, 'keepalive', { keepalive: 0 }],
    ['too long a keep-alive', 5, 'keepalive', { keepalive: 301 }],
  ])('refuses %s with CONNACK %i', async (_, code, reason, options) => {
    expect(await refusedWith(camera, options)).toBe(code)
    expect(rig.journal.lines).toEqual([`rejected ${reason} cam-1`])
  })

  it('refuses a certificate that its own authority issued but no registry knows', async () => {
    const certificate = await rig.authority.issueDevice({ deviceKind: 'camera', deviceId: 'ghost' })
    const ghost = { ...camera, certificate, address: { ...camera.address, deviceId: 'ghost' } }
    expect(await refusedWith(ghost)).toBe(5)
    expect(rig.journal.lines).toEqual(['rejected unknown-device ghost'])
  })

  it('refuses the earlier certificate of a device that was issued a new one', async () => {
    const renewed = await rig.device('camera', 'cam-1')
    expect(await refusedWith(camera)).toBe(5)
    await rig.connected(renewed)
    expect(rig.journal.lines).toEqual(['rejected wrong-certificate cam-1', 'connected cam-1'])
  })

  it('disconnects a revoked device at once and keeps it out; the others stay', async () => {
    const other = await rig.connected(await rig.device('camera', 'cam-2'))
    const client = await rig.connected(camera)
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
    rig.revoke('cam-1')
    rig.transport.disconnect('cam-1')
    expect(rig.journal.lines.at(-1)).toBe('disconnected cam-1')
    await closed
    expect(await refusedWith(camera)).toBe(5)
    expect(rig.journal.lines).toEqual(['connected cam-2', 'connected cam-1', 'disconnected cam-1', 'rejected revoked cam-1'])
    expect(other.connected).toBe(true)
  })

  it('has no way in without a certificate, with one of another authority, or without TLS', async () => {
    const stranger = await startRig()
    const foreign = (await stranger.device('camera', 'cam-1')).certificate
    const ends = async (options: object): Promise<Buffer> => {
      const socket = tlsConnect({ host: '127.0.0.1', port: rig.port, servername: 'localhost', ca: camera.certificate.caPem, ...options })
      socket.on('error', () => {})
      socket.write(connectBytes('cam-1'))
      return bytesUntilClose(socket)
    }
    expect(await ends({})).toHaveLength(0)
    expect(await ends({ cert: foreign.certPem, key: foreign.keyPem })).toHaveLength(0)
    expect(await ends({ cert: foreign.certPem, key: foreign.keyPem, maxVersion: 'TLSv1.2' })).toHaveLength(0)
    const plain = netConnect(rig.port, '127.0.0.1', () => plain.write(connectBytes('cam-1')))
    plain.on('error', () => {})
    await new Promise((resolve) => plain.once('close', resolve))
    await rig.journal.until('rejected tls null', 4)
    expect(rig.journal.lines).toEqual(Array(4).fill('rejected tls null'))
    await stranger.stop()
  })

  it('speaks MQTT 3.1.1: version 5 is refused with CONNACK 1', async () => {
    expect(await refusedWith(camera, { protocolVersion: 5 })).not.toBe('connected')
    await rig.journal.until('rejected connection-fault cam-1')
    expect(rig.journal.lines).toEqual(['rejected connection-fault cam-1'])
  })

  it('replaces the first connection of a device by its second, telling of end and beginning in that order', async () => {
    const first = await rig.connected(camera)
    const closed = new Promise<void>((resolve) => first.once('close', () => resolve()))
    const second = await rig.connected(camera)
    await closed
    expect(rig.journal.lines).toEqual(['connected cam-1', 'disconnected cam-1', 'connected cam-1'])
    await second.publishAsync(camera.topic('hello'), '{}', { qos: 1 })
    expect(rig.transport.connectedCount()).toBe(1)
  })

  it('stays with one connection a device when many come at once', async () => {
    const all = Array.from({ length: 8 }, () => rig.client(camera))
    await rig.journal.until('connected cam-1')
    await Promise.all(all.map((one) => new Promise<void>((resolve) => {
      if (one.connected || one.disconnected) resolve()
      one.once('connect', () => resolve())
      one.once('close', () => resolve())
    })))
    const survivor = await rig.connected(camera)
    await survivor.publishAsync(camera.topic('hello'), '{}', { qos: 1 })
    expect(rig.transport.connectedCount()).toBe(1)
    const count = (line: string): number => rig.journal.lines.filter((one) => one === line).length
    expect(count('connected cam-1')).toBe(count('disconnected cam-1') + 1)
    let open = 0
    for (const line of rig.journal.lines) {
      open += line === 'connected cam-1' ? 1 : line === 'disconnected cam-1' ? -1 : 0
      expect([0, 1]).toContain(open)
    }
  })

  it('knows a device whose TLS session was resumed', async () => {
    const options = { host: '127.0.0.1', port: rig.port, servername: 'localhost', ca: camera.certificate.caPem, cert: camera.certificate.certPem, key: camera.certificate.keyPem }
    const first = tlsConnect(options)
    const session = await new Promise<Buffer>((resolve) => first.once('session', resolve))
    first.destroy()
    const second = tlsConnect({ ...options, session })
    second.write(connectBytes('cam-1'))
    expect(await new Promise((resolve) => second.once('data', resolve))).toEqual(CONNACK_OK)
    expect(second.isSessionReused()).toBe(true)
    second.destroy()
    await rig.journal.until('disconnected cam-1')
    expect(rig.journal.lines).toEqual(['connected cam-1', 'disconnected cam-1'])
  })

  it('keeps nothing for a device that asks for a lasting session: it comes back to an empty one', async () => {
    const options = { clean: false, resubscribe: false }
    const first = await rig.connected(camera, options)
    await first.subscribeAsync(camera.topic('frameResult'), { qos: 1 })
    await first.endAsync()
    await rig.journal.until('disconnected cam-1')
    rig.transport.publisher.publish('frameResult', camera.address, { v: 1, frameId: '0192f3a4-5b6c-7d8e-9f00-112233445566', outcome: 'granted', reason: null })
    const again = rig.client(camera, options)
    const connack = await new Promise<{ sessionPresent: boolean }>((resolve) => again.once('connect', resolve))
    const seen: string[] = []
    again.on('message', (topic) => seen.push(topic))
    await again.publishAsync(camera.topic('hello'), '{}', { qos: 1 })
    expect([connack.sessionPresent, seen]).toEqual([false, []])
    expect(rig.journal.lines).toContain('undelivered offline frameResult cam-1')
  })
})

describe('admission in doubt', () => {
  it('does not connect a device that is revoked between its admission and CONNACK', async () => {
    const rig = await startRig({
      onAdmit(deviceId) {
        rig.revoke(deviceId)
        rig.transport.disconnect(deviceId)
      },
    })
    const socket = await rig.raw(await rig.device('camera', 'cam-1'))
    const answer = bytesUntilClose(socket)
    socket.write(Buffer.concat([connectBytes('cam-1'), publishBytes('v1/pengjiang-1/camera/cam-1/heartbeat', Buffer.from(heartbeat()))]))
    await answer
    expect([rig.journal.lines, rig.transport.connectedCount()]).toEqual([[], 0])
    await rig.stop()
  })

  it('refuses, and lives on, where the registry throws', async () => {
    let isBroken = true
    const rig = await startRig({ onAdmit: () => { if (isBroken) throw new Error('broken') } })
    const camera = await rig.device('camera', 'cam-1')
    await expect(rig.connected(camera)).rejects.toMatchObject({ code: 5 })
    isBroken = false
    await rig.connected(camera)
    expect(rig.journal.lines).toEqual(['rejected unknown-device cam-1', 'connected cam-1'])
    await rig.stop()
  })
})

describe('how many get in', () => {
  it('refuses one device above the limit, lets one that is connected in anew, and another after one left', async () => {
    const rig = await startRig({ connectionsMax: 2 })
    const [one, two, three] = await Promise.all(['cam-1', 'cam-2', 'cam-3'].map((id) => rig.device('camera', id))) as [RigDevice, RigDevice, RigDevice]
    const first = await rig.connected(one)
    await rig.connected(two)
    await expect(rig.connected(three)).rejects.toMatchObject({ code: 3 })
    await rig.journal.until('rejected connections-full cam-3')
    await rig.connected(two)
    await first.endAsync()
    await rig.journal.until('disconnected cam-1')
    await expect.poll(() => rig.connected(three).then(() => true, () => false), { timeout: 20_000 }).toBe(true)
    expect(rig.journal.lines.filter((line) => line.startsWith('connected'))).toEqual(['connected cam-1', 'connected cam-2', 'connected cam-2', 'connected cam-3'])
    await rig.stop()
  })

  it('cannot start on a port that is taken, and says so', async () => {
    const rig = await startRig()
    const { createEmbeddedBroker } = await import('../../../gateway/broker/broker.js')
    const { systemClock } = await import('../../../gateway/kernel/clock.js')
    const { silentLogger } = await import('../../../gateway/kernel/log.js')
    const second = createEmbeddedBroker({
      options: { estateId: 'e', host: '127.0.0.1', port: rig.port, tls: await rig.authority.serverTls([]), connectionsMax: 1 },
      observer: { rejected() {}, undelivered() {} }, clock: systemClock, log: silentLogger,
    })
    const side = { admission: { admit: () => ({ ok: false, error: 'unknown-device' }) as const, admitVouched: () => ({ ok: false, error: 'unknown-device' }) as const }, connections: { connected() {}, disconnected() {} }, handlers: {} }
    await expect(second.start(side)).rejects.toMatchObject({ code: 'GW_LISTEN', details: { host: '127.0.0.1', port: rig.port } })
    await second.stop()
    await rig.stop()
  })
})
