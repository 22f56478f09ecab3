import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../../server/package-root.js'
import { BANK_MAPPING } from '../../../server/reconciliation/file/own-files.js'
import { reconcileOffline } from '../../../server/reconciliation/offline.js'
import { alipayAccountBill } from '../../../firmware-sim/channel/alipay-bills.js'
import { DATE, ORDER_HEAD, SELLER, alipayZip, orderLine, payment, refund, trade, wechatFundText, wechatText, writeFiles } from './bill-samples.js'

const SAMPLES = fileURLToPath(new URL('../../../../shared/data/bills/', import.meta.url))
const REFUND_HEAD = 'refund_no,order_no,amount_fen,state'
const BANK_HEAD = '交易日期,交易时间,借方发生额,贷方发生额,账户余额,对方户名,对方账号,摘要,附言,流水号'
const of = { bankMapping: BANK_MAPPING, sha1: null, refunds: null, bank: null, alipay: [] as string[], wechat: [] as string[], date: DATE }

/** A day on which everything happens once. */
async function day() {
  const t = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [index + 1, trade('wechat', index + 1, 10_000 + index)])) as Record<number, ReturnType<typeof trade>>
  const get = (number: number) => t[number] as ReturnType<typeof trade>
  const ali = trade('alipay', 21, 10_000)
  const wrongFee = { ...payment(get(9)), feeFen: 99 }
  const entries = [
    payment(get(1)), payment(get(2)), payment(get(3)), payment(get(4)), payment(get(5)), payment(get(6)), wrongFee, payment(get(10)), payment(get(10)),
    refund(get(1), 1, 100), refund(get(2), 2, 200, 'processing'), refund(get(3), 3, 300), refund(get(4), 4, 400), refund(get(5), 5, 500, 'abnormal'),
  ]
  const files = await writeFiles({
    'wechat.csv': wechatText(entries), 'alipay.csv.zip': alipayZip([payment(ali)]),
    'orders.csv': [
      ORDER_HEAD, orderLine(get(1)), orderLine(get(2), { fen: 1 }), orderLine(get(3), { state: 'PAYING' }), orderLine(get(4), { state: 'CLOSED' }), orderLine(get(7)),
      orderLine({ ...get(8), outTradeNo: 'RT-OTHER' }, { transactionId: get(6).transactionId ?? '' }),
      orderLine(get(9), { bill: 'B-twice' }), orderLine(get(10)), orderLine(ali, { bill: 'B-twice' }), orderLine(get(12), { state: 'CREATED' }),
    ].join('\n'),
    'refunds.csv': [REFUND_HEAD, 'RF20260922000001,x,100,SUCCESS', 'RF20260922000002,x,200,PROCESSING', 'RF20260922000003,x,301,SUCCESS',
      'RF20260922000005,x,500,SUCCESS', 'RF20260922000009,x,1,SUCCESS'].join('\n'),
    'bank.csv': [BANK_HEAD, `2026-09-23,10:00:00,,99.40,1.00,支付宝,1,提现,${SELLER} 20260922,BK1`, '2026-09-23,10:01:00,,1.00,1.00,财付通,1,商户结算,1900000109-20260922结算款,BK2',
      '2026-09-23,10:02:00,,124.80,1.00,张某,1,转账,E08-B1-0303 9月房租,BK3'].join('\n'),
  })
  return { files, get, ali }
}

describe('a day from files alone', () => {
  it('puts every number into the class it belongs to, and nothing else', async () => {
    const { files, get, ali } = await day()
    const outcome = await reconcileOffline({ ...of, wechat: [files['wechat.csv']], alipay: [files['alipay.csv.zip']], orders: files['orders.csv'],
      refunds: files['refunds.csv'], bank: files['bank.csv'] })
    const no = (number: number): string => get(number).outTradeNo
    expect(outcome.classes).toEqual({
      MATCHED: [no(1), no(9), no(10), ali.outTradeNo], AMOUNT_MISMATCH: [no(2)], STATUS_CHANNEL_SUCCESS_LOCAL_PENDING: [no(3)], LATE_PAYMENT_AFTER_CLOSE: [no(4)],
      CHANNEL_ONLY_UNKNOWN: [no(5)], LOCAL_ONLY: [no(7)], ORDER_NO_MISMATCH: [no(6)],
      DOUBLE_PAY_SAME_RENT_BILL: [[no(9), ali.outTradeNo]], FEE_MISMATCH: [no(9)], DUP_CHANNEL_ROW: [no(10)],
      REFUND_MATCHED: ['RF20260922000001'], REFUND_PENDING_RECHECK: ['RF20260922000002'], REFUND_AMOUNT_MISMATCH: ['RF20260922000003'],
      REFUND_STATUS_MISMATCH: ['RF20260922000005'], REFUND_LOCAL_ONLY: ['RF20260922000009'], REFUND_CHANNEL_ONLY: ['RF20260922000004'],
      BANK_MATCHED_NET: ['BK1'], SETTLEMENT_SHORT: ['BK2'], BANK_SUSPENSE: ['BK3'],
    })
  })

  it('is the same to the byte when done again, and does not hang on the order of the rows', async () => {
    const { files } = await day()
    const input = { ...of, wechat: [files['wechat.csv']], alipay: [files['alipay.csv.zip']], orders: files['orders.csv'], refunds: files['refunds.csv'], bank: files['bank.csv'] }
    const first = JSON.stringify(await reconcileOffline(input))
    expect(JSON.stringify(await reconcileOffline(input))).toBe(first)
    const [head = '', ...rows] = readFileSync(files['orders.csv'], 'utf8').split('\n')
    const { 'orders.csv': turned } = await writeFiles({ 'orders.csv': [head, ...rows.reverse()].join('\n') })
    const sorted = (text: string): unknown => JSON.parse(text, (_, value: unknown) => (Array.isArray(value) ? [...value].map((one) => JSON.stringify(one)).sort() : value))
    expect(sorted(JSON.stringify(await reconcileOffline({ ...input, orders: turned })))).toEqual(sorted(first))
  })

  it('puts what a fund bill moves otherwise than the trade bill says into its class, of both channels', async () => {
    const { files, get, ali } = await day()
    const no = (number: number): string => get(number).outTradeNo
    const { 'fund.csv': fund, 'account.csv.zip': account } = await writeFiles({
      'fund.csv': wechatFundText([
        payment(get(1)), { ...payment(get(3)), fen: get(3).totalFen - 1 }, payment(get(4)), payment(get(5)), payment(get(6)), { ...payment(get(9)), feeFen: 98 }, payment(get(10)), payment(get(11)),
        refund(get(1), 1, 100), refund(get(2), 2, 200, 'processing'), refund(get(3), 3, 300), refund(get(4), 4, 400), refund(get(5), 5, 500, 'abnormal'),
      ]),
      'account.csv.zip': alipayAccountBill([{ ...payment(ali), fen: 10_001 }], SELLER, DATE, 520_000),
    })
    const input = { ...of, orders: files['orders.csv'], refunds: files['refunds.csv'] }
    const bills = { wechat: [files['wechat.csv']], alipay: [files['alipay.csv.zip']] }
    const before = (await reconcileOffline({ ...input, ...bills })).classes
    const { classes } = await reconcileOffline({ ...input, wechat: [fund, ...bills.wechat], alipay: [account, ...bills.alipay] })
    expect(classes).toEqual({
      ...before, CHANNEL_ONLY_UNKNOWN: [...before.CHANNEL_ONLY_UNKNOWN ?? [], no(11)], FEE_MISMATCH: [...before.FEE_MISMATCH ?? [], no(9)],
      SETTLEMENT_MISSING: [no(2)], SETTLEMENT_SHORT: [no(3)], SETTLEMENT_OVER: [ali.outTradeNo],
    })
    await expect(reconcileOffline({ ...input, ...bills, wechat: [fund], date: '2026-09-21' })).rejects.toMatchObject({ details: { code: 'date' } })
  })

  it('a bill of another day, or with another hash, is refused', async () => {
    const { files } = await day()
    const input = { ...of, wechat: [files['wechat.csv']], orders: files['orders.csv'] }
    await expect(reconcileOffline({ ...input, date: '2026-09-21' })).rejects.toMatchObject({ details: { code: 'date' } })
    await expect(reconcileOffline({ ...input, sha1: 'a'.repeat(40) })).rejects.toMatchObject({ details: { code: 'hash' } })
    const sha1 = createHash('sha1').update(readFileSync(files['wechat.csv'])).digest('hex').toUpperCase()
    expect((await reconcileOffline({ ...input, sha1 })).wechat).toMatchObject({ rows: 14 })
  })

  it.each([
    ['no column', (text: string) => text.replace('amount_fen', 'amount'), { code: 'columns-missing', line: 1 }], ['yuan for fen',
      (text: string) => text.replace(',10000,SUCCESS', ',100.00,SUCCESS'), { code: 'value', line: 2, column: 'amount_fen' }],
    ['an unknown state', (text: string) => text.replace('PAYING', 'PAID?'), { code: 'value', line: 4, column: 'state' }], ['a broken line',
      (text: string) => `${text}\nx,y`, { code: 'cells' }],
  ])('orders with %s are refused', async (_, change, expected) => {
    const { files } = await day()
    const { 'orders.csv': orders } = await writeFiles({ 'orders.csv': change(readFileSync(files['orders.csv'], 'utf8')) })
    await expect(reconcileOffline({ ...of, wechat: [files['wechat.csv']], orders })).rejects.toMatchObject({ details: expected })
  })
})

describe('the samples', () => {
  const args = ['--wechat', `${SAMPLES}wechat/1900000109_ALL_2026-09-22.csv`, '--alipay', `${SAMPLES}alipay/20880211096256330156_20260922.trade.csv.zip`, '--orders',
    `${SAMPLES}expected/ledger_orders.csv`, '--refunds', `${SAMPLES}expected/ledger_refunds.csv`, '--bank', `${SAMPLES}expected/bank_statement.csv`, '--date', DATE, '--json']
  const run = (more: string[]): Promise<{ code: number; out: string; err: string }> => new Promise((resolve) => execFile(process.execPath, [join(packageRoot(),
    'dist/server/reconciliation/tool.js'), ...more], (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err })))

  it('give exactly what is expected of them', async (ctx) => {
    if (!existsSync(SAMPLES)) ctx.skip('the sample bills are not beside the project')
    const { code, out } = await run([...args, '--tradebill', `${SAMPLES}wechat/1900000109_ALL_2026-09-22.tradebill.json`])
    expect([code, JSON.parse(out)]).toEqual([0, JSON.parse(readFileSync(`${SAMPLES}expected/outcome.json`, 'utf8'))])
  })

  it('all bills of the day together say the same', async (ctx) => {
    if (!existsSync(SAMPLES)) ctx.skip('the sample bills are not beside the project')
    const all = ['ALL', 'SUCCESS', 'REFUND', 'FUNDFLOW_BASIC'].map((kind) => `${SAMPLES}wechat/1900000109_${kind}_2026-09-22.csv`)
    const { out } = await run(['--wechat', ...all, `${SAMPLES}wechat/1900000109_ALL_2026-09-22.csv.gz`, '--alipay',
      `${SAMPLES}alipay/20880211096256330156_20260922.signcustomer.csv.zip`, ...args.slice(3)])
    expect(JSON.parse(out)).toEqual(JSON.parse(readFileSync(`${SAMPLES}expected/outcome.json`, 'utf8')))
  })

  it('damaged: an exit status, and a finding with its place', async () => {
    const { 'bill.csv': bill, 'orders.csv': orders } = await writeFiles({ 'bill.csv': wechatText([payment(trade('wechat', 1, 100))]).replace('`1.00,`0.00,`0,`0',
      '`1.01,`0.00,`0,`0'), 'orders.csv': `${ORDER_HEAD}\n${orderLine(trade('wechat', 1, 100))}\n` })
    const { code, out, err } = await run(['--wechat', bill, '--orders', orders, '--date', DATE, '--json'])
    expect([code, JSON.parse(out)]).toEqual([1, { finding: { code: 'totals', file: 'bill.csv', line: 4, column: '应结订单总金额', detail: 'the bill says 100 fen, its lines are 101' } }])
    expect(err).toContain('合计与明细不符')
    // A bill cut within a line was told as a line with too few cells.
    const whole = readFileSync(bill, 'utf8')
    const { 'cut.csv': cut } = await writeFiles({ 'cut.csv': whole.slice(0, whole.indexOf('NATIVE')) })
    const ended = await run(['--wechat', cut, '--orders', orders, '--date', DATE, '--json'])
    expect([ended.code, JSON.parse(ended.out)]).toMatchObject([1, { finding: { code: 'truncated', file: 'cut.csv', line: 2 } }])
    expect(ended.err).toContain('文件不完整')
    expect((await run(['--orders', orders, '--date', '2026-02-30'])).code).toBe(2)
  })
})
