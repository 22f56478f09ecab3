import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'
import { controllerStatus, doorEvent, gatewayStart, passage, refusal } from '../sync/record-samples.js'

let server: TestServer
let register: Register
let gateway: ClaimedGateway
beforeEach(async () => {
  server = await startTestServer()
  register = registerOf(server)
  await register.gate('jh', 'gate-1', { ...gateBody(1), name: '南门', controllerId: 'ctl-1' })
  await register.gate('jh', 'gate-2', { ...gateBody(2), name: '北门', controllerId: 'ctl-1' })
  await register.gate('xh', 'gate-1', { ...gateBody(1), controllerId: 'ctl-1' })
  gateway = await claimedGateway(server, 'jh', register)
})
afterEach(() => server.close())

const gates = async (query = '', grant: 'guard@jh' | 'guard@*' | 'bureau-viewer@*' = 'guard@jh'): Promise<Array<Record<string, unknown>>> =>
  ((await server.call('GET', `/api/gates${query}`, { as: await server.as(grant) })).body as { gates: Array<Record<string, unknown>> }).gates
const first = async (): Promise<Record<string, unknown>> => (await gates())[0] as Record<string, unknown>
const DAY_MS = 86_400_000

describe('gates', () => {
  it('of which nothing was heard say so', async () => {
    const silent = { relay: null, contact: 'unknown', fire: false, alarm: null, mode: 'normal', modeCause: null, controller: 'unknown', updatedAtMs: null, grantedToday: 0, refusedToday: 0 }
    expect(await gates()).toEqual([
      { estateId: 'jh', gateId: 'gate-1', name: '南门', ...silent }, { estateId: 'jh', gateId: 'gate-2', name: '北门', ...silent },
    ])
  })

  it('are as their events tell, with the passages of today', async () => {
    const yesterday = START_WALL_MS - DAY_MS
    await gateway.report(
      controllerStatus(1, 'online'), doorEvent(2, 'relay-released'), doorEvent(3, 'opened'), doorEvent(4, 'held-open'),
      passage(5), passage(6), refusal(7), passage(8, { gateId: 'gate-2' }), passage(9, { occurredAtMs: yesterday }), { ...refusal(10), occurredAtMs: yesterday },
    )
    expect(await gates()).toMatchObject([
      { gateId: 'gate-1', relay: 'released', contact: 'open', alarm: 'held-open', controller: 'online', updatedAtMs: START_WALL_MS + 4, grantedToday: 2, refusedToday: 1 },
      { gateId: 'gate-2', relay: null, contact: 'unknown', controller: 'online', updatedAtMs: null, grantedToday: 1, refusedToday: 0 },
    ])
  })

  it('tell a controller\'s state only while somebody can know it', async () => {
    const controller = async (): Promise<unknown> => (await first())['controller']
    await gateway.report(gatewayStart(1), controllerStatus(2, 'online'))
    expect(await controller()).toBe('online')
    server.clock.advance(61_000)
    expect(await controller()).toBe('unknown')
    await gateway.calls.roster(0)
    expect(await controller()).toBe('online')
    await gateway.report(controllerStatus(3, 'offline'))
    expect(await controller()).toBe('offline')
    // The gateway's process was killed and began anew: what it said before is void until it hears of the device.
    await gateway.report(controllerStatus(4, 'online'), gatewayStart(5))
    expect(await controller()).toBe('unknown')
    await gateway.report(controllerStatus(6, 'online'))
    expect(await controller()).toBe('online')
  })

  it('of one estate, or of all in scope; removed ones not', async () => {
    const keys = async (query: string, grant: 'guard@*' | 'bureau-viewer@*'): Promise<string[]> => (await gates(query, grant)).map((gate) => `${String(gate['estateId'])}/${String(gate['gateId'])}`)
    expect(await keys('', 'bureau-viewer@*')).toEqual(['jh/gate-1', 'jh/gate-2', 'xh/gate-1'])
    expect(await keys('?estateId=xh', 'guard@*')).toEqual(['xh/gate-1'])
    await server.call('DELETE', '/api/estates/jh/gates/gate-2', { as: await register.admin() })
    expect(await keys('?estateId=jh', 'guard@*')).toEqual(['jh/gate-1'])
    expect((await server.call('GET', '/api/gates?estateId=xh', { as: await server.as('guard@jh') })).status).toBe(404)
  })
})
