import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Aes, Formatter, Rsa } from 'wechatpay-axios-plugin'
import { describe, expect, it } from 'vitest'
import { readWechatNotify } from '../../../../server/payment/channel/wechat-notify.js'
import { authorizationOf, bridgeParameters, rsaSign, rsaVerify, signatureFault, unseal } from '../../../../server/payment/channel/wechat-signature.js'

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const KEY = { merchantId: '1900000109', serialNo: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1', privateKey: keys.privateKey }
const NOW_MS = 1_790_035_962_000
const SERIAL = 'PUB_KEY_ID_0119000001092026092200000000000001'
const SAMPLES = fileURLToPath(new URL('../../../../../shared/data/bills/', import.meta.url))

/** A notify as WeChat Pay would send it, made with its own kit. */
function notify(transaction: object, { serial = SERIAL, timestamp = String(NOW_MS / 1_000), eventType = 'TRANSACTION.SUCCESS', aad = 'transaction' } = {}) {
  const apiV3Key = '0123456789abcdef0123456789ABCDEF'
  const nonce = Formatter.nonce(12)
  const ciphertext = Aes.AesGcm.encrypt(JSON.stringify(transaction), apiV3Key, nonce, aad)
  const body = JSON.stringify({ id: 'EV-1', create_time: '2026-09-22T08:12:42+08:00', resource_type: 'encrypt-resource', event_type: eventType, summary: '支付成功',
    resource: { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', ciphertext, associated_data: aad, nonce } })
  const requestNonce = Formatter.nonce()
  const signature = Rsa.sign(Formatter.response(timestamp, requestNonce, body), keys.privateKey)
  const headers: Record<string, string> = { 'wechatpay-serial': serial, 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': requestNonce, 'wechatpay-signature': signature }
  return { request: { headers, body: Buffer.from(body) }, reading: { merchantId: KEY.merchantId, appId: 'wx8888888888888888', apiV3Key: Buffer.from(apiV3Key),
    keyOf: (wanted: string) => (wanted === SERIAL ? keys.publicKey : undefined), nowMs: NOW_MS } }
}
const PAID = { mchid: KEY.merchantId, appid: 'wx8888888888888888', out_trade_no: 'RT202609220000001001', transaction_id: '4200000914202609220000000001',
  trade_type: 'NATIVE', trade_state: 'SUCCESS', trade_state_desc: '支付成功', bank_type: 'OTHERS', attach: '', success_time: '2026-09-22T08:12:41+08:00',
  payer: { openid: 'o' }, amount: { total: 12_480, payer_total: 12_480, currency: 'CNY', payer_currency: 'CNY' } }

describe('requests', () => {
  it('are signed as the kit verifies them, and verified as the kit signs them', () => {
    const request = { method: 'POST', pathAndQuery: '/v3/pay/transactions/native', body: '{"description":"公租房租金 100%"}', timestampS: 1_554_208_460,
      nonce: '593BEC0C930BF1AFEB40B4A08C8FB242' }
    const header = authorizationOf(KEY, request)
    const fields = Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value])) as Record<string, string>
    expect(header).toMatch(/^WECHATPAY2-SHA256-RSA2048 mchid="1900000109",serial_no="[^"]+",timestamp="1554208460",nonce_str="[^"]+",signature="[^"]+"$/)
    const text = Formatter.request(request.method, request.pathAndQuery, request.timestampS, request.nonce, request.body)
    expect(Rsa.verify(text, fields['signature'] as string, keys.publicKey)).toBe(true)
    expect(fields['signature']).toBe(Rsa.sign(text, keys.privateKey))
    expect(rsaVerify(text, Rsa.sign(text, keys.privateKey), keys.publicKey)).toBe(true)
    expect(rsaVerify(`${text} `, rsaSign(text, keys.privateKey), keys.publicKey)).toBe(false)
    expect(rsaVerify(text, 'no base64!', keys.publicKey)).toBe(false)
  })

  it('inside WeChat are signed as the kit does', () => {
    const made = bridgeParameters('wx8888888888888888', 'wx26112221580621e9b071c00d9e093b0000', 1_554_208_460, 'n', keys.privateKey)
    expect(Rsa.verify(Formatter.joinedByLineFeed('wx8888888888888888', '1554208460', 'n', made['package'] as string), made['paySign'] as string, keys.publicKey)).toBe(true)
  })
})

describe('notifies', () => {
  it('made by the kit are read', () => {
    const { request, reading } = notify(PAID)
    expect(readWechatNotify(request, reading)).toEqual({ ok: true, value: {
      eventId: 'EV-1', outTradeNo: 'RT202609220000001001', kind: 'paid', transactionId: '4200000914202609220000000001', paidFen: 12_480,
      paidAtMs: Date.parse('2026-09-22T00:12:41Z'),
    } })
  })

  it('any changed bit of body, nonce, timestamp, serial or signature is refused', () => {
    const { request, reading } = notify(PAID)
    for (let at = 0; at < request.body.length; at += 7) {
      const body = Buffer.from(request.body)
      body.writeUInt8(body.readUInt8(at) ^ 1, at)
      expect(readWechatNotify({ ...request, body }, reading)).toEqual({ ok: false, error: 'bad-signature' })
    }
    // Not the last character before the padding: of its six bits two count.
    for (const name of ['wechatpay-nonce', 'wechatpay-timestamp', 'wechatpay-signature']) {
      const value = request.headers[name] as string
      expect(readWechatNotify({ ...request, headers: { ...request.headers, [name]: `${value.slice(0, -6)}${value.at(-6) === '1' ? '2' : '1'}${value.slice(-5)}` } },
        reading)).toEqual({ ok: false, error: 'bad-signature' })
    }
    expect(readWechatNotify({ ...request, headers: { ...request.headers, 'wechatpay-serial': `${SERIAL}9` } }, reading)).toEqual({ ok: false, error: 'unknown-key' })
    for (const name of Object.keys(request.headers)) {
      expect(readWechatNotify({ ...request, headers: { ...request.headers, [name]: undefined } as never }, reading)).toEqual({ ok: false, error: 'no-signature' })
    }
  })

  it.each([[300, true], [301, false], [-300, true], [-301, false]])('%s seconds old: taken %s', (age, taken) => {
    const { request, reading } = notify(PAID, { timestamp: String(NOW_MS / 1_000 - age) })
    expect(readWechatNotify(request, reading).ok).toBe(taken)
  })

  it('a probe is refused, whatever it is signed with', () => {
    const { request, reading } = notify(PAID)
    const probe = { ...request, headers: { ...request.headers, 'wechatpay-signature': `WECHATPAY/SIGNTEST/${request.headers['wechatpay-signature'] as string}` } }
    expect(readWechatNotify(probe, reading)).toEqual({ ok: false, error: 'bad-signature' })
  })

  it('of another merchant or app, sealed with another key, or without what it says is refused', () => {
    const refusal = (transaction: object, change = {}) => {
      const { request, reading } = notify(transaction)
      return readWechatNotify(request, { ...reading, ...change })
    }
    expect(refusal({ ...PAID, mchid: '1900000110' })).toEqual({ ok: false, error: 'not-ours' })
    expect(refusal({ ...PAID, appid: 'wx1' })).toEqual({ ok: false, error: 'not-ours' })
    expect(refusal(PAID, { apiV3Key: Buffer.alloc(32, 1) })).toEqual({ ok: false, error: 'not-decrypted' })
    expect(refusal({ ...PAID, amount: undefined })).toEqual({ ok: false, error: 'malformed' })
    expect(refusal({ ...PAID, success_time: 'yesterday' })).toEqual({ ok: false, error: 'malformed' })
  })

  it('of a payment inside WeChat that is still going on is nothing to post', () => {
    const { request, reading } = notify({ ...PAID, trade_state: 'USERPAYING' })
    expect(readWechatNotify(request, reading)).toMatchObject({ ok: true, value: { kind: 'other', what: 'TRANSACTION.SUCCESS paying' } })
  })

  it('of a refund says which and how it stands', () => {
    const { request, reading } = notify({
      mchid: KEY.merchantId, out_trade_no: 'RT1', transaction_id: '42', out_refund_no: 'RF1', refund_id: '503', refund_status: 'SUCCESS', success_time: '2026-09-23T00:00:04+08:00',
      user_received_account: '支付用户零钱', amount: { total: 12_480, refund: 2_480, payer_total: 12_480, payer_refund: 2_480 },
    }, { eventType: 'REFUND.SUCCESS', aad: 'refund' })
    expect(readWechatNotify(request, reading)).toEqual({ ok: true, value: {
      eventId: 'EV-1', outTradeNo: 'RT1', kind: 'refund', outRefundNo: 'RF1', refund: { state: 'succeeded', refundId: '503', refundFen: 2_480,
        succeededAtMs: Date.parse('2026-09-22T16:00:04Z') },
    } })
  })

  it('what the kit seals is unsealed, and nothing else', () => {
    const key = Buffer.from('0123456789abcdef0123456789ABCDEF')
    for (const aad of ['', 'certificate']) {
      const ciphertext = Aes.AesGcm.encrypt('文字 text', key, 'fdasflkja484', aad)
      expect(unseal({ ciphertext, nonce: 'fdasflkja484', associated_data: aad }, key)).toBe('文字 text')
      expect(unseal({ ciphertext, nonce: 'fdasflkja485', associated_data: aad }, key)).toBeUndefined()
      expect(unseal({ ciphertext, nonce: 'fdasflkja484', associated_data: `${aad}x` }, key)).toBeUndefined()
    }
    for (const ciphertext of ['', 'AAAA', '!!!!', 'A'.repeat(22)]) expect(unseal({ ciphertext, nonce: 'fdasflkja484' }, key)).toBeUndefined()
  })

  it('sample files are read', (ctx) => {
    if (!existsSync(SAMPLES)) ctx.skip('the sample bills are not beside the project')
    const platform = createPublicKey(readFileSync(`${SAMPLES}keys-test-only/wechatpay_platform_public.pem`))
    const apiV3Key = readFileSync(`${SAMPLES}keys-test-only/apiv3_key.txt`).subarray(0, 32)
    for (const [name, kind] of [['wechat_transaction_success', 'paid'], ['wechat_refund_success', 'refund']] as const) {
      const { headers, body } = JSON.parse(readFileSync(`${SAMPLES}notify/${name}.json`, 'utf8')) as { headers: Record<string, string>; body: string }
      const lower = Object.fromEntries(Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value]))
      const nowMs = Number(lower['wechatpay-timestamp']) * 1_000
      const message = { serial: lower['wechatpay-serial'] ?? null, timestamp: lower['wechatpay-timestamp'] ?? null, nonce: lower['wechatpay-nonce'] ?? null,
        signature: lower['wechatpay-signature'] ?? null, body: Buffer.from(body) }
      expect(signatureFault(message, () => platform, nowMs)).toBeUndefined()
      const envelope = JSON.parse(body) as { resource: Parameters<typeof unseal>[0] }
      const inner = JSON.parse(unseal(envelope.resource, apiV3Key) ?? '{}') as { mchid: string; appid?: string }
      const read = readWechatNotify({ headers: lower, body: Buffer.from(body) }, { merchantId: inner.mchid, appId: inner.appid ?? '', apiV3Key, keyOf: () => platform, nowMs })
      expect(read).toMatchObject({ ok: true, value: { kind } })
    }
  })
})

