import { createHash, generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { signedAnswer, signedForm } from '../../../firmware-sim/channel/alipay-wire.js'
import { systemClock } from '../../../gateway/kernel/clock.js'
import { systemRandom } from '../../../gateway/kernel/random.js'
import { ok } from '../../../gateway/kernel/result.js'
import { parseYuan } from '../../../server/money/fen.js'
import { createAlipayChannel } from '../../../server/payment/channel/alipay-channel.js'
import { readAlipayNotify } from '../../../server/payment/channel/alipay-notify.js'
import { createAlipayTransport } from '../../../server/payment/channel/alipay-transport.js'
import type { ChannelHttp, HttpCall } from '../../../server/payment/channel/channel-http.js'
import { createWechatChannel } from '../../../server/payment/channel/wechat-channel.js'
import { createWechatTransport } from '../../../server/payment/channel/wechat-transport.js'
import { signedHeaders } from '../../../firmware-sim/channel/wechat-wire.js'
import { takeRealPayments } from '../../../server/payment/payment-batch.js'
import type { BillRow } from '../../../server/reconciliation/file/bill-row.js'
import { readAlipayBill, readWechatBill } from '../../../server/reconciliation/file/open-bill.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { alipayZip, payment, refund, trade, wechatText } from '../reconciliation/bill-samples.js'
import { systemIds, tempFolder } from '../support/temp-database.js'
import { WISH, paymentRig } from './payment-rig.js'

/** What most implementations get wrong, one by one; §0.10 stands with WeChat Pay's certificates. */

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2_048 })
const [ours, theirs, stranger] = [pair(), pair(), pair()]
const [APP, SELLER] = ['2021000000000001', '2088021109625633']

const answering = (bodyOf: (call: HttpCall) => { status?: number; headers?: Record<string, string>; body: string | Buffer }): { http: ChannelHttp; calls: HttpCall[] } => {
  const calls: HttpCall[] = []
  return { calls, http: (call) => {
    calls.push(call)
    const { status = 200, headers = {}, body } = bodyOf(call)
    return Promise.resolve(ok({ status, headers: new Headers(headers), body: Buffer.from(body) }))
  } }
}
function alipay(http: ChannelHttp) {
  const transport = createAlipayTransport({ appId: APP, privateKey: ours.privateKey, alipayKey: theirs.publicKey, gatewayUrl: 'http://gateway.example/gateway.do', http, clock: systemClock })
  return createAlipayChannel({ merchant: { appId: APP, sellerId: SELLER, alipayKey: theirs.publicKey }, notifyUrl: 'http://x.example/n', billHosts: [], transport, http, clock: systemClock })
}

async function readWechat(content: string | Buffer): Promise<BillRow[]> {
  const path = join(await tempFolder(), 'bill.csv')
  await writeFile(path, content)
  const rows: BillRow[] = []
  await readWechatBill(path, { trade: (some) => void rows.push(...some), fund: () => undefined })
  return rows
}

const zone = process.env['TZ']
afterEach(() => { if (zone === undefined) delete process.env['TZ']; else process.env['TZ'] = zone })

describe('payments.md', () => {
  it('§0.1 an answer of Alipay that is forged or not signed is believed by nobody, however good it sounds', async () => {
    const paid = { code: '10000', msg: 'Success', trade_no: '20260922', out_trade_no: 'RT0001', trade_status: 'TRADE_SUCCESS', total_amount: '124.80', send_pay_date: '2026-09-22 08:00:00' }
    const real = signedAnswer('alipay.trade.query', paid, theirs.privateKey)
    const bodies = [
      signedAnswer('alipay.trade.query', paid, stranger.privateKey), JSON.stringify({ alipay_trade_query_response: paid }), real.replace('124.80', '924.80'), real.replace(/"sign":"[^"]*"/, '"sign":""'),
    ]
    for (const body of bodies) expect(await alipay(answering(() => ({ body })).http).queryOrder('RT0001')).toMatchObject({ ok: false, error: { kind: 'forged' } })
    expect(await alipay(answering(() => ({ body: real })).http).queryOrder('RT0001')).toMatchObject({ ok: true, value: { state: 'paid', paidFen: 12_480 } })
  })

  it.each(['UTC', 'America/New_York', 'Pacific/Kiritimati'])('§0.2 requests to Alipay say Beijing time in a process under TZ=%s', async (name) => {
    process.env['TZ'] = name
    const { http, calls } = answering(() => ({ body: '{}' }))
    const before = Date.now()
    await alipay(http).queryOrder('RT0001')
    const said = new URL(calls[0]?.url ?? '').searchParams.get('timestamp') ?? ''
    const saidMs = Date.parse(`${said.replace(' ', 'T')}+08:00`)
    expect(saidMs).toBeGreaterThanOrEqual(before - 1_000)
    expect(saidMs).toBeLessThanOrEqual(Date.now())
  })

  it('§0.3 a notify whose subject has a bare % is taken, not a failure of ours', () => {
    const body = signedForm({
      notify_time: '2026-09-22 08:00:00', notify_id: 'n1', app_id: APP, seller_id: SELLER, trade_no: '2026', out_trade_no: 'RT0001', trade_status: 'TRADE_SUCCESS', total_amount: '1.00',
      gmt_payment: '2026-09-22 08:00:00', subject: '租金100%减免 50%', body: '%', notify_type: 'trade_status_sync',
    }, theirs.privateKey)
    const nowMs = Date.parse('2026-09-22T08:00:01+08:00')
    expect(readAlipayNotify({ headers: {}, body: Buffer.from(body) }, { appId: APP, sellerId: SELLER, alipayKey: theirs.publicKey, nowMs })).toMatchObject({ ok: true, value: { paidFen: 100 } })
  })

  it('§0.4 fees have five decimals and may be below zero; a part of a fen is none', async () => {
    expect(['0.04000', '0.00000', '-0.02000', '0.04100'].map(parseYuan)).toEqual([4, 0, -2, undefined])
    const one = trade('wechat', 1, 600)
    const text = wechatText([payment(one), refund(one, 1, 300)])
    expect(text).toContain('0.04000')
    expect((await readWechat(text)).map((row) => row.feeFen).sort()).toEqual([-2, 4])
  })

  it('§0.5 a bill says the same with and without a byte order mark, with CRLF and with LF', async () => {
    const entries = [payment(trade('wechat', 1, 12_480)), payment(trade('wechat', 2, 600))]
    const marked = await readWechat(wechatText(entries))
    expect(marked.length).toBe(2)
    for (const text of [wechatText(entries, { mark: false }), wechatText(entries).replaceAll('\r\n', '\n'), wechatText(entries, { mark: false }).replaceAll('\r\n', '\n')]) {
      expect(await readWechat(text)).toEqual(marked)
    }
  })

  it('§0.6 commas in names split nothing', async () => {
    const named = trade('wechat', 1, 12_480, '10:00:00', { description: '租金,2026-08,2026-09,补', attach: 'E01,B1,0302' })
    expect(await readWechat(wechatText([payment(named)]))).toMatchObject([{ description: '租金,2026-08,2026-09,补', fen: 12_480, outTradeNo: named.outTradeNo }])
  })

  it('§0.7 a bill\'s link is applied for each time, its download is not signed, and its hash is of what was zipped', async () => {
    const text = wechatText([payment(trade('wechat', 1, 600))])
    const keys = { publicKeyId: 'PUB_KEY_ID_01', platformKey: theirs.privateKey } as never
    let links = 0
    const { http, calls } = answering(({ url }) => {
      if (url.includes('/billdownload/')) return { body: gzipSync(text) }
      const body = JSON.stringify({ download_url: `http://wx.example/v3/billdownload/file?token=t${(links += 1)}`, hash_type: 'SHA1', hash_value: createHash('sha1').update(text).digest('hex') })
      return { body, headers: signedHeaders(keys, body, Date.now(), 'PUB_KEY_ID_01') }
    })
    const keyOf = () => theirs.publicKey
    const merchant = { merchantId: '1900000109', serialNo: 'A'.repeat(40), privateKey: ours.privateKey }
    const runtime = { clock: systemClock, random: systemRandom }
    const transport = createWechatTransport({ merchant, baseUrl: 'http://wx.example', answerSerial: () => null, keyOf, http, runtime })
    const channel = createWechatChannel({
      merchant: { merchantId: '1900000109', appId: 'wx8', privateKey: ours.privateKey, apiV3Key: Buffer.alloc(32) }, notifyUrl: 'http://x.example', transport, keyOf, ...runtime,
    })
    for (const token of ['t1', 't2']) {
      const bill = await channel.fetchBill('2026-09-22', 'trade')
      if (!bill.ok) throw new Error(bill.error.message)
      expect(createHash('sha1').update(await buffer(bill.value.bytes)).digest('hex')).toBe(bill.value.sha1)
      expect(calls.at(-1)?.url).toContain(`token=${token}`)
      expect(calls.at(-1)?.headers['authorization']).toMatch(/^WECHATPAY2-SHA256-RSA2048 /)
    }
  })

  it('§0.8 Alipay\'s zip has GBK names and its summary first: the detail file is found by its name', async () => {
    const path = join(await tempFolder(), 'bill.zip')
    await writeFile(path, alipayZip([payment(trade('alipay', 1, 12_480))]))
    const rows: BillRow[] = []
    expect(await readAlipayBill(path, (some) => void rows.push(...some))).toMatchObject({ payments: 1, grossFen: 12_480 })
    expect(rows).toMatchObject([{ fen: 12_480, kind: 'payment' }])
  })

  it('§0.9 money for an order that was closed goes to suspense and is told, never acknowledged into nothing', async () => {
    const clock = createVirtualClock()
    const closes = { channel: 'wechat', merchantId: '1', createOrder: () => Promise.resolve(ok({ kind: 'qr', text: 'x' })), queryOrder: () => Promise.resolve(ok({ state: 'closed' })) } as never
    const rig = await paymentRig({ wechat: closes }, clock)
    await rig.bill('b1', 500)
    const { outTradeNo } = await rig.orders.place('u1', { ...WISH, billId: 'b1' })
    await clock.run(16 * 60_000)
    await rig.sweep()
    expect((await rig.orderOf(outTradeNo)).state).toBe('closed')
    // Meanwhile something else was added to the bill: the late money does not fit and stays where people see it.
    await rig.db.transact((tx) => tx.billPart.updateMany({ data: { openFen: 400n, paidFen: 100n } }))
    const late = { channel: 'wechat', merchantId: '1', outTradeNo, transactionId: 'T1', fen: 500, paidAtMs: clock.wallMs() } as const
    expect(await rig.change(null, (one) => takeRealPayments(one, [late], { ids: systemIds, random: systemRandom, doublePayment: 'prepayment' }))).toEqual(['late'])
    expect(await rig.db.read.suspenseItem.findMany()).toMatchObject([{ cause: 'late', state: 'open', fen: 500n, outTradeNo }])
    expect([await rig.balance('suspense'), await rig.balance('transit-wechat'), (await rig.orderOf(outTradeNo)).state]).toEqual([500, 500, 'late-paid'])
  })
})
