import type { Clock } from '#kernel/clock.js'
import { signedForm, yuan } from './alipay-wire.js'
import type { FaultPlan } from './channel-faults.js'
import type { SandboxKeys } from './sandbox-keys.js'
import { type Refund, type Trade, beijing } from './trade-store.js'
import { seal, signedHeaders, wechatTime } from './wechat-wire.js'

const STALE_MS = 600_000

export interface LetterDeps {
  readonly keys: SandboxKeys
  readonly faults: FaultPlan
  readonly clock: Clock
}

export interface WechatEvent {
  readonly id: string
  readonly type: string
  readonly summary: string
  readonly original: 'transaction' | 'refund'
  readonly resource: object
}

/** What is posted at one attempt. */
export interface Letter {
  readonly headers: Record<string, string>
  readonly body: string
}

export function wechatLetter({ keys, faults, clock }: LetterDeps, trade: Trade, attempt: number, event: WechatEvent): Letter {
  const first = attempt === 0
  const nowMs = clock.wallMs() - (first && faults.happens('notify-stale', trade.outTradeNo) ? STALE_MS : 0)
  const body = JSON.stringify({
    id: event.id, create_time: wechatTime(beijing(nowMs)), resource_type: 'encrypt-resource', event_type: event.type, summary: event.summary,
    resource: { original_type: event.original, ...seal(keys.wechat, JSON.stringify(event.resource), event.original) },
  })
  const serial = first && faults.happens('notify-serial', trade.outTradeNo) ? 'PUB_KEY_ID_0000000000000000000000000000000000' : keys.wechat.publicKeyId
  const headers = signedHeaders(keys.wechat, body, nowMs, serial)
  if (first && faults.happens('notify-signature', trade.outTradeNo)) headers['wechatpay-signature'] = Buffer.alloc(256, 1).toString('base64')
  if (first && faults.happens('notify-probe', trade.outTradeNo)) headers['wechatpay-signature'] = `WECHATPAY/SIGNTEST/${headers['wechatpay-signature'] ?? ''}`
  return { headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body }
}

export function alipayLetter({ keys, faults, clock }: LetterDeps, trade: Trade, attempt: number, notifyId: string, more: Record<string, string>): Letter {
  const total = yuan(trade.totalFen + (faults.happens('notify-amount', trade.outTradeNo) ? 1 : 0))
  const form = signedForm({
    notify_time: beijing(clock.wallMs()), notify_type: 'trade_status_sync', notify_id: notifyId, charset: 'utf-8', version: '1.0', app_id: keys.alipay.appId,
    auth_app_id: keys.alipay.appId,
    trade_no: trade.transactionId ?? '', out_trade_no: trade.outTradeNo, trade_status: 'TRADE_SUCCESS', total_amount: total, receipt_amount: total,
    buyer_pay_amount: total, subject: trade.description,
    seller_id: keys.alipay.sellerId, buyer_id: '2088102122524333', buyer_logon_id: '138****2201', gmt_create: beijing(trade.createdAtMs),
    gmt_payment: beijing(trade.paidAtMs ?? 0), ...more,
  }, keys.alipay.platformKey)
  const forged = attempt === 0 && faults.happens('notify-signature', trade.outTradeNo) ? form.replace(/sign=[^&]{20}/, `sign=${'A'.repeat(20)}`) : form
  return { headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, body: forged }
}

const TRADE_TYPES = { native: 'NATIVE', jsapi: 'JSAPI', h5: 'MWEB', precreate: '', wap: '', page: '' } as const

/** The transaction as queries and notifies say it. */
export function wechatTransaction(keys: SandboxKeys, trade: Trade, moreFen = 0): object {
  const states = { waiting: 'NOTPAY', paying: 'USERPAYING', closed: 'CLOSED', paid: trade.refunds.some((refund) => refund.state !== 'abnormal') ? 'REFUND' : 'SUCCESS' } as const
  const total = trade.totalFen + moreFen
  return {
    mchid: keys.wechat.mchid, appid: keys.wechat.appid, out_trade_no: trade.outTradeNo, trade_type: TRADE_TYPES[trade.scene], trade_state: states[trade.state],
    trade_state_desc: states[trade.state], attach: trade.attach,
    ...(trade.paidAtMs === null ? {} : {
      transaction_id: trade.transactionId, bank_type: 'OTHERS', success_time: wechatTime(beijing(trade.paidAtMs)), payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjW0001' },
      amount: { total, payer_total: total, currency: 'CNY', payer_currency: 'CNY' },
    }),
  }
}

export function wechatRefund(trade: Trade, refund: Refund): { status: string } & Record<string, unknown> {
  const status = { processing: 'PROCESSING', succeeded: 'SUCCESS', abnormal: 'ABNORMAL' }[refund.state]
  return {
    refund_id: refund.refundId, out_refund_no: refund.outRefundNo, transaction_id: trade.transactionId, out_trade_no: trade.outTradeNo, channel: 'ORIGINAL',
    user_received_account: '支付用户零钱',
    create_time: wechatTime(beijing(refund.createdAtMs)), ...(refund.succeededAtMs === null ? {} : { success_time: wechatTime(beijing(refund.succeededAtMs)) }), status,
    funds_account: 'UNAVAILABLE',
    amount: {
      total: trade.totalFen, refund: refund.refundFen, payer_total: trade.totalFen, payer_refund: refund.refundFen, settlement_total: trade.totalFen,
      settlement_refund: refund.refundFen,
      discount_refund: 0, currency: 'CNY',
    },
  }
}
