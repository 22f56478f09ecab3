import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCamera } from '../../firmware-sim/camera/camera.js'
import { type SimulatedController, createController } from '../../firmware-sim/controller/controller.js'
import { createFireLatch } from '../../firmware-sim/controller/fire-latch.js'
import { createKeepQueue } from '../../firmware-sim/controller/keep-queue.js'
import type { DeviceSettings, DeviceWorld, SimulatedDevice } from '../../firmware-sim/device/device.js'
import { NO_FAULTS, type FaultProfile } from '../../firmware-sim/faults.js'
import type { DoorCommandV1, DoorEventV1, HelloV1 } from '../../gateway/contract/device-messages.js'
import { systemClock } from '../../gateway/kernel/clock.js'
import { createIdSource } from '../../gateway/kernel/ids.js'
import { silentLogger } from '../../gateway/kernel/log.js'
import { seededRandom, systemRandom } from '../../gateway/kernel/random.js'
import { type Pki, type TestBroker, createPki, startBroker } from './test-broker.js'

const ids = createIdSource({ clock: systemClock, random: systemRandom })
const ADDRESS = { estateId: 'e1', deviceKind: 'controller', deviceId: 'ctl-1' } as const
const CAMERA = { estateId: 'e1', deviceKind: 'camera', deviceId: 'cam-1' } as const

let pki: Pki
let broker: TestBroker
let running: SimulatedDevice[] = []
let folders: string[] = []
beforeAll(async () => {
  pki = await createPki()
})
afterEach(async () => {
  for (const device of running) await device.stop()
  await broker.stop()
  for (const folder of folders) rmSync(folder, { recursive: true })
  running = []
  folders = []
})

const world = (): DeviceWorld => ({ clock: systemClock, ids, random: seededRandom(5), log: silentLogger })

async function settings<Address extends DeviceSettings['address']>(address: Address, faults: Partial<FaultProfile> = {}): Promise<DeviceSettings> {
  const access = { url: `mqtts://127.0.0.1:${broker.port}`, ca: pki.ca, ...(await pki.issue(address.deviceId)) }
  return { address, access, heartbeatMs: 200, faults: { ...NO_FAULTS, ...faults } }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sim-ctl-'))
  folders.push(folder)
  return folder
}

/** A controller process with its flash memory in `folder`. */
async function controller(folder: string, faults: Partial<FaultProfile> = {}): Promise<SimulatedController> {
  const device = createController({
    world: world(),
    settings: { ...(await settings(ADDRESS, faults)), doors: 2, heldOpenAfterMs: 15_000 },
    queue: createKeepQueue({ path: join(folder, 'kept'), sizeMax: 1_000 }),
    fireLatch: createFireLatch({ path: join(folder, 'fire') }),
  })
  running.push(device)
  device.start()
  return device
}

const opening = (hello: Pick<HelloV1, 'bootId' | 'monoMs'>, change: Partial<DoorCommandV1> = {}): DoorCommandV1 => ({
  v: 1, commandId: ids.uuid(), bootId: hello.bootId, doorNo: 1, action: 'open', releaseMs: 2_000, deadlineMonoMs: hello.monoMs + 20_000, frameAgeMs: 30, ...change,
})
const eventsOf = (from: TestBroker): DoorEventV1[] => from.received.filter((message) => message.kind === 'doorEvent').map((message) => message.payload as DoorEventV1)

describe('door controller on a real broker', () => {
  it('says hello and its clock, opens on command, tells the whole passage, and nothing that breaks the contract', async () => {
    broker = await startBroker(pki)
    const device = await controller(newFolder(), { skewMs: 3_600_000 })
    const hello = await broker.next('hello')
    const beat = await broker.next('heartbeat', (heartbeat) => heartbeat.pendingEvents > 0)
    expect(beat).toMatchObject({ bootId: hello.bootId, doors: [1, 2].map((doorNo) => ({ doorNo, relay: 'locked', contact: 'closed', fire: false })) })
    expect(hello.wallMs - systemClock.wallMs()).toBeGreaterThan(3_590_000)

    const command = opening(hello)
    broker.send('doorCommand', ADDRESS, command)
    expect(await broker.next('commandResult')).toMatchObject({ commandId: command.commandId, bootId: hello.bootId, outcome: 'executed', reason: null })
    await broker.next('doorEvent', (event) => event.type === 'closed')
    await broker.next('doorEvent', (event) => event.type === 'relay-locked')
    const told = eventsOf(broker).filter((event) => event.doorNo === 1).map((event) => event.type)
    expect(new Set(told)).toEqual(new Set(['power-on', 'relay-released', 'opened', 'relay-locked', 'closed']))
    expect(told.indexOf('relay-released')).toBeLessThan(told.indexOf('opened'))
    expect(device.report()).toMatchObject({ commandsReceived: 1, commandsExecuted: 1, commandsRefused: {}, doorsOpened: 1 })
    expect(broker.broken).toEqual([])
  })

  it('keeps events until the application acknowledges them: over a broker restart, with the same id, as not live', async () => {
    broker = await startBroker(pki)
    const device = await controller(newFolder())
    const first = await broker.next('doorEvent', (event) => event.type === 'power-on')
    expect(first.live).toBe(false)
    device.hands.exitButton(2)
    const exit = await broker.next('doorEvent', (event) => event.type === 'exit-button')
    expect(exit.live).toBe(true)
    const { port } = broker
    await broker.stop()

    device.hands.tamper(true)
    broker = await startBroker(pki, port)
    const again = await broker.next('doorEvent', (event) => event.eventId === exit.eventId)
    expect(again).toEqual({ ...exit, live: false })
    expect((await broker.next('doorEvent', (event) => event.type === 'tamper')).live).toBe(false)

    const pending = device.report().eventsPending
    broker.send('eventAck', ADDRESS, { v: 1, eventIds: [exit.eventId, ids.uuid()] })
    await broker.next('heartbeat', (heartbeat) => heartbeat.pendingEvents < pending)
    expect(device.report()).toMatchObject({ eventsAcknowledged: 1, connects: 2 })
  })

  it('keeps events over a restart of its own process', async () => {
    broker = await startBroker(pki)
    const folder = newFolder()
    const before = await controller(folder)
    before.hands.exitButton(1)
    const exit = await broker.next('doorEvent', (event) => event.type === 'exit-button')
    await broker.next('doorEvent', (event) => event.type === 'opened')
    await before.stop()
    const seen = broker.received.length

    await controller(folder)
    await broker.next('hello', (hello) => hello.bootId !== exit.bootId)
    await broker.next('doorEvent', (event) => event.type === 'power-on' && event.bootId !== exit.bootId)
    const resent = broker.received.slice(seen).filter((message) => message.kind === 'doorEvent').map((message) => (message.payload as DoorEventV1).eventId)
    const earlier = eventsOf(broker).filter((event) => event.bootId === exit.bootId).map((event) => event.eventId)
    expect(resent).toEqual(expect.arrayContaining([...new Set(earlier)]))
  })

  it('refuses a command that was meant for its life before the reboot, a repeated one and a broken one', async () => {
    broker = await startBroker(pki)
    const device = await controller(newFolder())
    const hello = await broker.next('hello')
    const stale = opening(hello)
    device.reboot()
    const reborn = await broker.next('hello', (message) => message.bootId !== hello.bootId)
    expect(reborn.monoMs).toBeLessThan(20_000)
    broker.send('doorCommand', ADDRESS, stale)
    expect(await broker.next('commandResult', (result) => result.commandId === stale.commandId)).toMatchObject({ outcome: 'refused', reason: 'other-boot' })

    const once = opening(reborn)
    broker.send('doorCommand', ADDRESS, once)
    broker.send('doorCommand', ADDRESS, once)
    await broker.next('commandResult', (result) => result.commandId === once.commandId && result.outcome === 'executed')
    expect(await broker.next('commandResult', (result) => result.commandId === once.commandId && result.outcome === 'refused')).toMatchObject({ reason: 'repeated' })

    const broken = opening(reborn)
    broker.sendBytes('doorCommand', ADDRESS, Buffer.from(JSON.stringify({ ...broken, releaseMs: -1 })))
    broker.sendBytes('doorCommand', ADDRESS, Buffer.from('not JSON'))
    expect(await broker.next('commandResult', (result) => result.commandId === broken.commandId)).toMatchObject({ outcome: 'refused', reason: 'malformed' })
    expect(device.report()).toMatchObject({ reboots: 1, commandsReceived: 5, commandsExecuted: 1, commandsRefused: { 'other-boot': 1, repeated: 1, malformed: 1 } })
  })

  it('releases all doors on fire by itself, within 100 ms and with no gateway, until reset by hand, over a restart', async () => {
    broker = await startBroker(pki)
    const folder = newFolder()
    const device = await controller(folder)
    await broker.next('hello')
    const { port } = broker
    await broker.stop()

    const startedMs = systemClock.monoMs()
    device.hands.fireInput(true)
    expect(device.state().fireLatched).toBe(true)
    expect(systemClock.monoMs() - startedMs).toBeLessThan(100)
    device.hands.fireInput(false)
    await device.stop()

    broker = await startBroker(pki, port)
    const restarted = await controller(folder)
    const latched = [1, 2].map((doorNo) => ({ doorNo, relay: 'released', contact: 'closed', fire: true }))
    expect((await broker.next('heartbeat')).doors).toEqual(latched)
    restarted.hands.fireReset()
    expect((await broker.next('heartbeat', (beat) => !beat.doors.some((door) => door.fire))).doors.map((door) => door.relay)).toEqual(['locked', 'locked'])
    expect(eventsOf(broker).filter((event) => event.type === 'fire').length).toBeGreaterThanOrEqual(4)
  })

  it('is not let in with a certificate of another name, and says why, and keeps trying', async () => {
    broker = await startBroker(pki)
    const troubles: string[] = []
    const right = await settings(ADDRESS)
    const wrong = { ...right, access: { ...right.access, ...(await pki.issue('ctl-2')) } }
    const device = createController({
      world: { ...world(), log: { ...silentLogger, warn: (fields) => void troubles.push(JSON.stringify(fields)) } },
      settings: { ...wrong, doors: 1, heldOpenAfterMs: 15_000 },
      queue: createKeepQueue({ path: join(newFolder(), 'kept'), sizeMax: 10 }), fireLatch: createFireLatch({ path: join(newFolder(), 'fire') }),
    })
    running.push(device)
    device.start()
    await expect.poll(() => troubles.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2)
    expect(broker.received).toEqual([])
    expect(device.report().connects).toBe(0)
  })
})

describe('camera on a real broker', () => {
  it('sends its pictures at its rate, counts what it shows, and starts its numbers anew after a reboot', async () => {
    broker = await startBroker(pki)
    const picture = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])
    const camera = createCamera({ world: world(), settings: { ...(await settings(CAMERA)), fps: 20 }, show: { next: () => picture } })
    running.push(camera)
    const startedMs = systemClock.monoMs()
    camera.start()
    const frame = await broker.next('cameraFrame', (envelope) => envelope.header.frameNo >= 2)
    expect(Buffer.from(frame.image).equals(picture)).toBe(true)
    broker.send('frameResult', CAMERA, { v: 1, frameId: frame.header.frameId, outcome: 'refused', reason: 'not-live' })
    broker.send('frameResult', CAMERA, { v: 1, frameId: ids.uuid(), outcome: 'granted', reason: null })
    broker.send('deviceNotice', CAMERA, { v: 1, about: 'frame', code: 'undecodable-frame', detail: 'no picture' })
    await expect.poll(() => camera.report(), { timeout: 20_000 }).toMatchObject({ resultsShown: { 'refused:not-live': 1, granted: 1 }, notices: { 'undecodable-frame': 1 } })
    expect(camera.report().resultMs).toHaveLength(1)

    camera.reboot()
    const reborn = await broker.next('cameraFrame', (envelope) => envelope.header.bootId !== frame.header.bootId)
    expect(reborn.header.capturedMonoMs).toBeLessThan(frame.header.capturedMonoMs + 20_000)
    const seconds = (systemClock.monoMs() - startedMs) / 1_000
    expect(camera.report().framesSent + camera.report().framesSkipped).toBeLessThanOrEqual(20 * seconds + 2)
    expect(broker.broken).toEqual([])
  })
})
