import type { IClientPublishOptions, MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../gateway/contract/frame-envelope.js'
import type { GatewayMessageKind } from '../../../gateway/contract/message-table.js'
import { type VirtualClock, createVirtualClock } from '../../support/virtual-clock.js'
import { type Rig, type RigDevice, UUID, bytesOf, connectBytes, heartbeat, startRig } from './broker-rig.js'

/** The machine may be busy: an answer may take long, but must come. */
const PATIENT = { timeout: 20_000 }
const hello = JSON.stringify({ v: 1, bootId: UUID, monoMs: 1, wallMs: 1, model: 'm', firmware: 'f', capabilities: [] })
const frameHeader = { v: 1, frameId: UUID, bootId: UUID, frameNo: 1, capturedMonoMs: 1, capturedWallMs: 1, mime: 'image/jpeg' } as const

describe('what an admitted device may say', () => {
  let rig: Rig
  let clock: VirtualClock
  let camera: RigDevice
  let door: RigDevice
  let client: MqttClient
  /** Messages that the camera received, `channel payload`. */
  let inbox: string[]

  beforeEach(async () => {
    clock = createVirtualClock()
    rig = await startRig({ clock })
    camera = await rig.device('camera', 'cam-1')
    door = await rig.device('controller', 'door-1')
    client = await rig.connected(camera)
    inbox = []
    client.on('message', (topic, payload) => inbox.push(`${topic.split('/').at(-1)} ${payload.toString()}`))
    await client.subscribeAsync([camera.topic('deviceNotice'), camera.topic('frameResult')], { qos: 1 })
    rig.journal.lines.length = 0
  })
  afterEach(() => rig.stop())

  const publish = (topic: string, payload: string | Buffer, options: IClientPublishOptions = { qos: 1 }): Promise<unknown> =>
    client.publishAsync(topic, payload, options)
  /** Resolves once everything the camera sent before was dealt with, and everything sent to it before arrived. */
  const settled = async (): Promise<void> => {
    const times = rig.journal.lines.filter((line) => line.includes(' hello ')).length + 1
    await publish(camera.topic('hello'), hello)
    await rig.journal.until(/ hello /, times)
    rig.transport.publisher.publish('frameResult', camera.address, { v: 1, frameId: UUID, outcome: 'no-face', reason: null })
    await expect.poll(() => inbox.at(-1), PATIENT).toMatch(/^shown /)
    inbox.pop()
    rig.journal.lines.splice(rig.journal.lines.findLastIndex((line) => line.includes(' hello ')), 1)
  }
  const notice = (about: string, code: string, detail: string): string => `notice ${JSON.stringify({ v: 1, about, code, detail })}`

  it('hands each kind to its handler, decoded, with the address of its certificate', async () => {
    await publish(camera.topic('hello'), hello)
    await publish(camera.topic('heartbeat'), heartbeat(3), { qos: 0 })
    await publish(camera.topic('cameraFrame'), encodeFrame({ header: frameHeader, image: Buffer.alloc(70_000, 7) }), { qos: 0 })
    await rig.journal.until(/cameraFrame/)
    expect(rig.journal.lines).toEqual([
      `cam-1 hello ${hello}`,
      `cam-1 heartbeat ${heartbeat(3)}`,
      `cam-1 cameraFrame ${JSON.stringify({ header: frameHeader, image: '70000 bytes' })}`,
    ])
    expect(inbox).toEqual([])
  })

  it.each<[string, () => string, string | Buffer, IClientPublishOptions, string, () => string]>([
    ["another device's topic", () => door.topic('heartbeat'), heartbeat(), { qos: 1 }, 'not-yours', () => notice(door.topic('heartbeat'), 'not-yours', 'topic of another device, or of none')],
    ["another device's command topic", () => door.topic('doorCommand'), '{}', { qos: 0 }, 'not-yours', () => notice(door.topic('doorCommand'), 'not-yours', 'topic of another device, or of none')],
    ['a topic of no device', () => 'anything/at/all', 'x', { qos: 1 }, 'not-yours', () => notice('anything/at/all', 'not-yours', 'topic of another device, or of none')],
    ['the topics of the broker itself', () => '$SYS/x/new/clients', 'cam-1', { qos: 0 }, 'not-yours', () => notice('$SYS/x/new/clients', 'not-yours', 'topic of another device, or of none')],
    ['an unknown channel of its own', () => 'v1/pengjiang-1/camera/cam-1/firmware', 'x', { qos: 1 }, 'unknown-channel', () => notice('firmware', 'unknown-kind', 'no message that this kind of device sends')],
    ['a channel of the other device kind', () => 'v1/pengjiang-1/camera/cam-1/event', '{}', { qos: 1 }, 'unknown-channel', () => notice('event', 'unknown-kind', 'no message that this kind of device sends')],
    ['a channel that only the gateway writes', () => camera.topic('frameResult'), '{}', { qos: 1 }, 'unknown-channel', () => notice('shown', 'unknown-kind', 'no message that this kind of device sends')],
    ['a retained message', () => camera.topic('hello'), hello, { qos: 1, retain: true }, 'retained', () => notice('hello', 'malformed', 'retain flag: no message is ever retained')],
    ['too large a message', () => camera.topic('heartbeat'), 'x'.repeat(2_049), { qos: 1 }, 'oversized', () => notice('heartbeat', 'oversized', '2049 bytes, at most 2048')],
    ['too large a frame', () => camera.topic('cameraFrame'), Buffer.alloc(1_048_577), { qos: 0 }, 'oversized', () => notice('cameraFrame', 'oversized', '1048577 bytes, at most 1048576')],
    ['JSON cut short', () => camera.topic('hello'), hello.slice(0, -1), { qos: 1 }, 'malformed', () => notice('hello', 'malformed', '(root): not JSON')],
    ['a wrong field', () => camera.topic('heartbeat'), heartbeat(-1), { qos: 0 }, 'malformed', () => notice('heartbeat', 'malformed', '/pendingEvents: must be >= 0')],
    ['bytes that are no text', () => camera.topic('hello'), Buffer.from([0xff, 0xfe, 0, 1]), { qos: 1 }, 'malformed', () => notice('hello', 'malformed', '(root): not UTF-8')],
    ['a frame without a picture', () => camera.topic('cameraFrame'), encodeFrame({ header: frameHeader, image: Buffer.alloc(0) }), { qos: 0 }, 'malformed', () => notice('cameraFrame', 'malformed', 'frame: no picture after the header')],
    ['nothing at all', () => camera.topic('hello'), '', { qos: 1 }, 'malformed', () => notice('hello', 'malformed', '(root): not JSON')],
  ])('%s: acknowledged by MQTT, not performed, counted, and told; the device stays', async (_, topic, payload, options, reason, expected) => {
    const other = await rig.connected(door)
    const heard: string[] = []
    other.on('message', (heardTopic) => heard.push(heardTopic))
    await other.subscribeAsync([door.topic('doorCommand'), door.topic('eventAck'), door.topic('deviceNotice')], { qos: 1 })
    rig.journal.lines.length = 0
    await publish(topic(), payload, options)
    await settled()
    expect(rig.journal.lines).toEqual([`rejected ${reason} cam-1`])
    expect(inbox).toEqual([expected()])
    await other.publishAsync(door.topic('hello'), hello, { qos: 1 })
    expect([heard, client.connected, other.connected]).toEqual([[], true, true])
  })

  it('closes on QoS 2, which could only be acknowledged by storing it', async () => {
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
    client.publish(camera.topic('hello'), hello, { qos: 2 })
    await closed
    await rig.journal.until('disconnected cam-1')
    expect(rig.journal.lines).toEqual(['rejected qos-2 cam-1', 'disconnected cam-1'])
  })

  it.each(['#', '+/+/+/+/+', 'v1/#', 'v1/pengjiang-1/camera/cam-1/+', 'v1/pengjiang-1/camera/cam-1/#', '$SYS/#', 'v1/pengjiang-1/controller/door-1/command', 'v1/pengjiang-1/camera/cam-1/frame', 'v1/pengjiang-1/camera/cam-1/command'])(
    'grants no subscription to %s and delivers nothing by it', async (topic) => {
      await expect(client.subscribeAsync(topic, { qos: 1 })).rejects.toThrow()
      const other = await rig.connected(door)
      await other.subscribeAsync(door.topic('doorCommand'), { qos: 1 })
      await other.publishAsync(door.topic('hello'), hello, { qos: 1 })
      await settled()
      expect(inbox).toEqual([])
      expect(rig.journal.lines).toEqual(['rejected subscription cam-1', 'connected door-1', `door-1 hello ${hello}`])
    })

  it('grants what is its own in a request that also asks for more', async () => {
    const granted = await client.subscribeAsync([camera.topic('frameResult'), '#'], { qos: 1 }).catch((error: unknown) => error)
    expect(granted).toBeInstanceOf(Error)
    await settled()
    expect(rig.journal.lines).toEqual(['rejected subscription cam-1'])
  })

  it('sends at most one notice a second to a device, however often it is wrong or reconnects, and counts each', async () => {
    for (let i = 0; i < 5; i++) await publish(camera.topic('hello'), '?')
    await settled()
    expect(inbox).toHaveLength(1)
    clock.advance(999)
    await publish(camera.topic('hello'), '?')
    await settled()
    expect(inbox).toHaveLength(1)
    clock.advance(1)
    await publish(camera.topic('hello'), '?')
    await settled()
    expect(inbox).toHaveLength(2)
    expect(rig.journal.lines).toEqual(Array(7).fill('rejected malformed cam-1'))
  })

  it('fits every notice into its limit, whatever the topic was', async () => {
    for (const topic of ['\u0001'.repeat(300), '😀'.repeat(100), '/', ' ', 'v1/pengjiang-1/camera/cam-1/']) {
      await publish(topic, 'x')
      clock.advance(1_000)
    }
    await settled()
    expect(inbox.map((line) => (JSON.parse(line.slice('notice '.length)) as { about: string }).about.length)).toEqual([64, 64, 1, 1, 6])
    expect(rig.journal.lines.some((line) => line.startsWith('undelivered'))).toBe(false)
  })

  it('survives a handler that throws or rejects: counted, and the next message is handled', async () => {
    const handlers = rig.handlers as Record<string, unknown>
    const { heartbeat: recorded } = handlers
    handlers['heartbeat'] = () => { throw new Error('broken') }
    await publish(camera.topic('heartbeat'), heartbeat(1))
    handlers['heartbeat'] = () => Promise.reject(new Error('broken'))
    await publish(camera.topic('heartbeat'), heartbeat(2))
    delete handlers['heartbeat']
    await publish(camera.topic('heartbeat'), heartbeat(3))
    handlers['heartbeat'] = recorded
    await publish(camera.topic('heartbeat'), heartbeat(4))
    await settled()
    expect(rig.journal.lines).toEqual(['rejected handler-failed cam-1', 'rejected handler-failed cam-1', 'rejected no-handler cam-1', `cam-1 heartbeat ${heartbeat(4)}`])
    expect(inbox).toEqual([])
  })

  it('reads 200 packets and 32 MiB a second of one device; the rest waits, is not lost, and delays no other', async () => {
    const other = await rig.connected(door)
    const count = (kind: string): number => rig.journal.lines.filter((line) => line.startsWith(`cam-1 ${kind}`)).length
    const served = async (): Promise<void> => {
      const times = rig.journal.lines.filter((line) => line.startsWith('door-1 hello')).length + 1
      await other.publishAsync(door.topic('hello'), hello, { qos: 1 })
      await rig.journal.until(/^door-1 hello/, times)
    }
    for (let i = 0; i < 300; i++) client.publish(camera.topic('heartbeat'), heartbeat(i), { qos: 0 })
    await rig.journal.until(/^cam-1 heartbeat/, 198)
    await served()
    expect(count('heartbeat')).toBe(198)
    clock.advance(1_000)
    await rig.journal.until(/^cam-1 heartbeat/, 300)
    clock.advance(1_000)
    const frame = encodeFrame({ header: frameHeader, image: Buffer.alloc(1_048_300) })
    for (let i = 0; i < 36; i++) client.publish(camera.topic('cameraFrame'), frame, { qos: 0 })
    await rig.journal.until(/^cam-1 cameraFrame/, 33)
    await served()
    expect(count('cameraFrame')).toBe(33)
    clock.advance(1_000)
    await rig.journal.until(/^cam-1 cameraFrame/, 36)
  })

  it('stops reading a device whose messages are not being handled, and no other; then goes on without a loss', async () => {
    const waiting: Array<() => void> = []
    const handlers = rig.handlers as Record<string, unknown>
    handlers['heartbeat'] = (address: { deviceId: string }) => {
      rig.journal.write(`begun ${address.deviceId}`)
      return address.deviceId === 'cam-1' ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined
    }
    const other = await rig.connected(door)
    for (let i = 0; i < 100; i++) client.publish(camera.topic('heartbeat'), heartbeat(i), { qos: 0 })
    await rig.journal.until('begun cam-1', 32)
    await other.publishAsync(door.topic('heartbeat'), heartbeat(), { qos: 1 })
    await rig.journal.until('begun door-1')
    const begun = (): number => rig.journal.lines.filter((line) => line === 'begun cam-1').length
    expect(begun()).toBeLessThan(40)
    while (begun() < 100 || waiting.length > 0) {
      for (const resolve of waiting.splice(0)) resolve()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(begun()).toBe(100)
    expect(client.connected).toBe(true)
  })
})

describe('what the gateway says to a device', () => {
  let rig: Rig
  let door: RigDevice
  beforeEach(async () => {
    rig = await startRig()
    door = await rig.device('controller', 'door-1')
  })
  afterEach(() => rig.stop())

  const command = (n = 0) => ({ v: 1, commandId: UUID, bootId: UUID, doorNo: 1, action: 'open', releaseMs: 3_000, deadlineMonoMs: 1_000 + n, frameAgeMs: 0 } as const)

  it('arrives at the device byte for byte, at the QoS of the table or the lower one it asked for, never retained', async () => {
    const client = await rig.connected(door)
    const seen: string[] = []
    client.on('message', (topic, payload, packet) => seen.push(`${topic} ${packet.qos} ${packet.retain} ${payload.toString()}`))
    await client.subscribeAsync(door.topic('doorCommand'), { qos: 2 })
    await client.subscribeAsync(door.topic('eventAck'), { qos: 0 })
    rig.transport.publisher.publish('doorCommand', door.address, command())
    rig.transport.publisher.publish('eventAck', door.address, { v: 1, eventIds: [UUID] })
    await expect.poll(() => seen.length, PATIENT).toBe(2)
    expect(seen).toEqual([
      `${door.topic('doorCommand')} 1 false ${JSON.stringify(command())}`,
      `${door.topic('eventAck')} 0 false ${JSON.stringify({ v: 1, eventIds: [UUID] })}`,
    ])
  })

  it('is dropped and counted, never queued, where the device is away, asked for nothing, is another kind, or the message is wrong', async () => {
    const say = <K extends GatewayMessageKind>(kind: K, payload: Parameters<typeof rig.transport.publisher.publish<K>>[2], address = door.address): void =>
      rig.transport.publisher.publish(kind, address, payload)
    say('doorCommand', command())
    const client = await rig.connected(door)
    const seen: string[] = []
    client.on('message', (_, payload) => seen.push(payload.toString()))
    say('doorCommand', command())
    await client.subscribeAsync(door.topic('doorCommand'), { qos: 1 })
    say('doorCommand', command(), { ...door.address, deviceKind: 'camera' })
    say('doorCommand', { ...command(), releaseMs: 1 })
    await client.unsubscribeAsync(door.topic('doorCommand'))
    say('doorCommand', command())
    await client.subscribeAsync(door.topic('doorCommand'), { qos: 1 })
    say('doorCommand', command(7))
    await expect.poll(() => seen.length, PATIENT).toBe(1)
    expect(seen).toEqual([JSON.stringify(command(7))])
    expect(rig.journal.lines).toEqual([
      'undelivered offline doorCommand door-1', 'connected door-1', 'undelivered not-subscribed doorCommand door-1',
      'undelivered offline doorCommand door-1', 'undelivered invalid doorCommand door-1', 'undelivered not-subscribed doorCommand door-1',
    ])
  })

  it('keeps the order, and a device that reads nothing delays no other and fills no memory', async () => {
    const lazy = await rig.device('controller', 'lazy-1')
    const socket = await rig.raw(lazy)
    const client = await rig.connected(door)
    const seen: number[] = []
    client.on('message', (_, payload) => seen.push((JSON.parse(payload.toString()) as { deadlineMonoMs: number }).deadlineMonoMs - 1_000))
    await client.subscribeAsync(door.topic('doorCommand'), { qos: 1 })
    const topic = Buffer.from(lazy.topic('doorCommand'))
    socket.write(Buffer.concat([connectBytes('lazy-1'), Buffer.from([0x82, topic.length + 5, 0, 1, topic.length >> 8, topic.length & 0xff]), topic, Buffer.from([0])]))
    await rig.journal.until('connected lazy-1')
    const answer = await bytesOf(socket, 9)
    expect(answer).toEqual(Buffer.from([0x20, 2, 0, 0, 0x90, 3, 0, 1, 0]))
    rig.journal.lines.length = 0
    for (let i = 0; i < 300; i++) {
      for (let j = 0; j < 100; j++) rig.transport.publisher.publish('doorCommand', lazy.address, command(j))
      rig.transport.publisher.publish('doorCommand', door.address, command(i))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => seen.length, PATIENT).toBe(300)
    expect(seen).toEqual(Array.from({ length: 300 }, (_, i) => i))
    expect(new Set(rig.journal.lines)).toEqual(new Set(['undelivered slow-reader doorCommand lazy-1']))
  }, 60_000)
})
