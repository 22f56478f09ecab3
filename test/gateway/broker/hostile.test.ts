import { randomFillSync } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { MqttClient } from 'mqtt'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { seededRandom } from '../../../gateway/kernel/random.js'
import { type Rig, type RigDevice, bytesOf, bytesUntilClose, connectBytes, heartbeat, publishBytes, startRig } from './broker-rig.js'

const PINGREQ = Buffer.from([0xc0, 0])

describe('hostile bytes from an admitted device', () => {
  let rig: Rig
  let attacker: RigDevice
  let victim: RigDevice
  let witness: MqttClient
  let beats = 0
  let socket: TLSSocket

  beforeAll(async () => {
    rig = await startRig()
    attacker = await rig.device('controller', 'bad-1')
    victim = await rig.device('camera', 'good-1')
    witness = await rig.connected(victim)
  })
  afterAll(() => rig.stop())
  beforeEach(async () => {
    socket = await rig.raw(attacker)
    rig.journal.lines.length = 0
  })
  /** Whatever was sent, another device's message still gets through, on the connection it had. */
  afterEach(async () => {
    socket.destroy()
    await witness.publishAsync(victim.topic('heartbeat'), heartbeat(++beats), { qos: 1 })
    await rig.journal.until(`good-1 heartbeat ${heartbeat(beats)}`)
    expect(rig.journal.lines.filter((line) => line.includes('good-1'))).toHaveLength(1)
  })
  const admitted = async (): Promise<void> => {
    socket.write(connectBytes('bad-1'))
    expect(await bytesOf(socket, 4)).toEqual(Buffer.from([0x20, 2, 0, 0]))
    await rig.journal.until('connected bad-1')
    rig.journal.lines.length = 0
  }
  const rejections = (): string[] => rig.journal.lines.filter((line) => line.includes('bad-1'))

  it('cuts a PUBLISH that claims 200 MB at its head, keeping none of it', async () => {
    await admitted()
    const before = process.memoryUsage().arrayBuffers
    const closed = bytesUntilClose(socket)
    socket.write(Buffer.from([0x30, 0x80, 0x84, 0xaf, 0x5f]))
    const block = Buffer.alloc(1_048_576)
    let offered = 0
    const pour = (): void => {
      while (!socket.destroyed && offered < 200) {
        offered++
        if (!socket.write(block)) return void socket.once('drain', pour)
      }
    }
    pour()
    await closed
    await rig.journal.until('disconnected bad-1')
    expect(rejections()).toEqual(['rejected packet-too-large bad-1', 'undelivered not-subscribed deviceNotice bad-1', 'disconnected bad-1'])
    expect(offered).toBeLessThan(40)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1_048_576)
  })

  it('tells a device that sent far too much why, before it closes', async () => {
    const careless = await rig.device('camera', 'big-1')
    const wire = await rig.raw(careless)
    const topic = Buffer.from(careless.topic('deviceNotice'))
    wire.write(Buffer.concat([connectBytes('big-1'), Buffer.from([0x82, topic.length + 5, 0, 1, topic.length >> 8, topic.length & 0xff]), topic, Buffer.from([0])]))
    await bytesOf(wire, 9)
    const rest = bytesUntilClose(wire)
    wire.resume().write(Buffer.from([0x30, 0x80, 0x84, 0xaf, 0x5f]))
    const text = (await rest).toString('latin1')
    expect(text.slice(text.indexOf('{'))).toBe('{"v":1,"about":"packet","code":"oversized","detail":"too large to be read: the connection ends"}')
  })

  it.each<[string, Buffer, string[]]>([
    ['a length field of five bytes', Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 1]), ['rejected malformed-length bad-1', 'disconnected bad-1']],
    ['a second CONNECT', connectBytes('bad-1'), ['rejected connection-fault bad-1', 'disconnected bad-1']],
    ['reserved flags', Buffer.from([0xc7, 0]), ['rejected connection-fault bad-1', 'disconnected bad-1']],
    ['a packet type that does not exist', Buffer.from([0xf0, 0]), ['rejected connection-fault bad-1', 'disconnected bad-1']],
    ['both QoS bits', Buffer.from([0x36, 4, 0, 1, 0x61, 0]), ['rejected connection-fault bad-1', 'disconnected bad-1']],
    ['a topic longer than its packet', Buffer.from([0x30, 3, 0xff, 0xff, 0x61]), ['rejected connection-fault bad-1', 'disconnected bad-1']],
    ['an empty topic', Buffer.from([0x30, 2, 0, 0]), ['rejected connection-fault bad-1', 'disconnected bad-1']],
    ['a wildcard as topic', publishBytes('v1/#', Buffer.from('x')), ['rejected connection-fault bad-1', 'disconnected bad-1']],
    ['a topic of 200 levels', publishBytes('a/'.repeat(200), Buffer.from('x')), ['rejected connection-fault bad-1', 'disconnected bad-1']],
    ['a subscription to 200 levels', Buffer.concat([Buffer.from([0x82, 0x95, 0x03, 0, 1, 0x01, 0x90]), Buffer.from('a/'.repeat(200)), Buffer.from([0])]), ['rejected connection-fault bad-1', 'disconnected bad-1']],
    ['a subscription to nothing', Buffer.from([0x82, 2, 0, 1]), ['rejected connection-fault bad-1', 'disconnected bad-1']],
  ])('closes on %s', async (_, bytes, expected) => {
    await admitted()
    const closed = bytesUntilClose(socket)
    socket.write(bytes)
    await closed
    await rig.journal.until('disconnected bad-1')
    expect(rejections()).toEqual(expected)
  })

  it.each<[string, Buffer, string]>([
    ['a PUBLISH before CONNECT', publishBytes('v1/pengjiang-1/controller/bad-1/heartbeat', Buffer.from(heartbeat())), 'not-connect'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: gateway\r\n\r\n'), 'not-connect'],
    ['a CONNECT of another protocol', Buffer.from([0x10, 0x0c, 0, 4, 0x41, 0x4d, 0x51, 0x50, 4, 2, 0, 30, 0, 0]), 'connection-fault'],
    ['a CONNECT cut by its own length', Buffer.from([0x10, 3, 0, 4, 0x4d]), 'connection-fault'],
    ['a CONNECT of 5 KB', Buffer.concat([Buffer.from([0x10, 0x80, 0x28]), Buffer.alloc(5_120)]), 'packet-too-large'],
  ])('closes without an answer on %s', async (_, bytes, reason) => {
    const closed = bytesUntilClose(socket)
    socket.write(bytes)
    expect(await closed).toHaveLength(0)
    await rig.journal.until(`rejected ${reason} bad-1`)
    expect(rejections()).toEqual([`rejected ${reason} bad-1`])
  })

  it('judges CONNECT before it looks at what came with it', async () => {
    const reply = bytesUntilClose(socket)
    socket.write(Buffer.concat([connectBytes('someone'), publishBytes(attacker.topic('heartbeat'), Buffer.from(heartbeat()))]))
    expect(await reply).toEqual(Buffer.from([0x20, 2, 0, 2]))
    expect(rejections()).toEqual(['rejected client-id bad-1'])
  })

  it('closes where no CONNECT comes, and where a device falls silent beyond its keep-alive', async () => {
    // A gate of its own: what others came just before would have to be waited for.
    const own = await startRig()
    const bad = await own.device('controller', 'bad-1')
    const quiet = await own.device('camera', 'quiet-1')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const closed = bytesUntilClose(await own.raw(bad))
      const wire = await own.raw(quiet)
      const fellSilent = bytesUntilClose(wire)
      vi.advanceTimersByTime(9_999)
      wire.write(connectBytes('quiet-1', 20))
      await own.journal.until('connected quiet-1')
      vi.advanceTimersByTime(1)
      expect(await closed).toHaveLength(0)
      await own.journal.until('rejected connection-fault bad-1')
      vi.advanceTimersByTime(29_999)
      expect(own.journal.lines).not.toContain('rejected connection-fault quiet-1')
      vi.advanceTimersByTime(2)
      await fellSilent
      await own.journal.until('disconnected quiet-1')
      expect(own.journal.lines).toEqual(['connected quiet-1', 'rejected connection-fault bad-1', 'rejected connection-fault quiet-1', 'disconnected quiet-1'])
    } finally {
      vi.useRealTimers()
      await own.stop()
    }
  })

  it('takes a message that comes in the same packet as CONNECT, and each of its bytes alone', async () => {
    const bytes = Buffer.concat([connectBytes('bad-1'), publishBytes(attacker.topic('heartbeat'), Buffer.from(heartbeat(1)))])
    for (const byte of bytes) socket.write(Buffer.from([byte]))
    await rig.journal.until(`bad-1 heartbeat ${heartbeat(1)}`)
    expect(rejections()).toEqual(['connected bad-1', `bad-1 heartbeat ${heartbeat(1)}`])
  })

  it('takes what a device sent right before it closed the connection', async () => {
    await admitted()
    socket.end(Buffer.concat([...Array.from({ length: 50 }, (_, i) => publishBytes(attacker.topic('heartbeat'), Buffer.from(heartbeat(i)))), Buffer.from([0xe0, 0])]))
    await rig.journal.until('disconnected bad-1')
    expect(rejections()).toEqual([...Array.from({ length: 50 }, (_, i) => `bad-1 heartbeat ${heartbeat(i)}`), 'disconnected bad-1'])
  })

  it('reads a flood at 200 packets a second; another device is served in the meantime', async () => {
    await admitted()
    socket.write(Buffer.concat(Array.from({ length: 20_000 }, () => PINGREQ)))
    const flood = publishBytes(attacker.topic('heartbeat'), Buffer.from(heartbeat(9)))
    socket.write(Buffer.concat(Array.from({ length: 5_000 }, () => flood)))
    for (let i = 0; i < 20; i++) await witness.publishAsync(victim.topic('hello'), '?', { qos: 1 })
    expect(rejections()).toEqual([])
    rig.journal.lines.length = 0
  })

  it('never crashes on random bytes, before or after CONNECT, whole or in pieces', async () => {
    const random = seededRandom(20_261_123)
    for (let round = 0; round < 40; round++) {
      const wire = await rig.raw(attacker)
      const closed = bytesUntilClose(wire)
      if (round % 2 === 0) wire.write(connectBytes('bad-1'))
      const junk = Buffer.from(random.bytes(1 + Math.floor(random.float() * 4_000)))
      if (round % 3 === 0) randomFillSync(junk)
      const cut = Math.floor(random.float() * junk.length)
      wire.write(junk.subarray(0, cut))
      wire.end(junk.subarray(cut))
      await closed
    }
    rig.journal.lines.length = 0
  })
})
