import type { KeyObject } from 'node:crypto'
import { parseJson } from '#contract/codec.js'
import { type Result, err, ok } from '#kernel/result.js'
import type { Notify, NotifyRefusal, NotifyRequest } from './channel-port.js'
import { Envelope, RefundNotice, Transaction } from './wechat-schemas.js'
import { signatureFault, unseal } from './wechat-signature.js'
import { orderStateOf, refundStateOf } from './wechat-states.js'

export interface NotifyReading {
  readonly merchantId: string
  readonly appId: string
  readonly apiV3Key: Buffer
  readonly keyOf: (serial: string) => KeyObject | undefined
  readonly nowMs: number
}

const header = ({ headers }: NotifyRequest, name: string): string | null => {
  const value = headers[name]
  return typeof value === 'string' ? value : null
}

/** Signature, age, decryption, content: in this order, so that a stranger learns nothing. */
export function readWechatNotify(request: NotifyRequest, reading: NotifyReading): Result<Notify, NotifyRefusal> {
  const fault = signatureFault({
    serial: header(request, 'wechatpay-serial'), timestamp: header(request, 'wechatpay-timestamp'), nonce: header(request, 'wechatpay-nonce'),
    signature: header(request, 'wechatpay-signature'), body: request.body,
  }, reading.keyOf, reading.nowMs)
  if (fault !== undefined) return err(fault)
  const envelope = parseJson<Envelope>(Envelope, request.body.toString('utf8'))
  if (!envelope.ok) return err('malformed')
  const { id, event_type: eventType, resource } = envelope.value
  const text = unseal(resource, reading.apiV3Key)
  if (text === undefined) return err('not-decrypted')
  return eventType.startsWith('REFUND.') ? refundNotify(id, text, reading) : paymentNotify(id, eventType, text, reading)
}

function paymentNotify(eventId: string, eventType: string, text: string, { merchantId, appId }: NotifyReading): Result<Notify, NotifyRefusal> {
  const transaction = parseJson<Transaction>(Transaction, text)
  if (!transaction.ok) return err('malformed')
  const { mchid, appid, out_trade_no: outTradeNo } = transaction.value
  if (mchid !== merchantId || appid !== appId) return err('not-ours')
  const state = orderStateOf(transaction.value)
  if (state === undefined) return err('malformed')
  if (eventType !== 'TRANSACTION.SUCCESS' || state.state !== 'paid') return ok({ eventId, outTradeNo, kind: 'other', what: `${eventType} ${state.state}` })
  const { transactionId, paidFen, paidAtMs } = state
  return ok({ eventId, outTradeNo, kind: 'paid', transactionId, paidFen, paidAtMs })
}

function refundNotify(eventId: string, text: string, { merchantId }: NotifyReading): Result<Notify, NotifyRefusal> {
  const notice = parseJson<RefundNotice>(RefundNotice, text)
  if (!notice.ok) return err('malformed')
  const { mchid, out_trade_no: outTradeNo, out_refund_no: outRefundNo, refund_status: status } = notice.value
  if (mchid !== merchantId) return err('not-ours')
  return ok({ eventId, outTradeNo, kind: 'refund', outRefundNo, refund: refundStateOf({ ...notice.value, status }) })
}
