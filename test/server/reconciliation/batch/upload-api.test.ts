import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestServer, startTestServer } from '../../support/test-server.js'
import { DATE, payment, trade, wechatText } from '../bill-samples.js'

let server: TestServer
beforeAll(async () => { server = await startTestServer() })
afterAll(() => server.close())

it('answers with the figures of a bill that was matched, of the classes that were found alone (every answer about such a bill was a 500)', async () => {
  const as = await server.as('finance-maker@*')
  const made = await server.call('POST', `/api/reconciliation/batches?channel=wechat&merchantId=1900000109&billDate=${DATE}&kind=trade&fileName=a.csv`, {
    as, body: Buffer.from(wechatText([payment(trade('wechat', 1, 12_480))])), headers: { 'content-type': 'application/octet-stream' },
  })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  expect(made.body).toMatchObject({
    state: 'matched', figures: { bill: { trade: { rows: 1, grossFen: 12_480 } }, gapFen: 0, match: { classes: { CHANNEL_ONLY_UNKNOWN: { count: 1, riskFen: 12_480, differenceFen: 12_480 } } } },
  })
  const listed = await server.call('GET', `/api/reconciliation/batches?fromDate=${DATE}&untilDate=${DATE}`, { as })
  expect([listed.status, listed.body]).toEqual([200, { items: [made.body] }])
})
