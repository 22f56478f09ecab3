import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Order } from '#contract/sync-orders.js'
import type { GateV2 } from '#contract/sync-roster.js'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import { uuid } from '../support/factories.js'
import { type GatewayApiServer, startGatewayApiServer } from '../support/gateway-api-server.js'
import { IDENTITY } from '../support/open-store.js'
import { type TestDevice, connectAgain, connectDevice } from './support/gateway-devices.js'
import { type GatewayHome, type GatewayProcess, createHome, missing, until } from './support/gateway-rig.js'
import { type SimLine, type SimProcess, startSim } from './support/sim-process.js'

type Row = Record<string, unknown>
const OPERATOR = uuid(1, 0x0d)
const CONTROLLERS = ['ctl-1', 'ctl-2', 'ctl-3'] as const
const gate = (gateId: string, zoneId: string, controllerId: string): GateV2 => ({
  kind: 'gate.v2', gateId, name: gateId, zoneId, devices: [], controllerId, doorNo: 1, releaseMs: 1_000, faceFreeWays: ['card'], rules: NO_GATE_RULES,
})

let server: GatewayApiServer
let home: GatewayHome
let gateway: GatewayProcess
let sim: SimProcess
let port: { mqtt: number; claim: number }

const config = (mqttPort: number): void => home.config({
  mqtt: { host: '127.0.0.1', port: mqttPort }, devices: { claimPort: 0, filesPort: 0 }, alarms: { offlineSeconds: 10, diskFreeMbMin: 16 },
})
const json = async (...args: string[]): Promise<Row> => {
  const { code, stdout, stderr } = await home.command(...args, '--json')
  if (stdout === '') throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as Row
}
const device = async (id: string): Promise<Row> => ((await json('devices'))['devices'] as Row[]).find(({ deviceId }) => deviceId === id) ?? {}
const online = (...ids: string[]): Promise<void> => until(async () => {
  const all = (await json('devices'))['devices'] as Row[]
  return ids.every((id) => all.some(({ deviceId, online: is }) => deviceId === id && is === true))
}, `${ids.join(', ')} online`, 30_000)
/** Records that the server has, of one kind. */
const arrived = (kind: string, fits: (record: Row) => boolean = () => true): Row[] =>
  server.received.map(({ payload }) => JSON.parse(payload) as Row).filter((record) => record['kind'] === kind && fits(record))
const arrival = (kind: string, fits: (record: Row) => boolean, what: string): Promise<void> => until(() => arrived(kind, fits).length > 0, what, 30_000)
const order = async (change: Record<string, unknown> & { kind: Order['kind'] }): Promise<Row> => {
  const orderId = randomUUID()
  server.order({ orderId, remainingMs: 10_000, operatorRef: OPERATOR, ...change } as unknown as Order)
  await arrival('order-result.v1', (record) => record['orderId'] === orderId, `the result of ${change.kind}`)
  return arrived('order-result.v1', (record) => record['orderId'] === orderId)[0] ?? {}
}
const relay = (id: string, is: 'released' | 'locked') => (line: { msg?: string; device?: string }): boolean =>
  line.msg === 'relay' && line.device === id && (line as Row)['relay'] === is
/** Milliseconds of the simulator's own clock from an order to a line of its log. */
const sinceOrder = (order: string, { time = Number.NaN }: SimLine): number =>
  time - (sim.lines.findLast((line) => line.msg === 'order' && line['order'] === order)?.time ?? Number.NaN)

describe.skipIf(missing() !== undefined)('devices of an estate, from claim to revocation', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    server = await startGatewayApiServer()
    server.publish(gate('east', 'north', 'ctl-1'), gate('west', 'north', 'ctl-2'), gate('south', 'south', 'ctl-3'), gate('quiet', 'quiet', 'ctl-9'))
    home = createHome(server)
    config(0)
    const launched = home.launch()
    const ready = await launched.ready()
    port = { mqtt: Number(ready['mqttPort']), claim: Number(ready['claimPort']) }
    gateway = { ...launched, mqttPort: port.mqtt, opsPort: Number(ready['opsPort']) }
    // The devices find it there again after each restart.
    config(port.mqtt)
  }, 120_000)
  afterAll(async () => {
    await sim?.stop()
    home?.remove()
    await server?.close()
  })

  it('each claims its certificate by a code, with a key that never leaves it', async () => {
    const codes = await Promise.all(CONTROLLERS.map((id) => json('claim-code', '--kind', 'controller', '--id', id)))
    expect(codes[0]).toMatchObject({ deviceId: 'ctl-1', kind: 'controller', claimPort: port.claim, code: expect.stringMatching(/^.{4}(-.{4}){3}$/) })
    const folder = (id: string): string => join(home.folder, 'sim', id)
    writeFileSync(join(home.folder, 'devices.json'), JSON.stringify({ devices: CONTROLLERS.map((id, index) => ({
      kind: 'controller', id, estateId: IDENTITY.estateId, url: `mqtts://127.0.0.1:${port.mqtt}`, doors: 1,
      caFile: join(folder(id), 'ca.pem'), certFile: join(folder(id), 'cert.pem'), keyFile: join(folder(id), 'key.pem'),
      claim: { url: `https://127.0.0.1:${port.claim}`, code: codes[index]?.['code'] },
    })) }))
    sim = startSim(['--devices', join(home.folder, 'devices.json'), '--heartbeat', '1', '--held-open', '60', '--faults', 'absent=1', '--state', join(home.folder, 'state')])
    await online(...CONTROLLERS)
    expect(statSync(join(folder('ctl-1'), 'key.pem')).mode & 0o777).toBe(0o600)
    const kept = readdirSync(home.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    const key = readFileSync(join(folder('ctl-1'), 'key.pem'), 'latin1').split('\n')[1] ?? 'none'
    expect(kept.some((text) => text.includes(key))).toBe(false)
    expect(await device('ctl-1')).toMatchObject({ online: true, model: 'se-sim', firmware: '1.0.0', capabilities: ['doors', 'fire-input'], revoked: false, faults: [] })
    await arrival('device-health.v1', (record) => record['deviceId'] === 'ctl-1', 'its health')
    await arrival('device-info.v1', (record) => record['deviceId'] === 'ctl-1' && record['firmware'] === '1.0.0', 'what it is')
  })

  it('settings reach it and what became of them reaches the server', async () => {
    server.publish({ kind: 'device-settings.v1', deviceId: 'ctl-1', parameterSetId: uuid(1), values: { 'held-open-seconds': 1, buzzer: true } })
    await arrival('parameter-result.v1', (record) => record['parameterSetId'] === uuid(1), 'the first result')
    server.publish({ kind: 'device-settings.v1', deviceId: 'ctl-2', parameterSetId: uuid(2), values: { 'held-open-seconds': 0 } })
    await arrival('parameter-result.v1', (record) => record['parameterSetId'] === uuid(2), 'the second result')
    expect(arrived('parameter-result.v1')).toMatchObject([
      { deviceId: 'ctl-1', outcome: 'applied', problems: [] },
      { deviceId: 'ctl-2', outcome: 'refused', problems: [{ name: 'held-open-seconds', problem: 'must be a number from 1 to 3600' }] },
    ])
    expect((await device('ctl-2'))['parameters']).toEqual({ parameterSetId: uuid(2), state: 'refused' })
  })

  it('firmware comes from the server and runs; a wrong one reaches no device, or is not installed', async () => {
    const file = Buffer.concat([Buffer.from('model=se-sim\n'), Buffer.alloc(200_000, 'v2')])
    const other = Buffer.from('model=toaster\nbread')
    const update = (jobId: string, content: Buffer, change: object = {}) => {
      server.files.set(jobId, content)
      return order({
        kind: 'firmware.v1', jobId, deviceId: 'ctl-1', version: '2.0.0', bytes: content.length, sha256: createHash('sha256').update(content).digest('hex'), remainingMs: 60_000, ...change,
      })
    }
    const states = (jobId: string) => arrived('firmware-status.v1', (record) => record['jobId'] === jobId).map(({ state, reason }) => (reason === null ? state : `${String(state)} ${String(reason)}`))
    expect(await update(uuid(1, 2), file, { sha256: 'a'.repeat(64) })).toMatchObject({ outcome: 'refused', reason: 'checksum' })
    expect(await update(uuid(2, 2), other)).toMatchObject({ outcome: 'done' })
    await arrival('firmware-status.v1', (record) => record['jobId'] === uuid(2, 2) && record['state'] === 'failed', 'the refusal of the device')
    expect(states(uuid(2, 2))).toEqual(['offered', 'downloading', 'failed not-for-this-model'])
    expect(await update(uuid(3, 2), file)).toMatchObject({ outcome: 'done', reason: null })
    await arrival('device-info.v1', (record) => record['deviceId'] === 'ctl-1' && record['firmware'] === '2.0.0', 'the new version')
    await arrival('firmware-status.v1', (record) => record['jobId'] === uuid(3, 2) && record['state'] === 'installed', 'the end of the job')
    expect(states(uuid(3, 2))).toEqual(['offered', 'downloading', 'verified', 'installing', 'installed'])
    expect(states(uuid(1, 2))).toEqual(['failed checksum'])
    expect(readdirSync(join(home.dataDir, 'firmware'))).toEqual([])
    await online('ctl-1')
  })

  it('an order of the server opens a door within its time, once, with its result', async () => {
    const sinceMs = performance.now()
    expect(await order({ kind: 'open-door.v1', gateId: 'east', reason: 'delivery' })).toMatchObject({ outcome: 'done', reason: null })
    const opened = await sim.line(relay('ctl-1', 'released'), 'the door', sinceMs)
    console.log(`order given → relay released: ${(opened.atMs - sinceMs).toFixed(0)} ms`)
    expect(arrived('passage.v2', (record) => record['way'] === 'remote')).toMatchObject([{ gateId: 'east', result: 'granted', operatorRef: OPERATOR, override: 'delivery' }])
    expect(await order({ kind: 'open-door.v1', gateId: 'nowhere', reason: 'other' })).toMatchObject({ outcome: 'refused', reason: 'gate-unknown' })
    expect(await order({ kind: 'revoke-device.v1', deviceId: 'nobody' })).toMatchObject({ outcome: 'refused', reason: 'GW_DEVICE_UNKNOWN' })
    await sim.line(relay('ctl-1', 'locked'), 'the lock', opened.atMs)
    expect(sim.lines.filter((line) => line.atMs >= sinceMs && relay('ctl-1', 'released')(line))).toHaveLength(1)
  })

  it('a gate kept open, and as usual again, by order', async () => {
    const sinceMs = performance.now()
    expect(await order({ kind: 'door-mode.v1', gateId: 'west', mode: 'kept-open', reason: 'maintenance' })).toMatchObject({ outcome: 'done' })
    await sim.line(relay('ctl-2', 'released'), 'the door', sinceMs)
    expect(await order({ kind: 'door-mode.v1', gateId: 'west', mode: 'normal', reason: 'maintenance' })).toMatchObject({ outcome: 'done' })
    await sim.line(relay('ctl-2', 'locked'), 'the lock', sinceMs)
  })

  it('an order that a kill interrupted opens no door a second time', async () => {
    let silent: TestDevice = await connectDevice(home, port.mqtt, 'controller', 'ctl-9')
    const orderId = randomUUID()
    server.order({ kind: 'open-door.v1', orderId, remainingMs: 90_000, operatorRef: OPERATOR, gateId: 'quiet', reason: 'visitor' })
    await until(() => silent.inbox.some(({ kind }) => kind === 'doorCommand'), 'the command')
    await gateway.end('SIGKILL')
    gateway = await home.start()
    silent = await connectAgain(home, port.mqtt, 'controller', 'ctl-9')
    await arrival('order-result.v1', (record) => record['orderId'] === orderId, 'the result')
    expect(arrived('order-result.v1', (record) => record['orderId'] === orderId)).toMatchObject([{ outcome: 'no-answer', reason: 'interrupted' }])
    expect(silent.inbox.filter(({ kind }) => kind === 'doorCommand')).toEqual([])
    await silent.end()
    await online(...CONTROLLERS)
  })

  it('forced, held open and tampered: at the server within five seconds of the event', async () => {
    const alarm = (kind: string, state: string) => (record: Row): boolean => record['alarm'] === kind && record['state'] === state
    const delays: string[] = []
    const raise = async (kind: string, line: string): Promise<void> => {
      const atMs = sim.order(line)
      await arrival('alarm.v1', alarm(kind, 'raised'), `the alarm ${kind}`)
      const tookMs = performance.now() - atMs
      delays.push(`${kind} ${tookMs.toFixed(0)} ms`)
      expect(tookMs).toBeLessThan(5_000)
    }
    await raise('forced', 'contact ctl-1 1 open')
    // Settings say one second.
    await raise('held-open', 'exit ctl-1 1')
    await raise('tamper', 'tamper ctl-2 on')
    await raise('device-fault', 'fault ctl-3 battery-low on')
    console.log(`event → alarm at the server: ${delays.join(', ')}`)
    const open = (await json('alarms'))['alarms'] as Row[]
    expect(open.filter(({ alarm: kind }) => kind !== 'device-offline').map(({ alarm: kind, gateId, deviceId }) => [kind, gateId, deviceId])).toEqual([
      ['forced', 'east', 'ctl-1'], ['held-open', 'east', 'ctl-1'], ['tamper', null, 'ctl-2'], ['device-fault', null, 'ctl-3'],
    ])
    const forced = String(open.find(({ alarm: kind }) => kind === 'forced')?.['alarmId'])
    expect(await order({ kind: 'alarm.v1', alarmId: forced, state: 'acknowledged' })).toMatchObject({ outcome: 'done' })
    expect(await order({ kind: 'alarm.v1', alarmId: forced, state: 'cleared' })).toMatchObject({ outcome: 'refused', reason: 'alarm-stands-or-is-over' })
    const shutMs = sim.order('contact ctl-1 1 closed')
    sim.order('fault ctl-3 battery-low off')
    await arrival('alarm.v1', alarm('held-open', 'cleared'), 'the end of held open')
    await sim.line(relay('ctl-1', 'locked'), 'the end of the exit', shutMs - 1_000)
    await arrival('alarm.v1', alarm('device-fault', 'cleared'), 'the end of the fault')
    expect((await home.command('alarm', '--id', forced, '--clear')).code).toBe(0)
    expect((await home.command('alarm', '--id', forced, '--clear')).code).toBe(1)
    expect(arrived('alarm.v1', (record) => record['alarmId'] === forced).slice(0, 2).map(({ state, operatorRef }) => [state, operatorRef])).toEqual([['raised', null], ['acknowledged', OPERATOR]])
  })

  it('fire: its own door at once, its zone with it, no other; the zone is locked again by a person only', async () => {
    const atMs = sim.order('fire ctl-1 on')
    const own = await sim.line(relay('ctl-1', 'released'), 'its own door', atMs)
    const zone = await sim.line(relay('ctl-2', 'released'), 'the other door of the zone', atMs)
    const ownMs = sinceOrder('fire ctl-1', own)
    console.log(`fire input → own relay ${ownMs} ms, → other door of the zone ${(zone.atMs - atMs).toFixed(0)} ms`)
    expect(ownMs).toBeLessThanOrEqual(100)
    await arrival('alarm.v1', (record) => record['alarm'] === 'fire' && record['state'] === 'raised', 'the alarm')
    await arrival('door-mode.v1', (record) => record['gateId'] === 'west' && record['cause'] === 'fire-zone' && record['mode'] === 'kept-open', 'the record of the zone')
    expect(await json('reset-zone', '--zone', 'north')).toMatchObject({ kind: 'refused', code: 'GW_FIRE_REFUSED' })
    sim.order('fire ctl-1 off')
    sim.order('fire-reset ctl-1')
    await until(async () => ((await json('zones'))['zones'] as Row[]).some(({ zoneId, mayReset }) => zoneId === 'north' && mayReset === true), 'the reset of the input')
    expect(sim.lines.filter((line) => line.atMs >= atMs && relay('ctl-2', 'locked')(line))).toEqual([])
    const resetMs = performance.now()
    expect((await home.command('reset-zone', '--zone', 'north')).code).toBe(0)
    await sim.line(relay('ctl-2', 'locked'), 'the lock', resetMs)
    expect((await json('zones'))['zones']).toEqual([])
    expect(sim.lines.filter((line) => line.atMs >= atMs && relay('ctl-3', 'released')(line))).toEqual([])
    await arrival('operator-action.v1', (record) => record['action'] === 'fire-reset' && record['outcome'] === 'done', 'the record of the reset')
    await arrival('alarm.v1', (record) => record['alarm'] === 'fire' && record['state'] === 'cleared', 'the end of the alarm')
  })

  it('fire with the gateway dead: the door opens all the same; the zone follows when the gateway is back', async () => {
    await gateway.end('SIGKILL')
    const times: number[] = []
    for (const id of ['ctl-2', 'ctl-3']) {
      const atMs = sim.order(`fire ${id} on`)
      times.push(sinceOrder(`fire ${id}`, await sim.line(relay(id, 'released'), `the door of ${id}`, atMs)))
    }
    console.log(`gateway dead: fire input → relay ${times.map((ms) => `${ms} ms`).join(', ')}`)
    for (const ms of times) expect(ms).toBeLessThanOrEqual(100)
    const backMs = performance.now()
    gateway = await home.start()
    await sim.line(relay('ctl-1', 'released'), 'the other door of the zone', backMs, 60_000)
    await expect.poll(async () => ((await json('zones'))['zones'] as Row[]).map(({ zoneId }) => zoneId).sort()).toEqual(['north', 'south'])
    for (const id of ['ctl-2', 'ctl-3']) {
      sim.order(`fire ${id} off`)
      sim.order(`fire-reset ${id}`)
    }
    await until(async () => ((await json('zones'))['zones'] as Row[]).every(({ mayReset }) => mayReset === true), 'the reset of the inputs', 30_000)
    for (const zone of ['north', 'south']) expect((await home.command('reset-zone', '--zone', zone)).code).toBe(0)
    await sim.line(relay('ctl-1', 'locked'), 'the lock', backMs)
  })

  it('a revoked device is cut off at once and does not come back; one that stays away is missed', async () => {
    expect(await order({ kind: 'revoke-device.v1', deviceId: 'ctl-2' })).toMatchObject({ outcome: 'done' })
    expect(await device('ctl-2')).toMatchObject({ revoked: true, online: false })
    await sim.line((line) => line.device === 'ctl-2' && line.msg === 'connection trouble', 'the refusal', 0, 30_000)
    await sim.stop()
    await arrival('alarm.v1', (record) => record['alarm'] === 'device-offline' && record['deviceId'] === 'ctl-3' && record['state'] === 'raised', 'the alarm about ctl-3')
    expect(arrived('alarm.v1', (record) => record['alarm'] === 'device-offline' && record['deviceId'] === 'ctl-2' && Number(record['occurredAtMs']) > Date.now() - 60_000 && record['state'] === 'raised')).toEqual([])
    expect(existsSync(join(home.dataDir, 'control.sock'))).toBe(true)
    expect(await gateway.end('SIGTERM')).toBe(0)
  })
})
