import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ExcelJS from 'exceljs'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { readBankWorkbook } from '../../../server/reconciliation/bank/bank-workbook.js'
import type { BillRow } from '../../../server/reconciliation/file/bill-row.js'
import type { FundRow } from '../../../server/reconciliation/file/fund-row.js'
import { readAlipayFundBill, readUnionpayBill } from '../../../server/reconciliation/file/open-bill.js'
import { BANK_MAPPING, bankColumns, bankRowOf, bankRowsOf } from '../../../server/reconciliation/file/own-files.js'
import { writeFiles, zip } from './bill-samples.js'

const SAMPLE = fileURLToPath(new URL('../../../../shared/data/bills/alipay/20880211096256330156_20260922.signcustomer.csv.zip', import.meta.url))
const LINES = [
  '#支付宝账务明细查询', '#账号：[20880211096256330156]', '#----账务明细列表----', '账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注',
  '1\t,T1\t,RT1\t,租金,九月\t,2026-09-22 08:01:22,*国\t,124.80,0.00,324.80,支付宝,在线支付,', '2\t,T1\t,RT1\t,服务费\t,2026-09-22 08:01:22,支付宝\t,0.00,-0.75,324.05,支付宝,收费,',
  '3\t,T1\t,RT1\t,租金\t,2026-09-22 09:00:00,*国\t,0.00,-24.80,299.25,支付宝,退款,RF1', '#----账务明细列表结束----', '#支出合计：2笔，共-25.55元', '#收入合计：1笔，共124.80元',
]
const fund = async (text: string) => {
  const { 'f.csv.zip': path } = await writeFiles({ 'f.csv.zip': zip({ '账务明细.csv': text }) })
  const rows: FundRow[] = []
  return { totals: await readAlipayFundBill(path, (batch) => void rows.push(...batch)), rows }
}

describe('Alipay\'s 账务明细', () => {
  it('follows from line to line', async () => {
    const { totals, rows } = await fund(LINES.join('\r\n'))
    expect(totals).toEqual({ rows: 3, inFen: 12_480, outFen: 2_555, closingFen: 29_925, merchantId: '2088021109625633' })
    expect(rows.map(({ what, fen, voucher }) => [what, fen, voucher])).toEqual([['在线支付', 12_480, 'RT1'], ['收费', -75, 'RT1'], ['退款', -2_480, 'RF1']])
  })

  it.each([
    ['a balance that does not follow', (text: string) => text.replace('324.05', '324.06'), 'balance'], ['a footer that says more', (text: string) => text.replace('共124.80', '共124.81'), 'totals'],
    ['its end cut off', (text: string) => text.split('#支出合计')[0] as string, 'truncated'], ['a line cut off', (text: string) => text.slice(0, text.indexOf('-24.80')), 'truncated'], ['another first line', (text: string) => text.replace('#支付宝', '#微信'), 'not-a-bill'],
  ])('with %s is refused', async (_, change, code) => expect(fund(change(LINES.join('\r\n')))).rejects.toMatchObject({ details: { code } }))

  it('of the samples is read to its last fen', async (ctx) => {
    if (!existsSync(SAMPLE)) ctx.skip('the sample bills are not beside the project')
    expect(await readAlipayFundBill(SAMPLE, () => undefined)).toEqual({ rows: 10, inFen: 40_579, outFen: 3_363, closingFen: 337_216, merchantId: '2088021109625633' })
  })
})

describe('UnionPay\'s settlement file', () => {
  const WIDTHS = [12, 12, 7, 11, 20, 13, 13, 13, 5, 7, 5, 9, 16, 13, 3, 7, 12, 7, 3, 4, 13, 13, 13, 2, 4, 2, 2, 11, 12, 2, 3, 3, 13, 15, 20, 3, 41, 4, 132]
  const line = (cells: Record<number, string>): string => WIDTHS.map((width, at) => (cells[at] ?? '').padEnd(width)).join('')
  const paid = { 0: '01020000', 1: '00010000', 2: '123456', 3: '0922083000', 4: '6222000000001234', 5: '000000012480', 8: '0200', 9: '000000', 12: '898440000000001', 36: 'RT202609220001' }
  const read = async (text: string) => {
    const { 'IND26092201ACOMN': path } = await writeFiles({ 'IND26092201ACOMN': text })
    const rows: BillRow[] = []
    return { totals: await readUnionpayBill(path, '2026-09-22', (batch) => void rows.push(...batch)), rows }
  }
  it('is read by its widths, without the card number', async () => {
    const { totals, rows } = await read(`${line(paid)}\r\n${line({ ...paid, 2: '123457', 5: '000000000100', 9: '200000', 36: 'RF202609220001' })}\r\n`)
    expect(totals).toMatchObject({ payments: 1, refunds: 1, grossFen: 12_480, refundFen: 100, netFen: 12_380 })
    expect(rows[0]).toMatchObject({ kind: 'payment', outTradeNo: 'RT202609220001', fen: 12_480, merchantId: '898440000000001', atMs: Date.parse('2026-09-22T08:30:00+08:00') })
    expect(JSON.stringify(rows)).not.toContain('6222000000001234')
  })
  it.each([['a short line', `${line(paid).slice(0, 100)}\r\n`, 'cells'], ['a line cut off', line(paid).slice(0, 100), 'truncated'], ['an amount that is none', line({ ...paid, 5: '12.48' }), 'value'], ['another process', line({ ...paid, 9: '310000' }), 'value']])(
    'with %s is refused', async (_, text, code) => expect(read(text)).rejects.toMatchObject({ details: { code } }))
})

describe('a bank\'s statement', () => {
  const HEAD = '交易日期,交易时间,借方发生额,贷方发生额,账户余额,对方户名,对方账号,摘要,附言,流水号'
  const LINE = '20260923,10:31:07,,"1,139.31",11139.31,财付通,243300133,商户结算,1900000109-20260922结算款,BK1'
  const EXPECTED = { serial: 'BK1', date: '2026-09-23', fen: 113_931, balanceFen: 1_113_931, payer: '财付通', memo: '商户结算 1900000109-20260922结算款' }
  it('is the same in GBK, in UTF-8 and as a workbook with lines above its header', async () => {
    const files = await writeFiles({ 'gbk.csv': iconv.encode(`${HEAD}\r\n${LINE}\r\n`, 'gbk'), 'utf8.csv': `\uFEFF${HEAD}\n${LINE}\n`, 'b.xlsx': await workbook() })
    for (const name of ['gbk.csv', 'utf8.csv'] as const) {
      const rows = []
      for await (const row of bankRowsOf(files[name])) rows.push(row)
      expect(rows, name).toEqual([EXPECTED])
    }
    expect((await readBankWorkbook(files['b.xlsx'], bankColumns(BANK_MAPPING))).map((row) => bankRowOf(row, 'b.xlsx', BANK_MAPPING))).toEqual([EXPECTED])
    await expect(readBankWorkbook(files['gbk.csv'], ['x'])).rejects.toMatchObject({ details: { code: 'zip-damaged' } })
  })
  async function workbook(): Promise<Buffer> {
    const book = new ExcelJS.Workbook()
    const sheet = book.addWorksheet('明细')
    sheet.addRow(['某某银行对账单'])
    sheet.addRow(HEAD.split(','))
    sheet.addRow([new Date('2026-09-23T00:00:00Z'), '10:31:07', null, 1139.31, 11139.31, '财付通', '243300133', '商户结算', '1900000109-20260922结算款', 'BK1'])
    return Buffer.from(await book.xlsx.writeBuffer())
  }
})
