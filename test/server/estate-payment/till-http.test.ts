import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Register, registerOf } from '../support/register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'
import { estateClose, payment } from './estate-payment-rig.js'

let server: TestServer
let register: Register
let gateway: ClaimedGateway
let owed: { billId: string; householdNo: string }
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
  gateway = await claimedGateway(server, 'jh', register)
  const { billId, householdId } = await register.billing.bill('jh')
  owed = { billId, householdNo: (await server.db.read.household.findUniqueOrThrow({ where: { householdId } })).householdNo }
})
afterAll(() => server.close())

const ask = (method: string, path: string, body?: object, { credential }: Pick<ClaimedGateway, 'credential'> = gateway): Promise<Answer> =>
  server.call(method, `/api/gateway/v1/till/${path}`, { headers: { authorization: `Bearer ${credential}` }, ...(body === undefined ? {} : { body }) })
const codeOf = ({ status, body }: Answer): unknown[] => [status, (body as { code?: string }).code]

describe('a gateway\'s questions for its tills, over HTTP', () => {
  it('are about its own estate', async () => {
    const { householdNo, billId } = owed
    const own = await ask('POST', 'bills', { deviceId: 'till-1', householdNo })
    expect(own).toMatchObject({ status: 200, body: { known: true, bills: [{ billId, openFen: 45_120 }], channels: [] } })
    const other = await claimedGateway(server, 'xh', register)
    expect((await ask('POST', 'bills', { deviceId: 'till-1', householdNo }, other)).body).toEqual({ known: false, bills: [], channels: [] })
    expect(codeOf(await ask('POST', 'orders', { deviceId: 'till-1', householdNo, billId, channel: 'wechat' }, other))).toEqual([404, 'SV_HTTP_NOT_FOUND'])
  })

  it('are refused by name where they break the contract, ask for what is not set up, or for an order of nobody', async () => {
    const wish = { deviceId: 'till-1', ...owed, channel: 'wechat' }
    expect(codeOf(await ask('POST', 'orders', wish))).toEqual([404, 'SV_PAYMENT_NO_CHANNEL'])
    expect(codeOf(await ask('POST', 'orders', { ...wish, channel: 'cash' }))).toEqual([400, 'SV_HTTP_VALIDATION'])
    expect(codeOf(await ask('POST', 'bills', { deviceId: 'till-1', householdNo: '440402198001010011' }))).toEqual([400, 'SV_HTTP_VALIDATION'])
    expect(codeOf(await ask('GET', 'orders/RT0123456789'))).toEqual([404, 'SV_HTTP_NOT_FOUND'])
    expect(codeOf(await ask('POST', 'bills', wish, { credential: 'x'.repeat(43) }))).toEqual([401, 'SV_GATEWAY_CREDENTIAL'])
  })
})

it('what came in at a till, and how both ends count it, is there for who may see it', async () => {
  const { householdNo, billId } = owed
  await gateway.report(payment(1, { householdNo, billId, fen: 45_120 }), estateClose(2, 1, 45_120))
  const cashier = await server.as('cashier@jh')
  const { body } = await server.call('GET', '/api/estate-payments?limit=1', { as: cashier })
  expect(body).toMatchObject({ items: [{ number: 1, way: 'cash', fen: 45_120, state: 'posted', prepaidFen: 0, billId, householdNo }], older: null })
  const days = await server.call('GET', '/api/estate-closes?estateId=jh&fromDate=2026-01-01&untilDate=2026-01-31', { as: cashier })
  expect(days.body).toMatchObject({ days: [{ bizDate: '2026-01-05', equal: true, gateway: [{ way: 'cash', count: 1, fen: 45_120 }] }] })
  const tooLong = await server.call('GET', '/api/estate-closes?estateId=jh&fromDate=2026-01-01&untilDate=2026-02-01', { as: cashier })
  expect(codeOf(tooLong)).toEqual([400, 'SV_HTTP_VALIDATION'])
  expect((await server.call('GET', `/api/bills/${billId}`, { as: await server.as('auditor@*') })).body).toMatchObject({ billId, state: 'settled' })
})
