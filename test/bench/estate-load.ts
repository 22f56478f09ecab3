import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type ClientRequest, request } from 'node:http'
import { join } from 'node:path'
import { type MqttClient, connectAsync } from 'mqtt'
import { type Payloads, decodeMessage, encodeMessage } from '#contract/codec.js'
import type { DoorEventType } from '#contract/device-messages.js'
import type { DeviceMessageKind } from '#contract/message-table.js'
import { type DeviceAddress, parseTopic, topicOf, topicsOf } from '#contract/topics.js'
import { packageRoot } from '../../gateway/package-root.js'
import { CAMERA, CONTROLLER, ESTATE, GATE, registerResident } from '../flow/support/estate-under-test.js'
import { eventually } from '../flow/support/child.js'
import { type RunningSystem, startSystem } from '../flow/support/running-system.js'
import { ADMIN } from '../flow/support/server-under-test.js'

type Kind = 'camera' | 'controller' | 'reader'
/** One reader takes four presentations a second. */
const READERS = ['rd-1', 'rd-2', 'rd-3', 'rd-4', 'rd-5', 'rd-6'] as const
const HEARTBEAT_MS = 2_000
const ANSWER_MS_MAX = 15_000
/** A browser waits as long as the line's `retry` says before it opens it again. */
const COMES_BACK_MS = 2_000
/** What a door does when somebody walks through. */
const WALK: readonly DoorEventType[] = ['relay-released', 'opened', 'closed', 'relay-locked']

interface Wire {
  send<Message extends DeviceMessageKind>(kind: Message, payload: Payloads[Message]): Promise<unknown>
  end(): Promise<void>
}
type OnMessage = (kind: string, payload: unknown) => void

async function connectWire(port: number, address: DeviceAddress, folder: string, onMessage: OnMessage): Promise<Wire & { readonly life: () => { v: 1; bootId: string; monoMs: number; wallMs: number } }> {
  const pem = (name: string): Buffer => readFileSync(join(folder, name))
  const client: MqttClient = await connectAsync(`mqtts://127.0.0.1:${port}`, {
    clientId: address.deviceId, protocolVersion: 4, clean: true, reconnectPeriod: 0, keepalive: 60, ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem'),
  })
  client.on('error', () => {})
  client.on('message', (topic, bytes) => {
    const kind = parseTopic(topic)?.kind
    const decoded = kind === undefined ? undefined : decodeMessage(kind, bytes)
    if (kind !== undefined && decoded?.ok === true) onMessage(kind, decoded.value)
  })
  const bootId = randomUUID()
  const life = () => ({ v: 1 as const, bootId, monoMs: performance.now(), wallMs: Date.now() })
  // What is lost with the connection shows as not answered.
  const send: Wire['send'] = (kind, payload) =>
    client.publishAsync(topicOf(kind, address), encodeMessage(kind, payload), { qos: kind === 'heartbeat' ? 0 : 1 }).catch(() => undefined)
  await client.subscribeAsync(topicsOf(address).subscribe, { qos: 1 })
  await send('hello', { ...life(), model: 'bench', firmware: '1', capabilities: [] })
  return { life, send, end: () => client.endAsync(true) }
}

/** One gate of a real system, a reader and a door before it, and people with cards. */
export interface EstateLoad {
  readonly system: RunningSystem
  /** Of a login that may see everything. */
  readonly cookie: string
  /**
   * Somebody passes by card. `doorMs`: presented → answered at the reader, which is after commit and command; `liveMs`: presented → at a
   * page that watches. Infinity where none came.
   */
  pass(): { readonly doorMs: Promise<number>; readonly liveMs: Promise<number> }
  /** First page of the access log, ms. */
  pageMs(): Promise<number>
  passages(): number
  device(kind: Kind, id: string): Promise<{ readonly address: DeviceAddress; readonly folder: string }>
  close(): Promise<void>
}

const until = (arm: (resolve: () => void) => void): Promise<number> => new Promise((resolve) => {
  const sinceMs = performance.now()
  const timer = setTimeout(() => resolve(Number.POSITIVE_INFINITY), ANSWER_MS_MAX)
  arm(() => {
    clearTimeout(timer)
    resolve(performance.now() - sinceMs)
  })
})

async function login(httpPort: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${httpPort}/api/auth/login`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-requested-with': 'smart-estates' }, body: JSON.stringify(ADMIN),
  })
  return (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
}

/** A page that watches and reads all it is sent; told that it must load anew, as after a backlog, it comes back as a browser does. */
function watchLive(httpPort: number, cookie: string, onAccess: (personRef: string) => void): { close(): void } {
  let over = false
  let outgoing: ClientRequest
  const take = (frame: string): void => {
    const data = /^data: (.*)$/m.exec(frame)?.[1]
    if (!/^event: access$/m.test(frame) || data === undefined) return
    const { personRef } = JSON.parse(data) as { personRef: string | null }
    if (personRef !== null) onAccess(personRef)
  }
  const open = (): void => {
    let rest = ''
    outgoing = request({ host: '127.0.0.1', port: httpPort, path: `/api/live?estateId=${ESTATE}`, headers: { cookie }, agent: false }, (answer) => {
      answer.on('error', () => {})
      answer.on('data', (part: Buffer) => {
        const frames = (rest + part.toString()).split('\n\n')
        rest = frames.pop() ?? ''
        for (const frame of frames) take(frame)
      })
    })
    outgoing.on('error', () => {})
    outgoing.on('close', () => void (over || setTimeout(() => over || open(), COMES_BACK_MS)))
    outgoing.end()
  }
  open()
  return {
    close() {
      over = true
      outgoing.destroy()
    },
  }
}

/** Residents with a card each, by the server's own routes; resolves with card number and person. */
async function giveCards({ server, estate }: RunningSystem, count: number): Promise<Array<{ readonly number: string; readonly personRef: string }>> {
  await server.api('PUT', `/api/estates/${ESTATE}/gates/${GATE}`, {
    name: '北门', controllerId: CONTROLLER, doorNo: 1, releaseMs: 1_000, faceFreeWays: ['card', 'guard'],
    devices: [CAMERA, ...READERS].map((deviceId) => ({ deviceId, direction: 'in' })),
  })
  const cards = []
  for (let n = 1; n <= count; n++) {
    const { personRef } = await registerResident(server, `示例住户 ${n}`)
    const number = `04a1b2${n.toString(16).padStart(4, '0')}`
    await server.api('POST', '/api/credentials/cards', { personRef, number })
    cards.push({ number, personRef })
  }
  // The roster reaches the gateway a moment later: until then it knows no card.
  const cursor = async (): Promise<number> => (JSON.parse((await estate.command('status')).stdout) as { roster: { persons: number } }).roster.persons
  await eventually('every resident at the gateway', async () => (await cursor() >= count ? true : undefined))
  return cards
}

export async function startLoad(name: string, cardCount: number): Promise<EstateLoad> {
  const system = await startSystem(name, packageRoot())
  const { server, estate } = system
  const cards = await giveCards(system, cardCount)
  const cookie = await login(server.httpPort())
  const answers = new Map<string, () => void>()
  const seen = new Map<string, () => void>()
  const device: EstateLoad['device'] = async (deviceKind, deviceId) => ({ address: { estateId: ESTATE, deviceKind, deviceId }, folder: await estate.issueDevice(deviceKind, deviceId) })
  const open = async (kind: Kind, id: string, onMessage: OnMessage) => {
    const { address, folder } = await device(kind, id)
    return connectWire(estate.mqttPort(), address, folder, onMessage)
  }
  const readers: Array<Awaited<ReturnType<typeof open>>> = []
  for (const id of READERS) readers.push(await open('reader', id, (kind, payload) => {
    if (kind !== 'credentialResult') return
    const { presentationId, outcome } = payload as { presentationId: string; outcome: string }
    if (outcome === 'granted') answers.get(presentationId)?.()
    answers.delete(presentationId)
  }))
  const door = await open('controller', CONTROLLER, (kind, payload) => {
    if (kind !== 'doorCommand') return
    const { commandId } = payload as { commandId: string }
    void door.send('commandResult', { ...door.life(), eventId: randomUUID(), commandId, outcome: 'executed', reason: null })
    for (const type of WALK) void door.send('doorEvent', { ...door.life(), eventId: randomUUID(), doorNo: 1, type, live: true })
  })
  const beat = (): void => {
    void door.send('heartbeat', { ...door.life(), doors: [{ doorNo: 1, relay: 'locked', contact: 'closed', fire: false }], pendingEvents: 0 })
    for (const reader of readers) void reader.send('heartbeat', { ...reader.life(), doors: [], pendingEvents: 0 })
  }
  beat()
  const beats = setInterval(beat, HEARTBEAT_MS)
  const page = watchLive(server.httpPort(), cookie, (personRef) => {
    seen.get(personRef)?.()
    seen.delete(personRef)
  })
  let passages = 0
  return {
    system, cookie, device, passages: () => passages,
    pass() {
      const { number, personRef } = cards[passages++ % cards.length] as (typeof cards)[number]
      const reader = readers[passages % readers.length] as (typeof readers)[number]
      const presentationId = randomUUID()
      const doorMs = until((resolve) => answers.set(presentationId, resolve))
      const liveMs = until((resolve) => seen.set(personRef, resolve))
      void reader.send('credential', { ...reader.life(), presentationId, way: 'card', value: number })
      return { doorMs, liveMs }
    },
    async pageMs() {
      const sinceMs = performance.now()
      const answer = await fetch(`http://127.0.0.1:${server.httpPort()}/api/access-log?estateId=${ESTATE}`, { headers: { cookie }, signal: AbortSignal.timeout(ANSWER_MS_MAX) }).catch(() => undefined)
      await answer?.text()
      return answer?.ok === true ? performance.now() - sinceMs : Number.POSITIVE_INFINITY
    },
    async close() {
      clearInterval(beats)
      page.close()
      await Promise.all([...readers, door].map((one) => one.end()))
      await system.stop()
    },
  }
}
