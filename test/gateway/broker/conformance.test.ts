import type { IClientOptions, IClientPublishOptions, MqttClient } from 'mqtt'
import { connect as tlsConnect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeMessage } from '../../../gateway/contract/codec.js'
import { encodeFrame } from '../../../gateway/contract/frame-envelope.js'
import { topicsOf } from '../../../gateway/contract/topics.js'
import { type Rig, type RigDevice, ESTATE, UUID, bytesUntilClose, connectBytes, heartbeat, startRig } from './broker-rig.js'
import { hasMosquitto } from './mosquitto-broker.js'

if (!hasMosquitto) console.warn('the conformance suite runs on the embedded broker only: mosquitto not installed (package mosquitto)')

const PATIENT = { timeout: 20_000 }
const hello = JSON.stringify({ v: 1, bootId: UUID, monoMs: 1, wallMs: 1, model: 'M', firmware: '1', capabilities: [] })
const header = { v: 1, frameId: UUID, bootId: UUID, frameNo: 1, capturedMonoMs: 1, capturedWallMs: 1, mime: 'image/jpeg' } as const
const command = (n = 0) => ({ v: 1, commandId: UUID, bootId: UUID, doorNo: 1, action: 'open', releaseMs: 3_000, deadlineMonoMs: 1_000 + n, frameAgeMs: 0 } as const)

/** What the device wire promises whatever broker carries it: design.md's port, run on each implementation. */
describe.each([['the embedded broker', false], ['Mosquitto on the rendered files', true]] as const)('the device wire over %s', (_, mosquitto) => {
  let rig: Rig
  let camera: RigDevice
  let door: RigDevice
  const heard = new Map<string, string[]>()

  beforeEach(async (ctx) => {
    if (mosquitto && !hasMosquitto) ctx.skip('mosquitto is not installed')
    heard.clear()
    rig = await startRig({ mosquitto })
    camera = await rig.device('camera', 'cam-1')
    door = await rig.device('controller', 'door-1')
  })
  afterEach(() => rig?.stop())

  const closed = (client: MqttClient): Promise<void> => new Promise((resolve) => client.stream.destroyed ? resolve() : client.once('close', () => resolve()))
  /** Resolves with the broker's answer, or where it closed the connection. */
  const publish = (client: MqttClient, topic: string, payload: string | Buffer, options: IClientPublishOptions = { qos: 1 }): Promise<unknown> =>
    Promise.race([client.publishAsync(topic, payload, options), closed(client)]).catch(() => undefined)
  const greet = async (client: MqttClient, device: RigDevice): Promise<void> => {
    const line = `${device.address.deviceId} hello ${hello}`
    const times = rig.journal.lines.filter((one) => one === line).length + 1
    await client.publishAsync(device.topic('hello'), hello, { qos: 1 })
    await rig.journal.until(line, times)
  }
  /** A device that connected, asked for all that is its own, and said hello. */
  const join = async (device: RigDevice, options: IClientOptions = {}): Promise<MqttClient> => {
    const { deviceId } = device.address
    const client = rig.client(device, { ...options, resubscribe: false })
    client.on('message', (topic, payload, { qos, retain }) => heard.set(deviceId, [...(heard.get(deviceId) ?? []), `${topic} ${qos} ${retain} ${payload.toString()}`]))
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve())
      client.once('close', () => reject(new Error('closed before CONNACK')))
    })
    await client.subscribeAsync(topicsOf(device.address).subscribe, { qos: 1 })
    await greet(client, device)
    return client
  }
  /** What the gateway was told since, without the notices' own fate. */
  const journal = (): string[] => rig.journal.lines.filter((line) => !line.includes('deviceNotice'))
  const handled = (): string[] => journal().filter((line) => !/^(rejected|undelivered|connected|disconnected)/.test(line))
  const forget = (): void => void rig.journal.lines.splice(0)
  const isServed = async (client: MqttClient, device: RigDevice, n: number): Promise<void> => {
    await client.publishAsync(device.topic('heartbeat'), heartbeat(n), { qos: 0 })
    await rig.journal.until(`${device.address.deviceId} heartbeat ${heartbeat(n)}`)
  }

  it('hands each message to its handler, decoded, after it told of the connection', async () => {
    const client = await join(camera)
    await publish(client, camera.topic('heartbeat'), heartbeat(3), { qos: 0 })
    await publish(client, camera.topic('cameraFrame'), encodeFrame({ header, image: Buffer.alloc(900_000, 7) }), { qos: 0 })
    await rig.journal.until(/cameraFrame/)
    expect(rig.journal.lines).toEqual([
      'connected cam-1', `cam-1 hello ${hello}`, `cam-1 heartbeat ${heartbeat(3)}`, `cam-1 cameraFrame ${JSON.stringify({ header, image: '900000 bytes' })}`,
    ])
    expect(rig.transport.connectedCount()).toBe(1)
    await rig.transport.stop()
    expect([rig.journal.lines.at(-1), rig.transport.connectedCount()]).toEqual(['disconnected cam-1', 0])
  })

  it.each<[string, string, IClientPublishOptions]>([
    ["another device's topic", `v1/${ESTATE}/controller/door-1/event`, { qos: 1 }], ["another device's command", `v1/${ESTATE}/controller/door-1/command`, { qos: 1 }],
    ['a topic of no device', 'anything/at/all', { qos: 1 }], ['a topic of the broker', '$SYS/broker/uptime', { qos: 0 }],
    ['an unknown channel of its own', `v1/${ESTATE}/camera/cam-1/nonsense`, { qos: 1 }], ['a channel of another kind of device', `v1/${ESTATE}/camera/cam-1/event`, { qos: 1 }],
    ['its own name as another kind of device', `v1/${ESTATE}/controller/cam-1/event`, { qos: 1 }], ['its own name at another estate', 'v1/other/camera/cam-1/hello', { qos: 1 }],
    ['what only the gateway says', `v1/${ESTATE}/camera/cam-1/shown`, { qos: 1 }], ['a topic of the gateway', `v1/${ESTATE}/camera/gateway.${ESTATE}/hello`, { qos: 1 }],
    ['a retained message', `v1/${ESTATE}/camera/cam-1/hello`, { qos: 1, retain: true }], ['QoS 2', `v1/${ESTATE}/camera/cam-1/hello`, { qos: 2 }],
  ])('%s: not performed, heard by nobody, and another device is served', async (_name, topic, options) => {
    const [bad, good] = [await join(camera), await join(door)]
    forget()
    await publish(bad, topic, hello, options)
    await isServed(good, door, 1)
    if (bad.connected) await isServed(bad, camera, 2)
    expect(handled().filter((line) => !line.includes('heartbeat'))).toEqual([])
    expect([...heard.values()].flat().filter((line) => !line.includes('/notice '))).toEqual([])
  })

  it('a face worker gets the frames that the gateway sends to it and nothing of a camera, a door or another worker; nobody gets its frames or speaks for it', async () => {
    const [one, two] = [await rig.device('face-worker', 'fw-1'), await rig.device('face-worker', 'fw-2')]
    const [worker, other] = [await join(one), await join(two)]
    const grabbed: string[] = []
    const grab = async (device: RigDevice, topics: readonly string[]): Promise<MqttClient> => {
      const grabber = rig.client(device, { resubscribe: false })
      grabber.on('message', (topic) => grabbed.push(`${device.address.deviceId} ${topic}`))
      await grabber.subscribeAsync([...topics], { qos: 1 }).catch(() => undefined)
      return grabber
    }
    await grab(camera, [one.topic('faceFrame'), one.topic('faceLook')])
    await grab(door, [one.topic('faceFrame')])
    await worker.subscribeAsync([camera.topic('cameraFrame'), door.topic('doorCommand'), two.topic('faceFrame')], { qos: 1 }).catch(() => undefined)
    if (!other.connected || !worker.connected) throw new Error('a refused subscription ended a connection')
    const image = new Uint8Array(300_000).fill(7)
    const asked = { v: 1, jobId: UUID, cameraId: 'cam-1', frameId: UUID, capturedMonoMs: 1, faceHeightPxMin: null, mime: 'image/jpeg' } as const
    forget()
    rig.transport.publisher.publish('faceFrame', one.address, { header: asked, image })
    await expect.poll(() => heard.get('fw-1')?.length ?? 0, PATIENT).toBe(1)
    const look = encodeMessage('faceLook', {
      v: 1, jobId: UUID, cameraId: 'cam-1', frameId: UUID, capturedMonoMs: 1, modelId: 'm', modelDigest: 'ab'.repeat(32), outcome: 'failed', stage: 'decode', reason: null, boxes: [], face: null, timings: {},
    })
    await publish(other, one.topic('faceLook'), look, { qos: 0 })
    await publish(other, camera.topic('cameraFrame'), encodeFrame({ header, image: new Uint8Array([7]) }), { qos: 0 })
    await isServed(other, two, 1)
    await publish(worker, one.topic('faceLook'), look, { qos: 0 })
    await rig.journal.until(/^fw-1 faceLook/)
    expect(handled().filter((line) => !line.includes('heartbeat'))).toEqual([`fw-1 faceLook ${look.toString()}`])
    expect([...heard.entries()].map(([device, lines]) => [device, lines.filter((line) => !line.includes('/notice ')).length])).toEqual([['fw-1', 1], ...(heard.has('fw-2') ? [['fw-2', 0]] : [])])
    expect(grabbed.filter((line) => !line.endsWith('/notice'))).toEqual([])
  })

  it('keeps no retained message for whoever comes next', async () => {
    const bad = await join(camera)
    await publish(bad, `v1/${ESTATE}/controller/door-1/command`, JSON.stringify(command()), { qos: 1, retain: true })
    await publish(rig.client(camera), camera.topic('frameResult'), '{}', { qos: 1, retain: true })
    await isServed(await join(door), door, 1)
    expect(heard.get('door-1')).toBeUndefined()
  })

  it.each(['#', '+/+/+/+/+', 'v1/#', `v1/${ESTATE}/camera/cam-1/+`, '$SYS/#', '$share/g/v1/#', `v1/${ESTATE}/controller/door-1/command`, `v1/${ESTATE}/controller/door-1/event`])(
    'gives nothing by a subscription to %s', async (topic) => {
      const grabber = rig.client(camera, { resubscribe: false })
      const grabbed: string[] = []
      grabber.on('message', (name) => grabbed.push(name))
      await grabber.subscribeAsync(topic, { qos: 1 }).catch(() => undefined)
      const good = await join(door)
      await good.publishAsync(door.topic('doorEvent'), '{}', { qos: 1 })
      rig.transport.publisher.publish('doorCommand', door.address, command())
      await expect.poll(() => heard.get('door-1')?.length ?? 0, PATIENT).toBeGreaterThan(0)
      if (grabber.connected) await greet(grabber, camera)
      expect(grabbed.filter((name) => !name.endsWith('cam-1/notice'))).toEqual([])
    })

  it.each<[string, string | Buffer, string]>([
    ['JSON cut short', hello.slice(0, -1), 'malformed'], ['a wrong field', '{"v":1}', 'malformed'], ['nothing', '', 'malformed'], ['more than the table allows', 'x'.repeat(4_097), 'oversized'],
  ])('%s: refused by the gateway, counted, and told', async (_name, payload, reason) => {
    const client = await join(camera)
    forget()
    await publish(client, camera.topic('hello'), payload)
    await rig.journal.until(`rejected ${reason} cam-1`)
    await expect.poll(() => heard.get('cam-1')?.length ?? 0, PATIENT).toBe(1)
    expect(heard.get('cam-1')?.[0]).toContain(`"code":"${reason}"`)
    expect([handled(), client.connected]).toEqual([[], true])
  })

  it('closes on a packet that is far too large, and serves the others', async () => {
    const good = await join(door)
    const bad = await rig.raw(camera)
    const closed = bytesUntilClose(bad)
    bad.write(connectBytes('cam-1'))
    bad.write(Buffer.from([0x30, 0x80, 0x84, 0xaf, 0x5f]))
    bad.write(Buffer.alloc(65_536))
    await closed
    await isServed(good, door, 1)
  })

  it('carries what the gateway says to that device alone, byte for byte, in order, never retained', async () => {
    const [first] = [await join(door), await join(await rig.device('controller', 'door-2'))]
    for (let n = 0; n < 300; n++) rig.transport.publisher.publish('doorCommand', door.address, command(n))
    await expect.poll(() => heard.get('door-1')?.length ?? 0, PATIENT).toBe(300)
    expect(heard.get('door-1')).toEqual(Array.from({ length: 300 }, (_none, n) => `${door.topic('doorCommand')} 1 false ${JSON.stringify(command(n))}`))
    expect([heard.get('door-2'), first.connected]).toEqual([undefined, true])
  })

  it('drops and counts what goes to a device that is unknown, away, of another kind, or breaks the contract', async () => {
    rig.transport.publisher.publish('doorCommand', door.address, command())
    await join(door)
    rig.transport.publisher.publish('doorCommand', { ...door.address, deviceKind: 'camera' }, command())
    rig.transport.publisher.publish('doorCommand', door.address, { ...command(), releaseMs: 1 })
    expect(rig.journal.lines.filter((line) => line.startsWith('undelivered'))).toEqual([
      'undelivered offline doorCommand door-1', 'undelivered offline doorCommand door-1', 'undelivered invalid doorCommand door-1',
    ])
    expect(heard.get('door-1')).toBeUndefined()
  })

  it('counts what a device did not subscribe to', async () => {
    const client = await join(door)
    await client.unsubscribeAsync(door.topic('doorCommand'))
    rig.transport.publisher.publish('doorCommand', door.address, command())
    await rig.journal.until('undelivered not-subscribed doorCommand door-1')
    expect(heard.get('door-1')).toBeUndefined()
  })

  it('brings no stale command to a device that asked for a lasting session and was away', async () => {
    const lasting = { clean: false }
    const client = await join(door, lasting)
    client.stream.destroy()
    await closed(client)
    rig.transport.publisher.publish('doorCommand', door.address, command())
    // Longer than another broker may keep it.
    await new Promise((resolve) => setTimeout(resolve, 3_500))
    await isServed(await join(door, lasting), door, 1)
    expect(heard.get('door-1')).toBeUndefined()
  }, 60_000)

  it('lets nobody in without a certificate, or with one of another authority', async () => {
    const stranger = await startRig()
    const foreign = (await stranger.device('camera', 'cam-1')).certificate
    for (const certificate of [{}, { cert: foreign.certPem, key: foreign.keyPem }]) {
      const socket = tlsConnect({ host: '127.0.0.1', port: rig.port, servername: 'localhost', ca: camera.certificate.caPem, ...certificate })
      socket.on('error', () => {})
      socket.write(connectBytes('cam-1'))
      expect(await bytesUntilClose(socket)).toHaveLength(0)
    }
    expect(handled()).toEqual([])
    await stranger.stop()
  })

  it('takes nothing from a device that no registry knows, or that was revoked while connected', async () => {
    const certificate = await rig.authority.issueDevice({ deviceKind: 'camera', deviceId: 'ghost' })
    const ghost = { ...camera, certificate, address: { ...camera.address, deviceId: 'ghost' } }
    const [revoked, good] = [await join(camera), await join(door)]
    forget()
    const unknown = rig.client(ghost)
    await publish(unknown, `v1/${ESTATE}/camera/ghost/hello`, hello)
    rig.revoke('cam-1')
    rig.transport.disconnect('cam-1')
    expect(rig.journal.lines.at(-1)).toBe('disconnected cam-1')
    await publish(revoked, camera.topic('hello'), hello)
    rig.transport.publisher.publish('frameResult', camera.address, { v: 1, frameId: UUID, outcome: 'granted', reason: null })
    await isServed(good, door, 1)
    expect(handled()).toEqual([`door-1 heartbeat ${heartbeat(1)}`])
    await rig.journal.until('rejected unknown-device ghost')
    expect(journal()).toContain('undelivered offline frameResult cam-1')
    expect(heard.get('cam-1')).toBeUndefined()
  })

  it('lets no device take the connection or the name of another', async () => {
    const good = await join(door)
    const socket = await rig.raw(camera)
    socket.write(connectBytes('door-1'))
    await isServed(good, door, 1)
    await isServed(good, door, 2)
    socket.destroy()
    expect([good.connected, handled().filter((line) => !line.startsWith('door-1'))]).toEqual([true, []])
  })

  it('serves others while one device floods, and serves that one again', async () => {
    const [bad, good] = [await join(camera), await join(door)]
    bad.setMaxListeners(0)
    for (let n = 0; n < 5_000; n++) bad.publish(camera.topic('heartbeat'), heartbeat(n), { qos: 0 })
    for (let n = 0; n < 20; n++) await isServed(good, door, n)
    const taken = handled().filter((line) => line.startsWith('cam-1 heartbeat')).length
    expect(taken).toBeLessThan(5_000)
    await expect.poll(async () => {
      forget()
      await publish(bad, camera.topic('heartbeat'), heartbeat(7), { qos: 0 })
      await new Promise((resolve) => setTimeout(resolve, 50))
      return handled().includes(`cam-1 heartbeat ${heartbeat(7)}`)
    }, { timeout: 60_000 }).toBe(true)
  }, 90_000)
})
