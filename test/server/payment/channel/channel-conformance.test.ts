import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { NewOrder, PayChannel } from '../../../../server/payment/channel/channel-port.js'
import { sandboxRig } from './sandbox-rig.js'

const order = (outTradeNo: string, change: Partial<NewOrder> = {}): NewOrder => ({
  outTradeNo, description: '公租房租金 2026-09,100%', totalFen: 12_480, expiresAtMs: Date.now() + 600_000, scene: 'qr', payerId: null, payerAddress: null, returnUrl: null, ...change,
})
const today = (): string => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)

describe.each(['wechat', 'alipay'] as const)('%s', (name) => {
  const start = async () => {
    const rig = await sandboxRig()
    const channel: PayChannel = rig[name]
    return { ...rig, channel, payNow: (no: string) => rig.pay(name, no) }
  }

  it('an order is made, paid, told of, asked about, and given back in part', async () => {
    const { channel, payNow, taken, until } = await start()
    expect(await channel.queryOrder('RT0001')).toEqual({ ok: true, value: { state: 'not-here' } })
    expect(await channel.createOrder(order('RT0001'))).toMatchObject({ ok: true, value: { kind: 'qr', text: expect.stringMatching(/^(weixin|http)/) } })
    expect(await channel.createOrder(order('RT0001'))).toMatchObject({ ok: true, value: { kind: 'qr' } })
    expect(await channel.createOrder(order('RT0001', { totalFen: 1 }))).toMatchObject({ ok: false, error: { kind: 'refused' } })
    expect(await channel.queryOrder('RT0001')).toMatchObject({ ok: true, value: { state: name === 'wechat' ? 'not-paid' : 'not-here' } })
    expect(await payNow('RT0001')).toBe('paid')
    await until(() => taken.length > 0, 'the notify')
    const notify = channel.readNotify(taken[0] as never)
    const state = await channel.queryOrder('RT0001')
    expect(state).toMatchObject({ ok: true, value: { state: 'paid', paidFen: 12_480 } })
    expect(notify).toMatchObject({ ok: true, value: { kind: 'paid', outTradeNo: 'RT0001', paidFen: 12_480,
      transactionId: state.ok && state.value.state === 'paid' ? state.value.transactionId : '' } })
    expect(await channel.closeOrder('RT0001')).toMatchObject({ ok: true, value: { state: 'paid' } })

    const refund = { outTradeNo: 'RT0001', outRefundNo: 'RF0001', refundFen: 2_480, totalFen: 12_480, reason: '多缴' }
    expect(await channel.refund(refund)).toMatchObject({ ok: true, value: { state: name === 'wechat' ? 'processing' : 'succeeded', refundFen: 2_480 } })
    expect(await channel.refund(refund)).toMatchObject({ ok: true, value: { refundFen: 2_480 } })
    await until(() => taken.length > 1, 'the refund\'s notify')
    expect(channel.readNotify(taken[1] as never)).toMatchObject({ ok: true, value: name === 'wechat' ? { kind: 'refund', outRefundNo: 'RF0001',
      refund: { state: 'succeeded' } } : { kind: 'other' } })
    expect(await channel.queryRefund('RF0001', 'RT0001')).toMatchObject({ ok: true, value: { state: 'succeeded', refundFen: 2_480 } })
    expect(await channel.queryRefund('RF9999', 'RT0001')).toMatchObject({ ok: false, error: { kind: 'not-here' } })
    expect(await channel.queryOrder('RT0001')).toMatchObject({ ok: true, value: { state: 'paid' } })
    expect(await channel.refund({ ...refund, outRefundNo: 'RF0002', refundFen: 12_480 })).toMatchObject({ ok: false, error: { kind: 'refused' } })
  })

  it('an order that is closed stays closed', async () => {
    const { channel, payNow } = await start()
    await channel.createOrder(order('RT0002', { scene: 'qr' }))
    expect(await channel.closeOrder('RT0002')).toMatchObject({ ok: true, value: { state: name === 'wechat' ? 'closed' : 'not-here' } })
    if (name === 'wechat') expect(await payNow('RT0002')).toBe('over')
    expect(await channel.closeOrder('RT9999')).toEqual({ ok: true, value: { state: 'not-here' } })
  })

  it('carried out and not answered: the result is unknown, and the same number finds it', async () => {
    const { channel, fault } = await start()
    fault('RT0003', 'lost-answer')
    expect(await channel.createOrder(order('RT0003'))).toMatchObject({ ok: false, error: { kind: 'unknown-result' } })
    expect(await channel.createOrder(order('RT0003'))).toMatchObject({ ok: true })
    fault('RT0004', 'busy')
    expect(await channel.createOrder(order('RT0004'))).toMatchObject({ ok: false, error: { kind: 'retry' } })
    expect(await channel.createOrder(order('RT0004'))).toMatchObject({ ok: true })
  })

  it.each(['notify-signature', 'notify-serial', 'notify-probe', 'notify-stale'] as const)('%s: refused, and the next attempt is taken', async (what) => {
    if (name === 'alipay' && what !== 'notify-signature') return
    const { channel, fault, payNow, came, taken, until } = await start()
    fault('RT0005', what)
    await channel.createOrder(order('RT0005'))
    await payNow('RT0005')
    await until(() => taken.length === 1, 'the second attempt')
    expect(came.length).toBe(2)
  })

  it('a notify may come four times, before the answer, with another amount, or never', async () => {
    const { channel, fault, payNow, taken, until } = await start()
    fault('RT0006', 'notify-repeated')
    fault('RT0007', 'notify-first')
    fault('RT0008', 'notify-amount')
    fault('RT0009', 'notify-lost')
    for (const no of ['RT0006', 'RT0007', 'RT0008', 'RT0009']) await channel.createOrder(order(no))
    for (const no of ['RT0006', 'RT0008', 'RT0009']) await payNow(no)
    await until(() => taken.length === 6, 'six notifies')
    const read = taken.map((one) => channel.readNotify(one)).map((one) => (one.ok && one.value.kind === 'paid' ? `${one.value.outTradeNo} ${one.value.paidFen}` : 'x')).sort()
    expect(read).toEqual(['RT0006 12480', 'RT0006 12480', 'RT0006 12480', 'RT0006 12480', 'RT0007 12480', 'RT0008 12481'])
    expect(await channel.queryOrder('RT0009')).toMatchObject({ ok: true, value: { state: 'paid' } })
  })

  it('a payer who types a password and fails is paying, then has not paid, and may pay again; the first notify of it may be late', async () => {
    const { channel, fault, payNow, until, taken } = await start()
    fault('RT0010', 'paying-fails', 'notify-late')
    await channel.createOrder(order('RT0010', { scene: 'qr' }))
    // A code of Alipay is nobody's trade before it is scanned; while a password is typed it waits for its buyer.
    const [typing, notYet] = name === 'wechat' ? ['paying', 'not-paid'] : ['not-paid', 'not-here']
    const stateNow = async () => { const state = await channel.queryOrder('RT0010'); return state.ok ? state.value.state : 'x' }
    const seen = new Set<string>()
    for (let tries = 0; tries < 200 && !seen.has(notYet); tries += 1) seen.add(await stateNow())
    // How long the payer types is real time here: on a busy machine nobody sees it.
    expect([...seen].filter((state) => state !== typing)).toEqual([notYet])
    expect([taken.length, await payNow('RT0010')]).toEqual([0, 'paid'])
    await until(() => taken.length === 1, 'the late notify')
    expect(channel.readNotify(taken[0] as never)).toMatchObject({ ok: true, value: { kind: 'paid', outTradeNo: 'RT0010', paidFen: 12_480 } })
  })

  it('the bill of a day is fetched and is what its hash says', async () => {
    const { channel, payNow, fault } = await start()
    expect(await channel.fetchBill(today(), 'trade')).toMatchObject({ ok: false, error: { kind: 'not-here' } })
    await channel.createOrder(order('RT0010'))
    await payNow('RT0010')
    for (const kind of ['trade', 'fund'] as const) {
      const bill = await channel.fetchBill(today(), kind)
      if (!bill.ok) throw new Error(bill.error.message)
      const bytes = await buffer(bill.value.bytes)
      if (name === 'wechat') {
        expect(createHash('sha1').update(bytes).digest('hex')).toBe(bill.value.sha1)
        expect(bytes.toString('utf8')).toContain('`RT0010')
      } else expect([bytes.subarray(0, 2).toString('latin1'), bill.value.sha1]).toEqual(['PK', null])
    }
    fault(today(), 'bill-late')
    expect(await channel.fetchBill(today(), 'trade')).toMatchObject({ ok: false, error: { kind: 'retry' } })
  })

  it('a merchant with another key is nobody', async () => {
    const { origin } = await start()
    const stranger = await fetch(`${origin}/v3/pay/transactions/native`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json',
      authorization: 'WECHATPAY2-SHA256-RSA2048 mchid="1"' } })
    expect([stranger.status, ((await stranger.json()) as { code: string }).code]).toEqual([401, 'SIGN_ERROR'])
    const form = await fetch(`${origin}/gateway.do?app_id=2021000000000001&method=alipay.trade.query&sign_type=RSA2&sign=AAAA`, { method: 'POST',
      body: 'biz_content=%7B%7D', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    expect(await form.json()).toMatchObject({ error_response: { sub_code: 'isv.invalid-signature' } })
  })
})

describe('pages', () => {
  it('a payer on a phone or computer is led to a page, pays and comes back', async () => {
    const { wechat, alipay, taken, until } = await sandboxRig()
    const back = 'http://127.0.0.1:9/return'
    const h5 = await wechat.createOrder(order('RT0020', { scene: 'phone', payerAddress: '203.0.113.7', returnUrl: back }))
    expect(h5).toMatchObject({ ok: true, value: { kind: 'redirect', url: expect.stringContaining('/pay/') } })
    const inApp = await wechat.createOrder(order('RT0021', { scene: 'in-app', payerId: 'oUpF8uMuAJO' }))
    expect(inApp).toMatchObject({ ok: true, value: { kind: 'bridge', parameters: { signType: 'RSA', package: expect.stringMatching(/^prepay_id=/) } } })
    for (const scene of ['phone', 'computer'] as const) {
      const made = await alipay.createOrder(order(`RT003${scene.length}`, { scene, returnUrl: back }))
      if (!made.ok || made.value.kind !== 'redirect') throw new Error('no page')
      const page = await fetch(made.value.url)
      expect(await page.text()).toContain('¥124.80')
      const paid = await fetch(page.url, { method: 'POST', redirect: 'manual', body: '' })
      expect([paid.status, paid.headers.get('location')]).toEqual([303, back])
    }
    await until(() => taken.length === 2, 'both notifies')
    expect(await alipay.createOrder(order('RT0040', { scene: 'in-app' }))).toMatchObject({ ok: false, error: { kind: 'refused' } })
  })
})
