import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { BillRow } from '../../../server/reconciliation/file/bill-row.js'
import type { Finding } from '../../../server/reconciliation/file/finding.js'
import { readAlipayBill, readWechatBill } from '../../../server/reconciliation/file/open-bill.js'
import { DATE, SELLER, alipayZip, payment, refund, trade, wechatFundText, wechatText, writeFiles, zip } from './bill-samples.js'

const one = trade('wechat', 1, 12_480)
const two = trade('wechat', 2, 600, '23:59:59')
const ENTRIES = [payment(one), payment(two), refund(one, 1, 2_480), refund(two, 2, 600, 'processing')]
const TEXT = wechatText(ENTRIES)

async function readWechat(content: string | Buffer, name = 'bill.csv') {
  const { [name]: path = '' } = await writeFiles({ [name]: content })
  const rows: BillRow[] = []
  const funds: unknown[] = []
  const bill = await readWechatBill(path, { trade: (batch) => void rows.push(...batch), fund: (batch) => void funds.push(...batch) })
  return { rows, funds, bill }
}
async function readAlipay(content: Buffer, name = 'bill.csv.zip') {
  const { [name]: path = '' } = await writeFiles({ [name]: content })
  const rows: BillRow[] = []
  return { rows, totals: await readAlipayBill(path, (batch) => void rows.push(...batch)) }
}
/** The finding that a file ends with. */
async function findingOf(reading: Promise<unknown>): Promise<Pick<Finding, 'code' | 'line' | 'column'>> {
  const { details } = await reading.then(() => { throw new Error('nothing was found') }, (error: { details: Finding }) => error)
  const { code, line, column } = details
  return { code, line, column }
}

describe('a WeChat Pay bill', () => {
  it('is read to the fen, whatever stands in its names', async () => {
    const { rows, bill } = await readWechat(TEXT)
    expect(bill.trade).toEqual({ rows: 4, payments: 2, refunds: 2, grossFen: 13_080, refundFen: 3_080, feeFen: 75 + 4 - 15 - 4, netFen: 13_080 - 3_080 - 60 })
    expect(rows.find((row) => row.kind === 'payment' && row.outTradeNo === one.outTradeNo)).toEqual({
      line: 5, channel: 'wechat', merchantId: '1900000109', kind: 'payment', outTradeNo: one.outTradeNo, transactionId: one.transactionId, refundNo: null,
      refundId: null, atMs: one.paidAtMs,
      fen: 12_480, feeFen: 75, ratePpm: 6_000, state: 'succeeded', description: '公租房租金 2026-08,2026-09 减免1%',
    })
    expect(rows.filter((row) => row.kind === 'refund').map((row) => [row.refundNo, row.fen, row.feeFen, row.state])).toEqual([['RF20260922000002', 600, -4,
      'processing'], ['RF20260922000001', 2_480, -15, 'succeeded']])
  })

  it.each([
    ['without a byte order mark', wechatText(ENTRIES, { mark: false })], ['with LF alone', TEXT.replaceAll('\r\n', '\n')], ['without a last line end', TEXT.trimEnd()],
    ['with the 24 columns of old', wechatText(ENTRIES, { legacy: true })], ['with blank lines at the end', `${TEXT}\r\n\r\n`],
    ['with columns in another order', TEXT.replace(/^(\uFEFF)?(交易时间),(公众账号ID)/, '$1$3,$2').replace(/^`(20[^,]+),`(wx[^,]+)/gm, '`$2,`$1')],
  ])('%s says the same', async (_, text) => {
    expect((await readWechat(text)).bill.trade).toEqual((await readWechat(TEXT)).bill.trade)
  })

  it('zipped has the hash of what is in it', async () => {
    expect((await readWechat(gzipSync(TEXT), 'bill.csv.gz')).bill.sha1).toBe((await readWechat(TEXT)).bill.sha1)
    expect(await findingOf(readWechat(gzipSync(TEXT).subarray(0, 200), 'bill.csv.gz'))).toMatchObject({ code: 'zip-damaged' })
  })

  it('of a day on which nothing happened has no rows', async () => {
    expect((await readWechat(wechatText([]))).bill.trade).toEqual({ rows: 0, payments: 0, refunds: 0, grossFen: 0, refundFen: 0, feeFen: 0, netFen: 0 })
  })

  it.each<[string, string | Buffer, Partial<Finding>]>([
    ['cut in a line', TEXT.slice(0, 700), { code: 'truncated', line: 3 }],
    ['cut in a character', Buffer.from(TEXT).subarray(0, Buffer.from(TEXT).indexOf('公租房', 800) + 1), { code: 'truncated' }], ['cut between lines', TEXT.split('\r\n').slice(0, 3).join('\r\n'), { code: 'truncated' }],
    ['cut after the names of its totals', `${TEXT.split('\r\n').slice(0, 6).join('\r\n')}\r\n`, { code: 'truncated' }], ['empty', '', { code: 'truncated' }],
    ['with a total one fen off', TEXT.replace('`130.80,`30.80', '`130.81,`30.80'), { code: 'totals', column: '应结订单总金额' }], ['with another number of rows',
      TEXT.replace('\r\n`4,', '\r\n`5,'), { code: 'totals', column: '总交易单数' }],
    ['with other fees', TEXT.replace('`0.75000', '`0.76000'), { code: 'totals', column: '手续费总金额' }], ['with parts of a fen', TEXT.replace('`0.75000', '`0.75100'),
      { code: 'value', line: 5, column: '手续费' }],
    ['with a column that is not known', TEXT.replace('费率备注', '费率备注,新列').replaceAll('`\r\n', '`,`\r\n'), { code: 'columns-unknown', line: 1 }], ['without a column',
      TEXT.replace('商户订单号,', '订单,'), { code: 'columns-missing', line: 1 }],
    ['with a cell too many', TEXT.replace('`NATIVE', '`NATIVE,`X'), { code: 'cells', line: 2 }], ['with a line of something else', TEXT.replace('\r\n`',
      '\r\nhello\r\n`'), { code: 'cells', line: 2 }],
    ['with an unknown state', TEXT.replace('`REFUND', '`PAID'), { code: 'value', column: '交易状态' }], ['with a day that is none', TEXT.replace(`${DATE} 10:00:00`,
      '2026-02-30 10:00:00'), { code: 'value', line: 5, column: '交易时间' }],
    ['with more after its totals', `${TEXT}\`more\r\n`, { code: 'trailing' }], ['not in UTF-8', Buffer.concat([Buffer.from(TEXT), Buffer.from([0xb9, 0xab])]),
      { code: 'encoding' }],
    ['of one endless line', `\`${'x'.repeat(200_000)}`, { code: 'line-too-long' }], ['that is a web page', '<html><body>登录</body></html>', { code: 'columns-missing', line: 1 }],
  ])('%s is refused', async (_, content, expected) => {
    expect(await findingOf(readWechat(content))).toMatchObject(expected)
  })
})

describe('a fund bill', () => {
  const FUND = wechatFundText(ENTRIES)
  it('follows from line to line', async () => {
    const { funds, bill } = await readWechat(FUND)
    expect([bill.kind, funds.length]).toEqual(['fund', 6])
    expect(bill.fund).toEqual({ rows: 6, inFen: 13_080, outFen: 79 + 3_080 - 19, closingFen: 520_000 + 13_080 - 79 - 3_061 })
  })
  it.each<[string, string, Partial<Finding>]>([
    ['a balance that does not follow', FUND.replace(/`(53\d{2}\.\d{2}),`system/, '`1.00,`system'), { code: 'balance', column: '账户结余(元)' }], ['a total',
      FUND.replace(/`6,`2,/, '`7,`2,'), { code: 'totals', column: '资金流水总笔数' }],
    ['its end', FUND.split('\r\n').slice(0, 5).join('\r\n'), { code: 'truncated' }], ['a direction', FUND.replace('`收入', '`转入'), { code: 'value', column: '收支类型' }],
  ])('with %s wrong is refused', async (_, text, expected) => expect(await findingOf(readWechat(text))).toMatchObject(expected))
})

describe('an Alipay bill', () => {
  const [a, b] = [trade('alipay', 11, 12_480), trade('alipay', 12, 9_360)]
  const LIST = [payment(a), payment(b), refund(b, 11, 3_120)]
  /** The detail file of the zip, as text. */
  const detail = (change: (text: string) => string = (text) => text): string => change(DETAIL)
  const DETAIL = [
    '#支付宝业务明细查询', '#账号：[20880211096256330156]', '#起始日期：[2026年09月22日 00:00:00]   终止日期：[2026年09月23日 00:00:00]', '#-----业务明细列表-----',
    '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,商家实收（元）,退款批次号/请求号,服务费（元）,备注',
    `1\t,RT1\t,交易\t,租金,2026-08,2026-09,${DATE} 10:00:00,${DATE} 10:00:05,124.80,\t,-0.75,`, `1\t,RT1\t,退款\t,租金,${DATE} 10:00:00,${DATE} 12:00:05,-24.80,RF1\t,0.15,`,
    '#-----业务明细列表结束-----', '#交易合计：1笔，商家实收共124.80元，商家优惠共0.00元', '#退款合计：1笔，商家实收退款共-24.80元，商家优惠退款共0.00元', '#导出时间：[2026年09月23日 05:46:49]', '',
  ].join('\r\n')
  const NAME = `${SELLER}0156_20260922_业务明细.csv`

  it('in a zip with GBK names, its summary first, is read to the fen', async () => {
    const { rows, totals } = await readAlipay(alipayZip(LIST))
    expect(totals).toEqual({ merchantId: SELLER, rows: 3, payments: 2, refunds: 1, grossFen: 21_840, refundFen: 3_120, feeFen: 75 + 56 - 19, netFen: 21_840 - 3_120 - 112 })
    expect(rows.map((row) => [row.kind, row.outTradeNo, row.refundNo, row.fen, row.feeFen])).toEqual([
      ['payment', a.outTradeNo, null, 12_480, 75], ['payment', b.outTradeNo, null, 9_360, 56], ['refund', b.outTradeNo, 'RF20260922000011', 3_120, -19],
    ])
  })

  it('puts a name with commas together again', async () => {
    const { rows } = await readAlipay(zip({ [NAME]: detail() }))
    expect(rows.map((row) => [row.description, row.fen, row.feeFen])).toEqual([['租金,2026-08,2026-09', 12_480, 75], ['租金', 2_480, -15]])
  })

  it.each<[string, Buffer, Partial<Finding>]>([
    ['cut', alipayZip(LIST, true), { code: 'truncated' }], ['no zip', Buffer.from('PK hello'), { code: 'zip-damaged' }], ['a damaged zip',
      Buffer.concat([zip({ [NAME]: DETAIL }).subarray(0, 150), Buffer.alloc(40), zip({ [NAME]: DETAIL }).subarray(190)]), { code: 'zip-damaged' }],
    ['a path in its names', zip({ [NAME]: DETAIL, '../../etc/passwd': 'x' }), { code: 'zip-name' }], ['a drive in its names', zip({ 'C:业务明细.csv': DETAIL }), { code: 'zip-name' }],
    ['a bomb', zip({ [NAME]: Buffer.alloc(50_000_000) }), { code: 'zip-size' }], ['too many files', zip(Object.fromEntries(Array.from({ length: 12 }, (_,
      index) => [`${index}.csv`, 'x']))), { code: 'zip-size' }],
    ['no detail', zip({ 'readme.csv': 'x' }), { code: 'zip-content' }], ['two details', zip({ [NAME]: DETAIL, 'x业务明细.csv': DETAIL }), { code: 'zip-content' }],
    ['another file as detail', zip({ [NAME]: 'a,b\r\n1,2\r\n' }), { code: 'not-a-bill' }], ['a footer that says more',
      zip({ [NAME]: detail((text) => text.replace('共124.80元', '共124.81元')) }), { code: 'totals', column: '交易合计' }],
    ['a footer that counts otherwise', zip({ [NAME]: detail((text) => text.replace('退款合计：1笔', '退款合计：2笔')) }), { code: 'totals', column: '退款合计' }], ['no footer',
      zip({ [NAME]: detail((text) => text.split('#交易合计')[0] as string) }), { code: 'truncated' }],
    ['a refund above zero', zip({ [NAME]: detail((text) => text.replace('-24.80,RF1', '24.80,RF1')) }), { code: 'value', column: '商家实收（元）' }], ['a new column',
      zip({ [NAME]: detail((text) => text.replace('服务费（元）,备注', '服务费（元）,备注,新列')) }), { code: 'columns-unknown' }],
    ['a cell too few', zip({ [NAME]: detail((text) => text.replace('\t,-0.75,', '\t,-0.75')) }), { code: 'cells' }], ['rows after its end',
      zip({ [NAME]: `${DETAIL}x,y\r\n` }), { code: 'trailing' }],
  ])('with %s is refused', async (_, content, expected) => expect(await findingOf(readAlipay(content))).toMatchObject(expected))
})

