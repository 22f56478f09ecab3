import type { KeyObject } from 'node:crypto'
import { schemaError } from '#contract/codec.js'
import { type Result, err, ok } from '#kernel/result.js'
import { parseYuan } from '../../money/fen.js'
import { NotifyForm } from './alipay-schemas.js'
import { verifyNotify } from './alipay-signature.js'
import type { Notify, NotifyRefusal, NotifyRequest } from './channel-port.js'
import { parseChinaTime } from './china-time.js'

/** Repeats of a notify come for about 25 hours after it; its own time does not change. */
const AGE_MS_MAX = 26 * 3_600_000
const AHEAD_MS_MAX = 300_000

export interface AlipayNotifyReading {
  readonly appId: string
  readonly sellerId: string
  readonly alipayKey: KeyObject
  readonly nowMs: number
}

/**
 * Reads the form that Alipay posts: decoded once, signature, then the four checks it asks for that need no order (app, seller,
 * state; number and amount are the order's to check).
 */
export function readAlipayNotify({ body }: NotifyRequest, { appId, sellerId, alipayKey, nowMs }: AlipayNotifyReading): Result<Notify, NotifyRefusal> {
  const form = Object.fromEntries(new URLSearchParams(body.toString('utf8')))
  if (form['sign'] === undefined) return err('no-signature')
  if (!verifyNotify(form, alipayKey)) return err('bad-signature')
  if (schemaError(NotifyForm, form) !== undefined) return err('malformed')
  const notice = form as NotifyForm
  if (notice.app_id !== appId || notice.seller_id !== sellerId) return err('not-ours')
  const sentMs = parseChinaTime(notice.notify_time) ?? Number.NaN
  if (!(sentMs <= nowMs + AHEAD_MS_MAX && sentMs >= nowMs - AGE_MS_MAX)) return err('too-old')
  const { notify_id: eventId, out_trade_no: outTradeNo, trade_status: status } = notice
  // A refund sends the trade's own state once more: it is no second payment. TRADE_FINISHED says only: no longer refundable.
  if (notice.refund_fee !== undefined || notice.gmt_refund !== undefined) return ok({ eventId, outTradeNo, kind: 'other', what: `refund ${notice.out_biz_no ?? ''}`.trim() })
  const paidAtMs = parseChinaTime(notice.gmt_payment ?? '')
  const paidFen = parseYuan(notice.total_amount)
  if (status !== 'TRADE_SUCCESS') return ok({ eventId, outTradeNo, kind: 'other', what: status })
  if (paidAtMs === undefined || paidFen === undefined) return err('malformed')
  return ok({ eventId, outTradeNo, kind: 'paid', transactionId: notice.trade_no, paidFen, paidAtMs })
}
