import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from './support/child.js'
import { CONTROLLER, ESTATE, GATE, createEstateUnderTest, type EstateUnderTest } from './support/estate-under-test.js'
import { missing } from './support/gateway-rig.js'
import { createServerUnderTest, type ServerUnderTest } from './support/server-under-test.js'
import { type SimProcess, startSim } from './support/sim-process.js'
import { createUplink, type Uplink } from './support/uplink.js'

type Row = Record<string, unknown>
let dir: string
let server: ServerUnderTest
let uplink: Uplink
let estate: EstateUnderTest
let sim: SimProcess

const device = async (): Promise<Row | undefined> => (await server.api<{ devices: Row[] }>('GET', `/api/devices?estateId=${ESTATE}`)).devices.find(({ deviceId }) => deviceId === CONTROLLER)
const settled = (order: Row, state: string): Promise<Row> => eventually(`order ${String(order['kind'])} ${state}`, async () => {
  const now = await server.api<Row>('GET', `/api/orders/${String(order['orderId'])}`)
  return now['state'] === state ? now : undefined
}, 20_000)

describe.skipIf(missing() !== undefined)('devices as a manager at the server sees and orders them', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'smart-estates-devices-'))
    server = await createServerUnderTest(dir)
    await server.start()
    uplink = await createUplink(server.httpsPort())
    estate = await createEstateUnderTest(dir, server, uplink)
    await estate.start()
  }, 120_000)
  afterAll(async () => {
    await sim?.stop()
    await estate?.stop()
    await server?.stop()
    await uplink?.close()
    rmSync(dir, { recursive: true, force: true })
  })

  it('a code of the server becomes a certificate at the gateway', async () => {
    const { order, claimCode } = await server.api<{ order: Row; claimCode: string }>('POST', `/api/estates/${ESTATE}/device-claims`, { deviceId: CONTROLLER, deviceKind: 'controller', note: 'new' })
    await settled(order, 'done')
    const claimPort = Number(estate.lines.find(({ msg }) => msg === 'ready')?.['claimPort'])
    const file = (name: string): string => join(dir, 'device', name)
    writeFileSync(join(dir, 'devices.json'), JSON.stringify({ devices: [{
      kind: 'controller', id: CONTROLLER, estateId: ESTATE, url: `mqtts://127.0.0.1:${estate.mqttPort()}`, doors: 1,
      caFile: file('ca.pem'), certFile: file('cert.pem'), keyFile: file('key.pem'), claim: { url: `https://127.0.0.1:${claimPort}`, code: claimCode },
    }] }))
    sim = startSim(['--devices', join(dir, 'devices.json'), '--heartbeat', '1', '--faults', 'absent=1', '--state', join(dir, 'state')])
    await eventually('the device online at the server', async () => ((await device())?.['condition'] === 'online' ? true : undefined), 20_000)
    await eventually('its firmware', async () => ((await device())?.['firmware'] === '1.0.0' ? true : undefined), 20_000)
  })

  it('a manager opens the door from afar', async () => {
    const sinceMs = performance.now()
    const order = await server.api<Row>('POST', `/api/estates/${ESTATE}/gates/${GATE}/open`, { reason: 'delivery' })
    const opened = await sim.line((line) => line.msg === 'relay' && line['relay'] === 'released', 'the door', sinceMs)
    console.log(`asked at the server → relay released: ${(opened.atMs - sinceMs).toFixed(0)} ms`)
    await settled(order, 'done')
  })

  it('an order that finds the uplink down is void when it is back: no door opens late', async () => {
    uplink.cut()
    const sinceMs = performance.now()
    const order = await server.api<Row>('POST', `/api/estates/${ESTATE}/gates/${GATE}/open`, { reason: 'delivery' })
    await new Promise((resolve) => setTimeout(resolve, 10_500))
    uplink.restore()
    const ended = await eventually('the end of the order', async () => {
      const now = await server.api<Row>('GET', `/api/orders/${String(order['orderId'])}`)
      return now['state'] === 'expired' || now['state'] === 'unanswered' ? now : undefined
    }, 20_000)
    // Whether the question that waited when the line was cut took it with it, the server cannot know; that it is over it does.
    expect(['expired', 'unanswered']).toContain(ended['state'])
    await server.api<Row>('POST', `/api/estates/${ESTATE}/gates/${GATE}/open`, { reason: 'visitor' }).then((next) => settled(next, 'done'))
    expect(sim.lines.filter((line) => line.atMs > sinceMs && line.msg === 'relay' && line['relay'] === 'released')).toHaveLength(1)
  })

  it('an alarm is there within five seconds, and cleared by order once its cause is gone', async () => {
    const released = sim.lines.findLast((line) => line.msg === 'relay' && line['relay'] === 'released')
    await sim.line((line) => line.msg === 'relay' && line['relay'] === 'locked', 'the lock', released?.atMs ?? 0)
    const atMs = sim.order(`contact ${CONTROLLER} 1 open`)
    const open = () => server.api<{ alarms: Row[] }>('GET', `/api/alarms/open?estateId=${ESTATE}`)
    await eventually('the alarm', async () => (await open()).alarms.find(({ kind }) => kind === 'forced'), 10_000)
    const tookMs = performance.now() - atMs
    console.log(`door forced → open alarm at the server: ${tookMs.toFixed(0)} ms`)
    expect(tookMs).toBeLessThan(5_000)
    sim.order(`contact ${CONTROLLER} 1 closed`)
    const tamperMs = sim.order(`tamper ${CONTROLLER} on`)
    const alarm = await eventually('the alarm', async () => (await open()).alarms.find(({ kind: is }) => is === 'tamper'), 10_000)
    expect(performance.now() - tamperMs).toBeLessThan(5_000)
    sim.order(`tamper ${CONTROLLER} off`)
    const cleared = await eventually('the clearing', async () => {
      const order = await server.api<Row>('POST', `/api/estates/${ESTATE}/alarms/${String(alarm['alarmId'])}/clear`, {})
      return settled(order, 'done')
    }, 30_000)
    expect(cleared['state']).toBe('done')
    await eventually('it is gone', async () => ((await open()).alarms.some(({ alarmId }) => alarmId === alarm['alarmId']) ? undefined : true), 10_000)
  })

  it('settings are taken over, and a revoked device is shut out', async () => {
    await server.api('PUT', `/api/estates/${ESTATE}/devices/${CONTROLLER}/settings`, { values: { 'held-open-seconds': 30 } })
    await eventually('what became of the settings', async () => (((await device())?.['settings'] as Row | null)?.['state'] === 'applied' ? true : undefined), 20_000)
    const order = await server.api<Row>('POST', `/api/estates/${ESTATE}/devices/${CONTROLLER}/revoke`, { note: 'stolen' })
    await settled(order, 'done')
    await eventually('it is shut out', async () => ((await device())?.['revoked'] === true ? true : undefined), 10_000)
    await sim.line((line) => line.msg === 'connection trouble', 'the refusal', 0, 30_000)
  })
})
