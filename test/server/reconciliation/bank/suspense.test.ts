import ExcelJS from 'exceljs'
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

const HEAD = ['凭证号', '记账日', '支出', '收入', '余额', '付款人', '用途']
const RIGHT = ['V-9', '2026-09-23', '', '1.00', '1.00', '某公司', '房租']
const asCsv = async (rows: readonly string[][]): Promise<Buffer> => Buffer.from(rows.map((row) => row.join(',')).join('\r\n'))
const asWorkbook = async (rows: readonly string[][]): Promise<Buffer> => {
  const book = new ExcelJS.Workbook()
  const sheet = book.addWorksheet('明细')
  for (const row of rows) sheet.addRow(row)
  return Buffer.from(await book.xlsx.writeBuffer())
}

it('rubbish in a statement by a saved mapping is refused with its row and column, CSV and workbook alike, and nothing of it is kept', async () => {
  const account = '6222-0008'
  expect((await call('PUT', `/api/reconciliation/bank/${account}/mapping`, MAPPING)).status).toBe(204)
  const take = async (name: string, bytes: Buffer): Promise<Answer> =>
    call('POST', `/api/reconciliation/bank/${account}/statements?fileName=${name}`, bytes, { 'content-type': 'application/octet-stream' })
  const changed = (column: string, text: string, serial = 'V-8'): string[] => RIGHT.map((cell, at) => (HEAD[at] === column ? text : HEAD[at] === '凭证号' ? serial : cell))
  for (const [name, make] of [['b.csv', asCsv], ['b.xlsx', asWorkbook]] as const) {
    for (const [row, code, column] of [
      [changed('记账日', '去年今日'), 'value', '记账日'], [changed('收入', '一百'), 'value', '收入'], [changed('支出', '1.00'), 'value', '收入'], [changed('收入', ''), 'value', '收入'],
      [changed('余额', '1.001'), 'value', '余额'], [changed('凭证号', ''), 'value', '凭证号'], [changed('收入', '2.00', 'V-9'), 'repeated-row', '凭证号'],
    ] as const) {
      expect((await take(name, await make([HEAD, RIGHT, [...row]]))).body, `${name} ${row.join('|')}`).toMatchObject({ code: 'SV_RECON_FILE', details: { code, file: name, line: 3, column } })
    }
    const other = HEAD.map((cell) => (cell === '付款人' ? '户名' : cell))
    for (const rows of [[other, RIGHT], [other]]) {
      expect((await take(name, await make(rows))).body).toMatchObject({ code: 'SV_RECON_FILE', details: { code: 'columns-missing', file: name, line: 1 } })
    }
  }
  expect((await take('b.csv', await asCsv([HEAD, RIGHT, RIGHT.slice(0, 3)]))).body).toMatchObject({ details: { code: 'cells', file: 'b.csv', line: 3 } })
  expect((await take('b.csv', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x81]))).body).toMatchObject({ details: { code: 'encoding' } })
  expect((await take('b.xlsx', Buffer.from('no workbook'))).body).toMatchObject({ details: { code: 'zip-damaged', file: 'b.xlsx' } })
  expect(await server.db.read.reconBankLine.count({ where: { bankAccount: account } })).toBe(0)
  expect((await take('b.xlsx', await asWorkbook([HEAD, RIGHT, RIGHT]))).body).toMatchObject({ lines: 1, added: 1 })
})

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
