import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AlarmView } from '../../../server/alarm/schemas.js'
import type { OrderView } from '../../../server/order/schemas.js'
import { uuid } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'
import { alarm, alarmIdOf, orderResult } from '../sync/record-samples.js'

let server: TestServer
let register: Register
let gateway: ClaimedGateway
beforeEach(async () => {
  server = await startTestServer()
  register = registerOf(server)
  await register.gate('jh', 'gate-1', { ...gateBody(1), name: '南门' })
  gateway = await claimedGateway(server, 'jh', register)
})
afterEach(() => server.close())

const openAlarms = async (grant: 'guard@jh' | 'auditor@jh' | 'guard@xh' | 'guard@*' = 'guard@jh'): Promise<AlarmView[]> =>
  ((await server.call('GET', '/api/alarms/open', { as: await server.as(grant) })).body as { alarms: AlarmView[] }).alarms
const ask = async (what: 'acknowledge' | 'clear', alarmId = alarmIdOf(1), body: object = {}): Promise<Answer> =>
  server.call('POST', `/api/estates/jh/alarms/${alarmId}/${what}`, { as: await server.as('guard@jh'), body })
const other = (number: number) => ({ alarmId: alarmIdOf(number) })

describe('alarms', () => {
  it('stand as their records tell, with names of gate and person', async () => {
    const resident = await register.person('jh', '1980-05-01', '欧阳小明')
    await gateway.report(alarm(1, 'raised', { alarm: 'duress', personRef: resident, passageId: uuid(9, 0xf), detail: 'PIN' }))
    const shown = {
      alarmId: alarmIdOf(1), estateId: 'jh', gatewayId: gateway.gatewayId, kind: 'duress', state: 'raised', gateId: 'gate-1', gateName: '南门', deviceId: 'ctl-1',
      passageId: uuid(9, 0xf), personRef: resident, personName: '欧阳小明', detail: 'PIN', raisedAtMs: START_WALL_MS + 1, acknowledged: null, cleared: null, pending: null,
    }
    expect(await openAlarms()).toEqual([shown])
    expect(await openAlarms('auditor@jh')).toEqual([{ ...shown, personName: '欧***' }])
    expect(await openAlarms('guard@xh')).toEqual([])
  })

  it('are there in whatever order their records come, and are no longer open once cleared', async () => {
    gateway.log.append(alarm(1), alarm(2, 'acknowledged', { operatorRef: uuid(5, 0xa) }), alarm(3, 'cleared'))
    await gateway.calls.records(gateway.log.batch(3, 3))
    expect(await openAlarms()).toEqual([])
    await gateway.calls.records(gateway.log.batch(1, 2))
    expect(await openAlarms()).toEqual([])
    const { body } = await server.call('GET', '/api/alarms?kind=forced', { as: await server.as('guard@jh') })
    expect(body).toMatchObject({ older: null, alarms: [{
      state: 'cleared', raisedAtMs: START_WALL_MS + 1, acknowledged: { atMs: START_WALL_MS + 2, operatorRef: uuid(5, 0xa), operatorName: null }, cleared: { operatorRef: null },
    }] })
  })

  it('come by urgency', async () => {
    await gateway.report(alarm(1, 'raised', { alarm: 'held-open' }), alarm(2, 'raised', { ...other(2), alarm: 'fire' }), alarm(3, 'raised', { ...other(3), alarm: 'disk-low', gateId: null }))
    expect((await openAlarms()).map(({ kind, gateName }) => [kind, gateName])).toEqual([['fire', '南门'], ['held-open', '南门'], ['disk-low', null]])
  })

  it('are pages of history, each once', async () => {
    await gateway.report(...[1, 2, 3].map((number) => alarm(number, 'raised', { ...other(number), occurredAtMs: START_WALL_MS })))
    const as = await server.as('auditor@jh')
    const found: string[] = []
    for (let query = '?limit=2'; query !== '';) {
      const { alarms, older } = (await server.call('GET', `/api/alarms${query}`, { as })).body as { alarms: AlarmView[]; older: string | null }
      found.push(...alarms.map((each) => each.alarmId))
      query = older === null ? '' : `?limit=2&before=${older}`
    }
    expect(found).toEqual([3, 2, 1].map(alarmIdOf))
  })

  it('that somebody acknowledges are pending until the gateway\'s record is here', async () => {
    await gateway.report(alarm(1))
    const given = await ask('acknowledge', alarmIdOf(1), { note: '正在查看' })
    expect([given.status, given.body]).toEqual([202, expect.objectContaining({ kind: 'alarm.v1', subject: `alarm:${alarmIdOf(1)}`, content: { alarmId: alarmIdOf(1), state: 'acknowledged' } })])
    const { orderId, operatorRef } = given.body as OrderView
    expect(await openAlarms()).toMatchObject([{ state: 'raised', pending: { orderId, state: 'acknowledged', sinceMs: server.clock.wallMs() } }])
    // Asked twice, it is one order.
    expect((await ask('acknowledge')).body).toMatchObject({ orderId })
    await gateway.report(alarm(2, 'acknowledged', { operatorRef }), orderResult(3, orderId))
    expect(await openAlarms()).toMatchObject([{ state: 'acknowledged', acknowledged: { operatorRef, operatorName: 'guard@jh' }, pending: null }])
    expect((await register.audit()).filter(({ action }) => action === 'order.alarm')).toHaveLength(1)
  })

  it('that the gateway would not clear are no longer pending, and still open', async () => {
    await gateway.report(alarm(1))
    const { orderId } = (await ask('clear')).body as OrderView
    await gateway.report(orderResult(2, orderId, 'refused', 'still-open'))
    expect(await openAlarms()).toMatchObject([{ state: 'raised', pending: null }])
  })

  it('cannot be acknowledged when they are, nor where they are not', async () => {
    await gateway.report(alarm(1), alarm(2, 'acknowledged'))
    expect([(await ask('acknowledge')).status, (await ask('clear')).status, (await ask('clear', alarmIdOf(9))).status]).toEqual([409, 202, 404])
  })

  it('of one estate cannot be shadowed by another\'s gateway that names the same one', async () => {
    const foreign = await claimedGateway(server, 'xh', register)
    await gateway.report(alarm(1))
    await foreign.report(alarm(1, 'cleared'))
    expect(await openAlarms('guard@*')).toMatchObject([{ estateId: 'jh', state: 'raised' }])
    expect((await ask('acknowledge')).body).toMatchObject({ gatewayId: gateway.gatewayId })
  })
})
