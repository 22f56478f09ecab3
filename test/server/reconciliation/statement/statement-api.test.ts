import ExcelJS from 'exceljs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { post } from '../../../../server/ledger/ledger-service.js'
import { type TestServer, startTestServer } from '../../support/test-server.js'
import { putOrder } from '../batch/recon-rig.js'

let server: TestServer
beforeAll(async () => { server = await startTestServer() })
afterAll(() => server.close())

const AT_MS = Date.parse('2026-09-22T09:00:00+08:00')
const BANK = { account: 'bank', of: '6222-0001' } as const
const WX = { account: 'transit-wechat', of: '1900000109' } as const

/** An order of 100 yuan, its payment in the books, its line in a bill and the bank's credit for that day. */
async function paidOrder(): Promise<void> {
  await server.db.transact(async (tx) => {
    await putOrder(tx, { outTradeNo: 'RT-1', fen: 10_000, transactionId: 'T-1', createdAtMs: AT_MS, paidAtMs: AT_MS })
    await tx.payEvent.create({ data: { channel: 'wechat', eventId: 'EV-1', source: 'notify', outTradeNo: 'RT-1', receivedAtMs: BigInt(AT_MS), verdict: 'paid', raw: '{"id":"EV-1"}' } })
    const common = { estateId: 'jh', bizDate: '2026-09-22', memo: null }
    const parts = [{ billId: 'B-RT-1', householdId: 'h-1', receivable: 'rent-receivable', fen: 10_000 }] as const
    await post({ tx, atMs: AT_MS, by: null }, [{ ...common, causeRef: 'RT-1', event: { kind: 'paid', into: WX, parts, prepaid: null } }])
    await post({ tx, atMs: AT_MS, by: null }, [{ ...common, causeRef: 'wechat:1900000109:2026-09-22:jh', event: { kind: 'settled', from: WX, into: BANK, fen: 9_940 } }])
    const { batchNo } = await tx.reconBatch.create({ data: {
      channel: 'wechat', merchantId: '1900000109', billDate: '2026-09-22', kind: 'trade', version: 1, state: 'matched', source: 'upload', createdAtMs: 1n, changedAtMs: 1n,
    } })
    await tx.reconRow.create({ data: {
      batchNo, line: 2, kind: 'payment', outTradeNo: 'RT-1', transactionId: 'T-1', atMs: BigInt(AT_MS), fen: 10_000n, feeFen: 60n, state: 'succeeded', description: '公租房租金',
    } })
    await tx.reconBankLine.create({ data: {
      bankAccount: BANK.of, serial: 'S-1', date: '2026-09-23', fen: 9_940n, balanceFen: 9_940n, payer: '财付通', memo: '1900000109-20260922结算款', fileHash: '0', purpose: 'settlement',
      matchedWith: 'wechat 1900000109 2026-09-22', addedBy: 'maker', addedAtMs: 1n,
    } })
    await tx.reconBankLine.create({ data: {
      bankAccount: BANK.of, serial: 'S-2', date: '2026-09-23', fen: -500n, balanceFen: 9_440n, payer: '银行', memo: '账户管理费', fileHash: '0', addedBy: 'maker', addedAtMs: 1n,
    } })
  })
}

it('leads from an order to its line in the bill, what the channel told, its posting and the credit of the bank; the balance is reconciled on screen and sheet', async () => {
  await paidOrder()
  const as = await server.as('finance-maker@*')
  const trail = await server.call('GET', '/api/reconciliation/trail/RT-1', { as })
  expect([trail.status, trail.body]).toMatchObject([200, {
    order: { outTradeNo: 'RT-1', estateId: 'jh', paidFen: 10_000 }, lines: [{ billDate: '2026-09-22', line: 2, fen: 10_000, feeFen: 60 }],
    events: [{ channel: 'wechat', eventId: 'EV-1', verdict: 'paid' }], postings: [{ cause: 'paid', debit: 'transit-wechat', fen: 10_000 }, { cause: 'paid' }],
    credits: [{ serial: 'S-1', fen: 9_940, billDate: '2026-09-22' }], cases: [], receipts: [],
  }])
  expect(JSON.stringify(trail.body)).not.toContain('raw')
  const raw = await server.call('GET', '/api/reconciliation/trail/RT-1/events/wechat/EV-1', { as })
  expect([raw.status, raw.body]).toMatchObject([200, { raw: '{"id":"EV-1"}', source: 'notify' }])
  expect(await server.db.read.auditEntry.findMany({ where: { action: 'payment.read-raw' } })).toMatchObject([{ subject: 'order:RT-1' }])
  expect((await server.call('GET', '/api/reconciliation/trail/RT-9/events/wechat/EV-1', { as })).status).toBe(404)

  const url = '/api/reconciliation/bank/6222-0001/statement'
  const statement = await server.call('GET', `${url}?date=2026-09-23`, { as })
  expect(statement.body).toEqual({
    date: '2026-09-23', bankFen: 9_440, bookFen: 9_940, openingFen: 0, missingFen: 0, bankOnly: [{ date: '2026-09-23', reference: 'S-2', fen: -500, text: '账户管理费' }], bookOnly: [],
    adjustedBankFen: 9_440, adjustedBookFen: 9_440, leftFen: 0,
  })
  const file = await server.app.inject({ method: 'GET', url: `${url}.xlsx?date=2026-09-23`, headers: { cookie: as } })
  const book = new ExcelJS.Workbook()
  await book.xlsx.load(file.rawPayload as unknown as ExcelJS.Buffer)
  const rows: unknown[] = []
  book.worksheets[0]?.eachRow((row) => rows.push([row.getCell(1).value, row.getCell(3).value, row.getCell(5).value, row.getCell(6).value]))
  expect(rows.slice(1)).toEqual([
    ['银行对账单余额', null, null, 94.4], ['加：企业已收，银行未收', null, null, 0], ['减：企业已付，银行未付', null, null, 0], ['调节后银行余额', null, null, 94.4],
    ['企业账面余额', null, null, 99.4], ['加：银行已收，企业未收', null, null, 0], ['减：银行已付，企业未付', null, null, -5], [null, 'S-2', -5, null], ['调节后账面余额', null, null, 94.4],
    ['调节后差额', null, null, 0], ['其中：期初差额', null, null, 0], ['其中：对账单缺行', null, null, 0],
  ])
})
