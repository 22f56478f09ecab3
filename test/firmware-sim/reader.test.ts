import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DeviceSettings } from '../../firmware-sim/device/device.js'
import { type FaultProfile, NO_FAULTS } from '../../firmware-sim/faults.js'
import { type SimulatedReader, createReader } from '../../firmware-sim/reader/reader.js'
import { readWallet } from '../../firmware-sim/reader/reader-entry.js'
import type { Carried } from '../../firmware-sim/reader/wallet.js'
import { readDevicesFile } from '../../firmware-sim/run/devices-file.js'
import { obey } from '../../firmware-sim/run/orders.js'
import { isCurrent, isSignedBy } from '../../gateway/access/code-rules.js'
import { parseRotatingCode } from '../../gateway/contract/rotating-code.js'
import { systemClock } from '../../gateway/kernel/clock.js'
import { createIdSource } from '../../gateway/kernel/ids.js'
import { silentLogger } from '../../gateway/kernel/log.js'
import { seededRandom, systemRandom } from '../../gateway/kernel/random.js'
import { type Pki, type TestBroker, createPki, startBroker } from './test-broker.js'

const ids = createIdSource({ clock: systemClock, random: systemRandom })
const ADDRESS = { estateId: 'e1', deviceKind: 'reader', deviceId: 'rd-1' } as const
const CREDENTIAL = '0000cd00-0000-7000-8000-000000000001'
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const folder = mkdtempSync(join(tmpdir(), 'sim-reader-'))
const keyFile = join(folder, 'phone.pem')
writeFileSync(keyFile, privateKey.export({ format: 'pem', type: 'pkcs8' }))
const WALLET: readonly Carried[] = readWallet([
  { way: 'card', number: '04aabb01' }, { way: 'pin', number: '101', pin: '4711' }, { way: 'qr', text: 'VISIT-1' }, { way: 'phone', credentialId: CREDENTIAL, keyFile },
])

let pki: Pki
let broker: TestBroker
let reader: SimulatedReader | undefined
beforeAll(async () => {
  pki = await createPki()
})
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(async () => {
  await reader?.stop()
  await broker?.stop()
})

async function start(presentSeconds = 0, faults: Partial<FaultProfile> = {}): Promise<SimulatedReader> {
  broker = await startBroker(pki)
  const access = { url: `mqtts://127.0.0.1:${broker.port}`, ca: pki.ca, ...(await pki.issue(ADDRESS.deviceId)) }
  const settings: DeviceSettings = { address: ADDRESS, access, heartbeatMs: 200, faults: { ...NO_FAULTS, ...faults } }
  reader = createReader({ world: { clock: systemClock, ids, random: seededRandom(5), log: silentLogger }, settings: { ...settings, wallet: WALLET, presentSeconds } })
  reader.start()
  await broker.next('heartbeat')
  return reader
}
const presented = () => broker.received.flatMap(({ kind, payload }) => (kind === 'credential' ? [payload as { presentationId: string; way: string; value: string }] : []))
const until = async (done: () => boolean): Promise<void> => {
  for (let turn = 0; !done(); turn++) {
    if (turn > 1_000) throw new Error(`never happened: ${done.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('reader on a real broker', () => {
  it('presents cards, PINs, printed codes and signed ones, counts the answers, and waits where it is told to', async () => {
    const device = await start()
    for (let place = 0; place < 4; place++) expect(device.come(place)).toBe(true)
    await until(() => presented().length === 4)
    expect(presented().slice(0, 3).map(({ way, value }) => [way, value])).toEqual([['card', '04aabb01'], ['pin', '101*4711'], ['qr', 'VISIT-1']])
    const code = parseRotatingCode(presented()[3]?.value as string)
    if (code === undefined) throw new Error('no rotating code')
    expect([code.credentialId, isSignedBy(code, publicKey.export({ format: 'der', type: 'spki' }).toString('base64')), isCurrent(code, Date.now(), 60)]).toEqual([CREDENTIAL, true, true])
    broker.send('credentialResult', ADDRESS, { v: 1, presentationId: presented()[0]?.presentationId as string, outcome: 'granted', reason: null, retryAfterMs: 0 })
    broker.send('credentialResult', ADDRESS, { v: 1, presentationId: presented()[1]?.presentationId as string, outcome: 'refused', reason: 'wrong-pin', retryAfterMs: 60_000 })
    await until(() => Object.keys(device.report().answers).length === 2)
    expect(device.report()).toMatchObject({ presented: 4, shown: { card: 1, pin: 1, qr: 2 }, answers: { granted: 1, 'refused:wrong-pin': 1 }, resultMs: [expect.any(Number), expect.any(Number)] })
    expect([device.present({ way: 'card', value: '04aabb01' }), device.come(9)]).toEqual([false, false])
    expect(broker.broken).toEqual([])
  })

  it('misbehaves as it is told: repeats, garbage, floods, and nothing that breaks the contract', async () => {
    const device = await start(0.02, { garbage: 0.5, duplicate: 0.5 })
    await until(() => device.report().presented >= 40)
    device.flood(100)
    await until(() => presented().length >= 160)
    const presentationIds = presented().map(({ presentationId }) => presentationId)
    expect(new Set(presentationIds).size).toBeLessThan(presentationIds.length)
    expect(presented().some(({ value }) => value === 'zz' || value === '1*' || value === 'JM1.')).toBe(true)
    expect(broker.broken).toEqual([])
  })

  it('takes orders by name and says what it does not understand', async () => {
    const device = await start()
    const devices = { cameras: [], controllers: [], readers: [device], tills: [], terminals: [] }
    expect(['present rd-1 card 04ff', 'come rd-1 2', 'flood rd-1 2'].map((line) => obey(devices, line))).toEqual([undefined, undefined, undefined])
    await until(() => presented().length === 4)
    expect(['present rd-1 face x', 'come rd-1', 'flood rd-1 0', 'exit rd-1 1', 'present rd-2 card 1'].map((line) => obey(devices, line))).toEqual([
      'not understood: present rd-1 face x', 'not understood: come rd-1', 'not understood: flood rd-1 0', 'not understood: exit rd-1 1', 'no device "rd-2"',
    ])
  })
})

describe('devices file', () => {
  const connection = { id: 'rd-1', estateId: 'e1', url: 'mqtts://127.0.0.1:1', caFile: 'ca.pem', certFile: 'cert.pem', keyFile: 'key.pem' }
  const file = (entry: object): string => {
    writeFileSync(join(folder, 'devices.json'), JSON.stringify({ devices: [entry] }))
    return join(folder, 'devices.json')
  }
  it('may have readers, whose phones’ keys lie beside it', () => {
    const { devices } = readDevicesFile(file({ kind: 'reader', ...connection, presentSeconds: 5, wallet: [{ way: 'phone', credentialId: CREDENTIAL, keyFile: 'phone.pem' }] }))
    expect(devices).toMatchObject([{ kind: 'reader', wallet: [{ keyFile }], certFile: join(folder, 'cert.pem') }])
  })
  it.each([
    [{ kind: 'turnstile', ...connection }, '/devices/0/kind: one of camera, controller, reader, till, terminal'],
    [{ kind: 'reader', ...connection, presentSeconds: 0 }, '/devices/0/presentSeconds'],
    [{ kind: 'reader', ...connection, wallet: [{ way: 'card', number: 'XY' }] }, '/devices/0/wallet/0'],
  ])('with an entry %j names what is wrong', (entry, problem) => {
    expect(() => readDevicesFile(file(entry))).toThrow(expect.objectContaining({ code: 'SIM_USAGE', details: expect.objectContaining({ errors: [expect.stringContaining(problem)] }) }))
  })
  it('with a phone key that is none names the file', () => {
    writeFileSync(join(folder, 'bad.pem'), 'no key')
    expect(() => readWallet([{ way: 'phone', credentialId: CREDENTIAL, keyFile: join(folder, 'bad.pem') }])).toThrow(expect.objectContaining({ code: 'SIM_USAGE' }))
  })
})
