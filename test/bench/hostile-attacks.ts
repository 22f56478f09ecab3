import { readFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { type TLSSocket, connect } from 'node:tls'
import { type RandomSource, seededRandom } from '#kernel/random.js'
import { connectBytes, lengthBytes, publishBytes, subscribeBytes, sureBytes } from '../support/mqtt-bytes.js'

/** What this process is told on its command line, as JSON. */
export interface AttackOrder {
  readonly attack: AttackName
  readonly mqttPort: number
  /** Folder of ca.pem, cert.pem and key.pem of a device that was admitted to the estate and then went bad. */
  readonly certificates: string
  readonly deviceId: string
  /** What its own topics begin with, and those of the device that it is after. */
  readonly own: string
  readonly victim: string
  /** A door command as the gateway would write it. */
  readonly command: string
  readonly seconds: number
  readonly seed: number
}

export interface AttackReport {
  readonly connections: number
  readonly packets: number
  readonly megabytes: number
  /** PUBLISH packets that came back: what it should never have heard. */
  readonly heard: number
}

interface Attacker {
  readonly order: AttackOrder
  readonly random: RandomSource
  readonly count: { connections: number; packets: number; bytes: number; heard: number }
  readonly ending: () => boolean
}

const PUBLISH = 3
const LORIS_CONNECTIONS = 100
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const whole = (random: RandomSource, below: number): number => Math.floor(random.float() * below)

function open({ order, count }: Attacker): Promise<TLSSocket> {
  const pem = (name: string): Buffer => readFileSync(join(order.certificates, name))
  const socket = connect({ host: '127.0.0.1', port: order.mqttPort, servername: 'localhost', ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem') })
  count.connections++
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => { if (((chunk[0] ?? 0) >> 4) === PUBLISH && !chunk.includes('/notice')) count.heard++ })
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve(socket))
    socket.once('close', () => resolve(socket))
  })
}

/** Writes as fast as the other side takes it. */
async function write({ count, ending }: Attacker, socket: TLSSocket, bytes: Buffer, packets = 1): Promise<void> {
  if (socket.destroyed) return
  count.packets += packets
  count.bytes += bytes.length
  if (!socket.write(bytes)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), new Promise((resolve) => socket.once('close', resolve)), wait(ending() ? 0 : 500)])
}

/** A connection past CONNECT, again and again, until the time is over. */
async function sessions(attacker: Attacker, session: (socket: TLSSocket) => Promise<void>): Promise<void> {
  while (!attacker.ending()) {
    const socket = await open(attacker)
    await write(attacker, socket, connectBytes(attacker.order.deviceId))
    while (!socket.destroyed && !attacker.ending()) {
      await session(socket)
      await turn()
    }
    socket.destroy()
  }
}

/** Any packet type and flags, a length that is right, wrong or never ends, and bytes that mean nothing. */
function malformed(random: RandomSource): Buffer {
  const body = Buffer.from(random.bytes(1 + whole(random, 200)))
  const length = [lengthBytes(body.length), lengthBytes(whole(random, 1_000)), Buffer.from([0xff, 0xff, 0xff, 0xff, 0x7f])][whole(random, 3)] as Buffer
  return Buffer.concat([Buffer.from([whole(random, 256)]), length, body])
}

const uuidOf = (random: RandomSource): string => Buffer.from(random.bytes(16)).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

const GRABS = ['#', '+/#', 'v1/#', '+/+/+/+/+', 'v1/+/controller/+/command', '$SYS/#', '$share/g/#', `${'+/'.repeat(30)}#`]

const ATTACKS = {
  malformed: (attacker: Attacker) => sessions(attacker, (socket) => write(attacker, socket, malformed(attacker.random))),
  'giant-lengths': (attacker: Attacker) => sessions(attacker, async (socket) => {
    await write(attacker, socket, Buffer.concat([Buffer.from([0x30]), lengthBytes(268_435_455)]))
    const block = Buffer.alloc(65_536)
    while (!socket.destroyed && !attacker.ending()) await write(attacker, socket, block)
  }),
  /** A CONNECT, one byte every half second, on many connections at once. */
  async 'slow-loris'(attacker: Attacker) {
    await Promise.all(Array.from({ length: LORIS_CONNECTIONS }, async () => {
      const bytes = connectBytes(attacker.order.deviceId)
      const socket = await open(attacker)
      for (let at = 0; at < bytes.length && !attacker.ending() && !socket.destroyed; at++) {
        await write(attacker, socket, bytes.subarray(at, at + 1))
        await wait(500)
      }
      socket.destroy()
    }))
  },
  flood(attacker: Attacker) {
    const beat = publishBytes(`${attacker.order.own}heartbeat`, Buffer.from('{"v":1,"bootId":"0192f3a4-5b6c-7d8e-9f00-112233445566","monoMs":5,"wallMs":1,"doors":[],"pendingEvents":0}'))
    const burst = Buffer.concat(Array.from({ length: 200 }, () => beat))
    return sessions(attacker, (socket) => write(attacker, socket, burst, 200))
  },
  /** Everything as the contract wants it: each event is new, is stored, and costs a place in a commit. */
  'valid-events': (attacker: Attacker) => sessions(attacker, (socket) => {
    const { own } = attacker.order
    const burst = Array.from({ length: 50 }, () => sureBytes(`${own}event`, Buffer.from(JSON.stringify({
      v: 1, eventId: uuidOf(attacker.random), bootId: '0192f3a4-5b6c-7d8e-9f00-112233445566', monoMs: 5, wallMs: 1, doorNo: 1, type: 'opened', live: true,
    })), 1 + whole(attacker.random, 65_535)))
    return write(attacker, socket, Buffer.concat(burst), burst.length)
  }),
  'wildcard-grabs': (attacker: Attacker) => sessions(attacker, (socket) =>
    write(attacker, socket, subscribeBytes([GRABS[whole(attacker.random, GRABS.length)] as string, `${attacker.order.victim}command`], 1 + whole(attacker.random, 65_535)))),
  'topics-of-others': (attacker: Attacker) => sessions(attacker, (socket) => {
    const channel = ['event', 'result', 'hello', 'heartbeat', 'ack', 'mode', 'notice'][whole(attacker.random, 7)] as string
    return write(attacker, socket, sureBytes(`${attacker.order.victim}${channel}`, Buffer.from('{"v":1}'), 1 + whole(attacker.random, 65_535)))
  }),
  'replayed-and-retained-commands': (attacker: Attacker) => sessions(attacker, (socket) => {
    const [topic, payload] = [`${attacker.order.victim}command`, Buffer.from(attacker.order.command)]
    return write(attacker, socket, Buffer.concat([sureBytes(topic, payload, 1 + whole(attacker.random, 65_535)), publishBytes(topic, payload, true)]), 2)
  }),
  /** Handshake, CONNECT, and off again. */
  'connection-storm': (attacker: Attacker) => sessions(attacker, async (socket) => {
    await turn()
    socket.destroy()
  }),
} satisfies Record<string, (attacker: Attacker) => Promise<void>>

export type AttackName = keyof typeof ATTACKS
export const ATTACK_NAMES = Object.keys(ATTACKS) as AttackName[]

/** Attacks for the time that the order says; what it did and heard. */
async function attack(order: AttackOrder): Promise<AttackReport> {
  const endMs = performance.now() + order.seconds * 1_000
  const attacker: Attacker = {
    order, random: seededRandom(order.seed), count: { connections: 0, packets: 0, bytes: 0, heard: 0 }, ending: () => performance.now() >= endMs,
  }
  await ATTACKS[order.attack](attacker)
  const { bytes, ...counts } = attacker.count
  return { ...counts, megabytes: Number((bytes / 1e6).toFixed(1)) }
}

const told = process.argv[2]
if (process.argv[1]?.endsWith('hostile-attacks.js') === true && told !== undefined) {
  // The attacker has a machine of its own, in life: where both share one, it must not take the gateway's part of it.
  setPriority(constants.priority.PRIORITY_LOW)
  process.stdout.write(`${JSON.stringify(await attack(JSON.parse(told) as AttackOrder))}\n`)
  process.exit(0)
}
