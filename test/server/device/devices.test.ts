import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceView } from '../../../server/device/schemas.js'
import type { OrderView } from '../../../server/order/schemas.js'
import { stampOf, uuid } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'
import { controllerStatus, deviceHealth, deviceInfo } from '../sync/record-samples.js'

let server: TestServer
let register: Register
let gateway: ClaimedGateway
beforeEach(async () => {
  server = await startTestServer()
  register = registerOf(server)
  await register.gate('jh', 'gate-1', { ...gateBody(1, ['cam-1']), name: '南门', controllerId: 'ctl-1' })
  gateway = await claimedGateway(server, 'jh', register)
})
afterEach(() => server.close())

const manager = (): Promise<string> => server.as('estate-manager@jh')
const devices = async (): Promise<DeviceView[]> => ((await server.call('GET', '/api/devices?estateId=jh', { as: await manager() })).body as { devices: DeviceView[] }).devices
const device = async (deviceId = 'ctl-1'): Promise<DeviceView> => (await devices()).find((each) => each.deviceId === deviceId) as DeviceView
const send = async (method: string, path: string, body: object): Promise<Answer> => server.call(method, `/api/estates/jh${path}`, { as: await manager(), body })

describe('devices', () => {
  it('that a gate is told to have are there before anything was heard of them', async () => {
    expect(await devices()).toMatchObject([
      { deviceId: 'cam-1', kind: null, gateNames: ['南门'], condition: 'unknown', concerns: [], lastSeenMs: null, model: null, health: null, settings: null, firmwareUpdate: null },
      { deviceId: 'ctl-1', kind: 'controller', gateNames: ['南门'], condition: 'unknown', revoked: false },
    ])
  })

  it('are what their records say', async () => {
    await gateway.report(controllerStatus(1, 'online'), deviceInfo(2), deviceHealth(3, { faults: ['battery-low'] }))
    expect(await device()).toEqual({
      estateId: 'jh', deviceId: 'ctl-1', kind: 'controller', gateNames: ['南门'], condition: 'online', concerns: ['fault'], lastSeenMs: START_WALL_MS, clockOffsetMs: -1.5,
      model: 'M-2', firmware: '1.0.0', capabilities: ['door-mode'], certificateFingerprint: 'a'.repeat(64), revoked: false,
      health: { atMs: START_WALL_MS + 3, uptimeMs: 60_000, temperatureC: 41.5, supplyVolts: 12.1, memoryFreeBytes: 1_000_000, storageFreeBytes: null, signalDbm: null, faults: ['battery-low'] },
      settings: null, firmwareUpdate: null,
    })
    await gateway.report(controllerStatus(4, 'offline'))
    expect(await device()).toMatchObject({ condition: 'offline', concerns: ['offline', 'fault'], lastSeenMs: START_WALL_MS + 4 })
  })

  it('have a history, newest first, with how they were apart from it, and only for a month', async () => {
    await gateway.report(controllerStatus(1, 'online'), deviceInfo(2), deviceHealth(3), ...Array.from({ length: 60 }, (_, n) => controllerStatus(10 + n, n % 2 === 0 ? 'offline' : 'online')))
    const as = await manager()
    const path = '/api/estates/jh/devices/ctl-1/history'
    const kinds: string[] = []
    for (let query = '?'; query !== '';) {
      const { items, older } = (await server.call('GET', `${path}${query}`, { as })).body as { items: Array<{ kind: string; atMs: number }>; older: string | null }
      kinds.push(...items.map((item) => `${item.kind} ${item.atMs - START_WALL_MS}`))
      query = older === null ? '' : `?before=${older}`
    }
    expect(kinds).toEqual([...Array.from({ length: 60 }, (_, n) => `device-status.v2 ${69 - n}`), 'device-info.v1 2', 'device-status.v2 1'])
    const health = async (): Promise<unknown[]> => ((await server.call('GET', `${path}?health=true`, { as })).body as { items: unknown[] }).items
    expect(await health()).toMatchObject([{ kind: 'device-health.v1', content: { temperatureC: 41.5 } }])
    expect((await server.call('GET', `/api/estates/jh/devices/nobody/history`, { as })).status).toBe(404)
    server.clock.advance(32 * 86_400_000)
    await server.sweep()
    expect((await server.db.read.deviceHistory.findMany({ where: { kind: 'device-health.v1' } })).length).toBe(0)
    expect(await server.db.read.deviceHistory.count()).toBe(62)
  })
})

describe('settings', () => {
  it('go to the gateway by the roster, and stand as waiting, applied or refused', async () => {
    expect((await send('PUT', '/devices/ctl-1/settings', { values: { 'relay-ms': 4_000, beep: true } })).status).toBe(204)
    const [{ settings }, feed] = [await device(), await register.feed('jh')]
    const { parameterSetId } = settings as NonNullable<DeviceView['settings']>
    expect(settings).toEqual({ parameterSetId, values: { 'relay-ms': 4_000, beep: true }, setAtMs: START_WALL_MS, state: 'waiting', problems: [] })
    expect(feed.at(-1)?.item).toEqual({ kind: 'device-settings.v1', deviceId: 'ctl-1', parameterSetId, values: { 'relay-ms': 4_000, beep: true } })
    const answer = (number: number, id: string, outcome: 'applied' | 'refused', problems: object[] = []) =>
      ({ kind: 'parameter-result.v1', ...stampOf(number), deviceId: 'ctl-1', parameterSetId: id, outcome, problems })
    await gateway.report(answer(1, uuid(1, 0x7f), 'applied'))
    expect((await device()).settings?.state).toBe('waiting')
    await gateway.report(answer(2, parameterSetId, 'refused', [{ name: 'beep', problem: 'unknown' }]))
    expect(await device()).toMatchObject({ concerns: ['settings-refused'], settings: { state: 'refused', problems: [{ name: 'beep', problem: 'unknown' }] } })
  })

  it('are as delivered again where none is set', async () => {
    await send('PUT', '/devices/ctl-1/settings', { values: { beep: true } })
    await send('PUT', '/devices/ctl-1/settings', { values: {} })
    expect((await device()).settings).toBeNull()
    expect((await register.feed('jh')).at(-1)?.item).toEqual({ kind: 'device-settings-deleted.v1', deviceId: 'ctl-1' })
    expect((await register.audit()).slice(-2)).toMatchObject([
      { action: 'device.settings', before: {}, after: { beep: true } }, { action: 'device.settings', before: { beep: true }, after: {} },
    ])
  })

  it.each([[{ values: { '1x': 1 } }], [{ values: { x: { y: 1 } } }], [{}], [{ values: { x: 'y'.repeat(201) } }]])('%j is refused', async (body) => {
    expect((await send('PUT', '/devices/ctl-1/settings', body)).status).toBe(400)
    expect((await register.feed('jh')).filter(({ item }) => String(item['kind']).startsWith('device-settings'))).toEqual([])
  })
})

describe('claims and revocations', () => {
  it('a claim code is shown once; the gateway gets its SHA-256, and nobody else even that', async () => {
    const answer = await send('POST', '/device-claims', { deviceId: 'reader-7', deviceKind: 'reader' })
    const { order, claimCode } = answer.body as { order: OrderView; claimCode: string }
    expect([answer.status, claimCode]).toEqual([202, expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/)])
    const codeSha256 = createHash('sha256').update(claimCode).digest('hex')
    expect(order.content).toEqual({ deviceId: 'reader-7', deviceKind: 'reader' })
    const orders = await server.call('GET', '/api/gateway/v1/orders', { headers: { authorization: `Bearer ${gateway.credential}` } })
    expect(orders.body).toMatchObject({ orders: [{ kind: 'claim-device.v1', deviceId: 'reader-7', deviceKind: 'reader', codeSha256, remainingMs: 86_400_000 }] })
    const stored = JSON.stringify([await server.db.read.gatewayOrder.findMany({ select: { content: true, note: true } }), await register.audit()])
    expect(stored).not.toContain(claimCode)
    expect(JSON.stringify([await register.audit(), (await server.call('GET', '/api/orders', { as: await manager() })).body])).not.toContain(codeSha256)
  })

  it('a device of another kind is not claimed under its id', async () => {
    await gateway.report(deviceInfo(1))
    expect([(await send('POST', '/device-claims', { deviceId: 'ctl-1', deviceKind: 'camera' })).status, (await send('POST', '/device-claims', { deviceId: 'ctl-1', deviceKind: 'controller' })).status]).toEqual([409, 202])
  })

  it('a device is shut out by an order, and shown so once its gateway says it', async () => {
    expect((await send('POST', '/devices/ctl-1/revoke', { note: '丢失' })).body).toMatchObject({ kind: 'revoke-device.v1', content: { deviceId: 'ctl-1' } })
    expect((await device()).revoked).toBe(false)
    await gateway.report(deviceInfo(1, { revoked: true }))
    expect(await device()).toMatchObject({ revoked: true, concerns: ['revoked'] })
    expect((await send('POST', '/devices/nobody/revoke', {})).status).toBe(404)
  })
})
