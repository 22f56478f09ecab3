import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compiled } from '../../support/compiled.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'
import { putOrder } from './batch/recon-rig.js'
import { DATE, payment, trade, wechatText } from './bill-samples.js'

let server: TestServer
beforeAll(async () => {
  // Bills are read by a thread of compiled code.
  compiled('server/reconciliation/batch/bill-worker.js')
  server = await startTestServer()
})
afterAll(() => server.close())

const BINARY = { 'content-type': 'application/octet-stream' }
const upload = async (body: string): Promise<Answer> => server.call('POST', `/api/reconciliation/batches?channel=wechat&merchantId=1900000109&billDate=${DATE}&kind=trade&fileName=bill.csv`, {
  as: await server.as('finance-maker@*'), body: Buffer.from(body), headers: BINARY,
})

describe('a bill by hand', () => {
  it('damaged is kept out and told; whole it becomes cases, which two people settle, and then nothing is left', async () => {
    const [a, b] = [trade('wechat', 1, 10_000), trade('wechat', 2, 20_000)]
    await server.db.transact((tx) => putOrder(tx, { outTradeNo: a.outTradeNo, fen: 10_000, transactionId: a.transactionId, createdAtMs: a.createdAtMs, paidAtMs: a.paidAtMs }))
    const text = wechatText([payment(a), payment(b)])
    const damaged = await upload(text.replace('`300.00', '`300.01'))
    expect([damaged.status, damaged.body]).toMatchObject([201, { state: 'fetched', version: 1, finding: { code: 'totals', file: 'bill.csv', column: '应结订单总金额' } }])
    const whole = await upload(text)
    expect(whole.body).toMatchObject({ state: 'matched', version: 2, finding: null, figures: { gapFen: 0, match: { classes: { CHANNEL_ONLY_UNKNOWN: { count: 1, differenceFen: 20_000 } } } } })
    const { batchNo } = whole.body as { batchNo: number }
    const maker = await server.as('finance-maker@*')
    const checker = await server.as('finance-checker@*')
    const sums = async () => (await server.call('GET', '/api/reconciliation/cases/sums', { as: maker })).body
    expect(await sums()).toMatchObject({ toDo: 1, atRiskFen: 20_000, leftFen: 20_000 })
    expect((await server.call('POST', `/api/reconciliation/batches/${batchNo}/review`, { as: checker, body: {} })).body).toMatchObject({ code: 'SV_RECON_BATCH', details: { openCases: 1 } })
    const { items } = (await server.call('GET', '/api/reconciliation/cases?state=open', { as: maker })).body as { items: Array<{ caseId: string }> }
    const caseIds = items.map(({ caseId }) => caseId)
    const decide = async (what: string, as: string, more: object = {}) => ((await server.call('POST', `/api/reconciliation/cases/${what}`, { as, body: { caseIds, ...more } })).body as { items: unknown[] }).items
    expect(await decide('propose', maker, { action: 'refund', reason: '不可退' })).toEqual([{ caseId: caseIds[0], state: 'open', problem: 'action' }])
    expect(await decide('propose', maker, { action: 'suspend', reason: '来源待查' })).toEqual([{ caseId: caseIds[0], state: 'proposed', problem: null }])
    expect(await decide('approve', checker)).toEqual([{ caseId: caseIds[0], state: 'approved', problem: null }])
    expect(await sums()).toMatchObject({ toDo: 0, atRiskFen: 0, leftFen: 0 })
    expect((await server.call('POST', `/api/reconciliation/batches/${batchNo}/review`, { as: checker, body: {} })).body).toMatchObject({ state: 'reviewed' })
    expect(await upload(text)).toMatchObject({ status: 409, body: { code: 'SV_RECON_BATCH' } })
  })
})

