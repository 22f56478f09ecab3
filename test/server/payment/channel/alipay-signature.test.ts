import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AlipaySdk } from 'alipay-sdk'
import { describe, expect, it } from 'vitest'
import { readAlipayNotify } from '../../../../server/payment/channel/alipay-notify.js'
import { signParameters, signedPart, verifyNotify } from '../../../../server/payment/channel/alipay-signature.js'
import { chinaTime, parseChinaTime } from '../../../../server/payment/channel/china-time.js'
import { rsaSign } from '../../../../server/payment/channel/wechat-signature.js'

const ours = generateKeyPairSync('rsa', { modulusLength: 2048 })
const theirs = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = (key: typeof ours.privateKey, type: 'pkcs1' | 'spki'): string => key.export(type === 'spki' ? { type, format: 'pem' } : { type, format: 'pem' }).toString()
const kit = new AlipaySdk({ appId: '2021000000000001', privateKey: pem(ours.privateKey, 'pkcs1'), alipayPublicKey: pem(theirs.publicKey, 'spki'), camelcase: false })
const NOW_MS = Date.parse('2026-09-22T08:01:23+08:00')
const SAMPLES = fileURLToPath(new URL('../../../../../shared/data/bills/', import.meta.url))

const FORM: Record<string, string> = {
  gmt_create: '2026-09-22 08:01:10', charset: 'utf-8', gmt_payment: '2026-09-22 08:01:22', notify_time: '2026-09-22 08:01:23', subject: '租金2026-09 减免100%',
  buyer_id: '2088102122524333',
  invoice_amount: '124.80', version: '1.0', notify_id: '2026092200222080122012345678901234', fund_bill_list: '[{"amount":"124.80","fundChannel":"ALIPAYACCOUNT"}]',
  notify_type: 'trade_status_sync',
  out_trade_no: 'RT202609220000002001', total_amount: '124.80', trade_status: 'TRADE_SUCCESS', trade_no: '2026092222001458860515315453', auth_app_id: '2021000000000001',
  receipt_amount: '124.80',
  app_id: '2021000000000001', seller_id: '2088021109625633',
}
/** As Alipay signs a notify: without `sign` and `sign_type`. */
function signed(change: Record<string, string | undefined> = {}): Record<string, string> {
  const form = Object.fromEntries(Object.entries({ ...FORM, ...change }).filter(([, value]) => value !== undefined)) as Record<string, string>
  return { ...form, sign_type: 'RSA2', sign: signParameters(form, theirs.privateKey) }
}
const bodyOf = (form: Record<string, string>): Buffer => Buffer.from(new URLSearchParams(form).toString())
const reading = { appId: '2021000000000001', sellerId: '2088021109625633', alipayKey: theirs.publicKey, nowMs: NOW_MS }
const read = (form: Record<string, string>, change = {}) => readAlipayNotify({ headers: {}, body: bodyOf(form) }, { ...reading, ...change })

describe('requests', () => {
  it('are signed as the kit signs them', () => {
    const made = kit.sdkExecute('alipay.trade.precreate', { bizContent: { out_trade_no: 'RT1', total_amount: '124.80', subject: '租金 100%' },
      notifyUrl: 'https://pay.example.gov.cn/notify/alipay' })
    const { sign, ...parameters } = Object.fromEntries(new URLSearchParams(made))
    expect(parameters).toMatchObject({ method: 'alipay.trade.precreate', sign_type: 'RSA2' })
    expect(signParameters(parameters, ours.privateKey)).toBe(sign)
  })

  /** Trap 2 of the field: the kit writes the process's own time zone. */
  it.each(['UTC', 'America/New_York', 'Asia/Shanghai'])('say Beijing time under TZ=%s', (zone) => {
    const before = process.env['TZ']
    process.env['TZ'] = zone
    try {
      expect(chinaTime(NOW_MS)).toBe('2026-09-22 08:01:23')
      expect(parseChinaTime('2026-09-22 08:01:23')).toBe(NOW_MS)
    } finally {
      if (before === undefined) delete process.env['TZ']
      else process.env['TZ'] = before
    }
  })

  it.each(['2026-02-30 00:00:00', '2026-09-22T08:01:23', '2026-09-22 24:00:01', '', '2026-9-22 08:01:23'])('%j is no time', (text) => expect(parseChinaTime(text)).toBeUndefined())
})

describe('answers', () => {
  it('are signed over their exact characters', () => {
    const value = '{"code":"10000","msg":"Success","qr_code":"https:\\/\\/qr.alipay.com\\/bax","note":"a } \\" { b","nested":{"a":{}}}'
    const signature = rsaSign(value, theirs.privateKey)
    const text = `{"alipay_trade_precreate_response": ${value},"sign":"${signature}"}`
    expect(signedPart(text, 'alipay_trade_precreate_response')).toBe(value)
    expect(() => kit.checkResponseSign(text, 'alipay_trade_precreate_response', signature, '')).not.toThrow()
    for (const cut of [0, 10, 50, 120]) expect(signedPart(text.slice(0, cut), 'alipay_trade_precreate_response')).toBeUndefined()
    expect(signedPart('{"x":"alipay_trade_query_response","y":{}}', 'alipay_trade_query_response')).toBeUndefined()
  })
})

describe('notifies', () => {
  it('are signed as the kit checks them, a bare % in a value too', () => {
    expect(kit.checkNotifySignV2(signed())).toBe(true)
    expect(verifyNotify(signed(), theirs.publicKey)).toBe(true)
    expect(read(signed())).toEqual({ ok: true, value: {
      eventId: FORM['notify_id'], outTradeNo: 'RT202609220000002001', kind: 'paid', transactionId: '2026092222001458860515315453', paidFen: 12_480, paidAtMs: NOW_MS - 1_000,
    } })
  })

  it('any changed field is refused, by the kit too', () => {
    for (const name of Object.keys(FORM)) {
      const forged = { ...signed(), [name]: `${FORM[name] as string}1` }
      expect([name, kit.checkNotifySignV2(forged)]).toEqual([name, false])
      expect([name, read(forged)]).toEqual([name, { ok: false, error: 'bad-signature' }])
    }
    expect(read({ ...signed(), sign_type: 'RSA' })).toEqual({ ok: false, error: 'bad-signature' })
    const { sign: _, ...unsigned } = signed()
    expect(read(unsigned)).toEqual({ ok: false, error: 'no-signature' })
    expect(read({ ...signed(), sign: 'AAAA' })).toEqual({ ok: false, error: 'bad-signature' })
    expect(read(signed(), { alipayKey: ours.publicKey })).toEqual({ ok: false, error: 'bad-signature' })
  })

  it.each([
    ['another app', { app_id: '2021000000000002' }, 'not-ours'], ['another seller', { seller_id: '2088021109625634' }, 'not-ours'], ['no number',
      { out_trade_no: undefined }, 'malformed'],
    ['an amount that is none', { total_amount: '1,248.00' }, 'malformed'], ['an unknown state', { trade_status: 'PAID' }, 'malformed'], ['paid at no time',
      { gmt_payment: undefined }, 'malformed'],
    ['of the day before yesterday', { notify_time: '2026-09-20 08:01:23' }, 'too-old'], ['of tomorrow', { notify_time: '2026-09-23 08:01:23' }, 'too-old'],
  ])('%s is refused', (_, change, error) => expect(read(signed(change))).toEqual({ ok: false, error }))

  it.each([
    ['a refund repeats the trade', { refund_fee: '31.20', gmt_refund: '2026-09-22 09:00:00.123', out_biz_no: 'RF1' }, 'refund RF1'],
    ['no longer refundable', { trade_status: 'TRADE_FINISHED' }, 'TRADE_FINISHED'], ['closed', { trade_status: 'TRADE_CLOSED' }, 'TRADE_CLOSED'], ['waiting',
      { trade_status: 'WAIT_BUYER_PAY' }, 'WAIT_BUYER_PAY'],
  ])('%s: nothing to post', (_, change, what) => expect(read(signed(change))).toMatchObject({ ok: true, value: { kind: 'other', what } }))

  it('sample file is read', (ctx) => {
    if (!existsSync(SAMPLES)) ctx.skip('the sample bills are not beside the project')
    const body = readFileSync(`${SAMPLES}notify/alipay_trade_success.form.txt`, 'utf8').trim()
    const form = Object.fromEntries(new URLSearchParams(body))
    const alipayKey = createPublicKey(readFileSync(`${SAMPLES}keys-test-only/alipay_public.pem`))
    expect(readAlipayNotify({ headers: {}, body: Buffer.from(body) }, { appId: form['app_id'] as string, sellerId: form['seller_id'] as string, alipayKey,
      nowMs: parseChinaTime(form['notify_time'] as string) as number }))
      .toMatchObject({ ok: true, value: { kind: 'paid', outTradeNo: 'RT202609220000002001', paidFen: 12_480 } })
  })
})
