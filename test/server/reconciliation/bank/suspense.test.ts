import { afterAll, beforeAll, expect, it } from 'vitest'
import { civilDateOf } from '../../../../server/household/civil-date-rules.js'
import { compiled } from '../../../support/compiled.js'
import { billingRegisterOf } from '../../support/billing-register.js'
import { type Answer, type TestServer, startTestServer } from '../../support/test-server.js'

const ACCOUNT = '6222-0007'
const MAPPING = { date: '记账日', debit: '支出', credit: '收入', balance: '余额', payer: '付款人', memo: ['用途'], serial: '凭证号' }
let server: TestServer
beforeAll(async () => {
  // Cases are written by a thread of compiled code.
  compiled('server/reconciliation/batch/bill-worker.js')
  server = await startTestServer()
})
afterAll(() => server.close())

const call = async (method: string, url: string, body: unknown, headers = {}): Promise<Answer> => server.call(method, url, { as: await server.as('finance-maker@*'), body, headers })
const upload = (text: string): Promise<Answer> => call('POST', `/api/reconciliation/bank/${ACCOUNT}/statements?fileName=bank.csv`, Buffer.from(text), { 'content-type': 'application/octet-stream' })

interface Item { state: string; reference: string; suggestion: Array<{ source: string; about: string; score: number; text: string }> | null }
const suspense = async (): Promise<Item[]> => ((await call('GET', '/api/reconciliation/cases?classCode=BANK_SUSPENSE', undefined)).body as { items: Item[] }).items

it('a credit that no channel settled is shown with the bills that it may be for, and is matched with none of them', async () => {
  const { billId, householdId } = await billingRegisterOf(server).bill('jh')
  const { unitLabel } = await server.db.read.bill.findUniqueOrThrow({ where: { billId } })
  const owedFen = Number((await server.db.read.billPart.aggregate({ where: { billId }, _sum: { openFen: true } }))._sum.openFen)
  const yuan = (owedFen / 100).toFixed(2)
  const merchant = { as: await server.as('finance-checker@*'), body: { feePpm: 6_000, bankAccount: ACCOUNT, settleDays: 1 } }
  expect((await server.call('PUT', '/api/reconciliation/merchants/wechat/1900000109', merchant)).status).toBe(200)
  expect((await call('PUT', `/api/reconciliation/bank/${ACCOUNT}/mapping`, MAPPING)).status).toBe(204)

  const day = civilDateOf(server.clock.wallMs())
  const head = '凭证号,记账日,支出,收入,余额,付款人,用途'
  const text = [head, `V-1,${day},,${yuan},${yuan},某公司,代付房租 ${unitLabel}`, `V-2,${day},,0.01,${((owedFen + 1) / 100).toFixed(2)},某人,测试`, ''].join('\r\n')
  expect((await upload(text)).body).toMatchObject({ lines: 2, added: 2 })
  expect((await upload(text)).body).toMatchObject({ lines: 2, added: 0 })
  expect(await upload(text.replace(',0.01,', ',0.02,'))).toMatchObject({ body: { code: 'SV_RECON_FILE', details: { code: 'repeated-row' } } })
  expect((await upload(text.replace('付款人', '户名'))).body).toMatchObject({ code: 'SV_RECON_FILE' })

  expect((await call('POST', '/api/reconciliation/bank/match', {})).body).toMatchObject({ items: [{ bankAccount: ACCOUNT, left: 2, settled: [] }] })
  const [sure, unsure] = (await suspense()).sort((a, b) => (a.reference < b.reference ? -1 : 1))
  expect(sure).toMatchObject({ reference: 'V-1', state: 'open', suggestion: [{ source: 'rule', about: billId, score: 70 }] })
  expect(sure?.suggestion?.[0]?.text).toContain(unitLabel)
  expect(unsure?.suggestion ?? []).toEqual([])
  expect(Number((await server.db.read.billPart.aggregate({ where: { householdId }, _sum: { openFen: true } }))._sum.openFen)).toBe(owedFen)
  expect(JSON.stringify(sure)).not.toContain('陈大文')
})
