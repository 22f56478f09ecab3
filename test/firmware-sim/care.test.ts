import { createHash } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { FirmwareOfferV1, FirmwareStatusV1 } from '#contract/device-care-messages.js'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { silentLogger } from '#kernel/log.js'
import { seededRandom, systemRandom } from '#kernel/random.js'
import { createCamera } from '../../firmware-sim/camera/camera.js'
import type { DeviceSettings, SimulatedDevice } from '../../firmware-sim/device/device.js'
import { createDeviceHealth } from '../../firmware-sim/device/device-health.js'
import { createDeviceLife } from '../../firmware-sim/device/device-life.js'
import { type FaultProfile, NO_FAULTS } from '../../firmware-sim/faults.js'
import { uuid } from '../support/factories.js'
import { createVirtualClock } from '../support/virtual-clock.js'
import { type Pki, type TestBroker, createPki, startBroker } from './test-broker.js'

const ids = createIdSource({ clock: systemClock, random: systemRandom })
const CAMERA = { estateId: 'e1', deviceKind: 'camera', deviceId: 'cam-1' } as const
let pki: Pki
let broker: TestBroker
let running: SimulatedDevice[] = []
beforeAll(async () => {
  pki = await createPki()
})
afterEach(async () => {
  for (const device of running.splice(0)) await device.stop()
  await broker?.stop()
  running = []
})

async function start(faults: Partial<FaultProfile> = {}) {
  broker = await startBroker(pki)
  const settings: DeviceSettings = {
    address: CAMERA, access: { url: `mqtts://127.0.0.1:${broker.port}`, ca: pki.ca, ...(await pki.issue('cam-1')) }, heartbeatMs: 200, faults: { ...NO_FAULTS, ...faults },
  }
  const camera = createCamera({
    world: { clock: systemClock, ids, random: seededRandom(3), log: silentLogger }, settings: { ...settings, fps: 1 }, show: { next: () => Buffer.from('jpeg') },
  })
  running.push(camera)
  camera.start()
  await broker.next('hello')
  return camera
}
const statuses = (): FirmwareStatusV1[] => broker.received.filter(({ kind }) => kind === 'firmwareStatus').map(({ payload }) => payload as FirmwareStatusV1)

/** Serves one file over HTTPS; `respond` may do it otherwise. */
async function serve(content: Buffer, change: Partial<FirmwareOfferV1> = {}, cut?: number): Promise<FirmwareOfferV1> {
  const own = await pki.issue('gateway')
  const server = createServer({ key: own.key, cert: own.cert }, (_, response) => {
    response.writeHead(200, { 'content-length': content.length })
    if (cut === undefined) response.end(content)
    else response.write(content.subarray(0, cut), () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    v: 1, jobId: uuid(7), version: '2.0.0', bytes: content.length, sha256: createHash('sha256').update(content).digest('hex'),
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/f/x`, ...change,
  }
}

describe('health of a simulated device', () => {
  it('goes with some heartbeats, and at once when a fault comes or goes', async () => {
    const camera = await start()
    const first = await broker.next('health')
    expect(first).toMatchObject({ faults: [], signalDbm: null })
    camera.fault('lens-covered', true)
    expect(await broker.next('health', ({ faults }) => faults.length > 0)).toMatchObject({ faults: ['lens-covered'] })
    camera.fault('lens-covered', false)
    const count = broker.received.filter(({ kind }) => kind === 'health').length
    await broker.next('health', ({ faults, monoMs }) => faults.length === 0 && monoMs > first.monoMs)
    expect(count).toBeLessThan(10)
  })

  it('things break as often as asked, mend by themselves, or never', () => {
    const clock = createVirtualClock()
    const life = createDeviceLife({ clock, ids, wallSkewMs: 0 })
    const run = (stuck: number) => {
      let changes = 0
      const health = createDeviceHealth({ life, faults: { ...NO_FAULTS, brokenSeconds: 600, stuck }, clock, random: seededRandom(1), changed: () => (changes += 1) })
      health.start()
      clock.advance(24 * 3_600_000)
      health.stop()
      return { changes, left: health.message().faults.length }
    }
    const mending = run(0)
    expect(mending.changes).toBeGreaterThan(150)
    expect(run(1)).toEqual({ changes: 4, left: 4 })
    expect(clock.pending()).toBe(0)
  })

  it('a clock that drifts is ahead by the share of the time', () => {
    const clock = createVirtualClock()
    const life = createDeviceLife({ clock, ids, wallSkewMs: 100, driftPpm: 20_000 })
    clock.advance(500_000)
    expect(life.wallMs() - clock.wallMs()).toBe(10_100)
  })
})

describe('settings of a simulated device', () => {
  it('are taken over whole or not at all, with what is wrong named', async () => {
    await start()
    broker.send('parameters', CAMERA, { v: 1, parameterSetId: uuid(1), values: { fps: 5, 'night-mode': true } })
    expect(await broker.next('parameterResult')).toEqual({ v: 1, parameterSetId: uuid(1), outcome: 'applied', problems: [] })
    broker.send('parameters', CAMERA, { v: 1, parameterSetId: uuid(2), values: { fps: 500, colour: 'red', 'night-mode': 1 } })
    expect(await broker.next('parameterResult', ({ parameterSetId }) => parameterSetId === uuid(2))).toEqual({
      v: 1, parameterSetId: uuid(2), outcome: 'refused',
      problems: [{ name: 'fps', problem: 'must be a number from 0.1 to 30' }, { name: 'colour', problem: 'unknown setting' }, { name: 'night-mode', problem: 'must be true or false' }],
    })
  })

  it('are not heard by a deaf one', async () => {
    await start({ deaf: 1 })
    broker.send('parameters', CAMERA, { v: 1, parameterSetId: uuid(1), values: {} })
    await broker.next('heartbeat', ({ monoMs }) => monoMs > 800)
    expect(broker.received.some(({ kind }) => kind === 'parameterResult')).toBe(false)
  })
})

describe('firmware of a simulated device', () => {
  const FILE = Buffer.concat([Buffer.from('model=se-sim\n'), Buffer.alloc(50_000, 'x')])

  it('is fetched, compared, installed by a restart, and told', async () => {
    await start()
    broker.send('firmwareOffer', CAMERA, await serve(FILE))
    const hello = await broker.next('hello', ({ firmware }) => firmware === '2.0.0')
    await broker.next('firmwareStatus', ({ state }) => state === 'installed')
    expect(hello.monoMs).toBeLessThan(10_000)
    expect(statuses().map(({ state, reason }) => [state, reason])).toEqual([['downloading', null], ['verified', null], ['installing', null], ['installed', null]])
  })

  it.each<[string, () => Promise<FirmwareOfferV1>, string]>([
    ['another sum', () => serve(FILE, { sha256: 'a'.repeat(64) }), 'checksum'],
    ['another length', () => serve(FILE, { bytes: FILE.length - 1 }), 'length'],
    ['a download that breaks off', () => serve(FILE, {}, 1_000), 'download'],
    ['another model', () => serve(Buffer.from('model=toaster\nx')), 'not-for-this-model'],
  ])('%s: refused, and the old version goes on', async (_, offer, reason) => {
    const camera = await start()
    broker.send('firmwareOffer', CAMERA, await offer())
    expect(await broker.next('firmwareStatus', ({ state }) => state === 'failed')).toMatchObject({ reason })
    expect(camera.report()).toMatchObject({ firmware: '1.0.0', connects: 1 })
  })

  it('goes wrong as often as asked, in every way there is', async () => {
    const offer = await serve(FILE)
    const seen = new Set<string>()
    const camera = await start({ firmware: 1 })
    for (let job = 0; job < 12 && seen.size < 3; job++) {
      broker.send('firmwareOffer', CAMERA, { ...offer, jobId: uuid(job, 3) })
      seen.add(String((await broker.next('firmwareStatus', ({ state, jobId }) => state === 'failed' && jobId === uuid(job, 3))).reason))
    }
    expect([...seen].sort()).toEqual(['checksum', 'length', 'rolled-back'])
    expect(camera.report().firmware).toBe('1.0.0')
  }, 60_000)
})
