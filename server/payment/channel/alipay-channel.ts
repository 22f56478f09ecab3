import type { KeyObject } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Clock } from '#kernel/clock.js'
import { err, ok } from '#kernel/result.js'
import { parseYuan, yuanText } from '../../money/fen.js'
import { readAlipayNotify } from './alipay-notify.js'
import { BillAddress, Closed, Precreated, RefundAnswer, Refunded, Trade } from './alipay-schemas.js'
import type { AlipayTransport } from './alipay-transport.js'
import type { ChannelHttp } from './channel-http.js'
import {
  type BillKind, type ChannelAnswer, type NewOrder, type NewRefund, type OrderState, type PayChannel, type PayStep, type RefundState, strangeAnswer,
} from './channel-port.js'
import { chinaTime, parseChinaTime } from './china-time.js'

const BILL_BYTES_MAX = 67_108_864

export interface AlipayChannelDeps {
  readonly merchant: { readonly appId: string; readonly sellerId: string; readonly alipayKey: KeyObject }
  readonly notifyUrl: string
  /** Hosts that a bill may be fetched from; Alipay's own is `dwbillcenter.alipay.com`, over plain http. */
  readonly billHosts: readonly string[]
  readonly transport: AlipayTransport
  readonly http: ChannelHttp
  readonly clock: Clock
}

function orderStateOf({ trade_status: status, trade_no: transactionId, total_amount: total, send_pay_date: paidAt }: Trade): OrderState | undefined {
  if (status === 'WAIT_BUYER_PAY') return { state: 'not-paid' }
  // A trade that was closed after its payment was refunded in full; its payment stays a payment.
  if (status === 'TRADE_CLOSED' && paidAt === undefined) return { state: 'closed' }
  const [paidFen, paidAtMs] = [parseYuan(total), parseChinaTime(paidAt ?? '')]
  return paidFen === undefined || paidAtMs === undefined ? undefined : { state: 'paid', transactionId, paidFen, paidAtMs }
}

const succeeded = (refundNo: string, refundFen: number, at: string | undefined): RefundState =>
  ({ state: 'succeeded', refundId: refundNo, refundFen, succeededAtMs: at === undefined ? null : (parseChinaTime(at) ?? null) })

async function createOrder({ transport, notifyUrl }: AlipayChannelDeps, order: NewOrder): ChannelAnswer<PayStep> {
  const { outTradeNo, totalFen, description, expiresAtMs, returnUrl } = order
  const content = { out_trade_no: outTradeNo, total_amount: yuanText(totalFen), subject: description, time_expire: chinaTime(expiresAtMs) }
  const extra = { notify_url: notifyUrl, ...(returnUrl === null ? {} : { return_url: returnUrl }) }
  const page = (method: string, more: object): PayStep => ({ kind: 'redirect', url: transport.pageUrl(method, { ...content, ...more }, extra) })
  if (order.scene === 'phone') return ok(page('alipay.trade.wap.pay', { product_code: 'QUICK_WAP_WAY', quit_url: returnUrl ?? '' }))
  if (order.scene === 'computer') return ok(page('alipay.trade.page.pay', { product_code: 'FAST_INSTANT_TRADE_PAY' }))
  if (order.scene === 'in-app') return err({ kind: 'refused', code: 'SCENE', message: 'Alipay has no payment inside WeChat' })
  const answer = await transport.call({ method: 'alipay.trade.precreate', content, extra: { notify_url: notifyUrl }, schema: Precreated, moves: true })
  return answer.ok ? ok({ kind: 'qr', text: answer.value.qr_code }) : answer
}

async function queryOrder({ transport }: AlipayChannelDeps, outTradeNo: string): ChannelAnswer<OrderState> {
  const answer = await transport.call({ method: 'alipay.trade.query', content: { out_trade_no: outTradeNo }, schema: Trade, moves: false })
  // No trade exists before a precreated code is scanned.
  if (!answer.ok) return answer.error.kind === 'not-here' ? ok({ state: 'not-here' }) : answer
  const state = answer.value.out_trade_no === outTradeNo ? orderStateOf(answer.value) : undefined
  return state === undefined ? err(strangeAnswer(outTradeNo)) : ok(state)
}

async function queryRefund({ transport }: AlipayChannelDeps, outRefundNo: string, outTradeNo: string): ChannelAnswer<RefundState> {
  const answer = await transport.call({
    method: 'alipay.trade.fastpay.refund.query', schema: RefundAnswer, moves: false,
    content: { out_trade_no: outTradeNo, out_request_no: outRefundNo, query_options: ['gmt_refund_pay'] },
  })
  if (!answer.ok) return answer
  const { refund_status: status, refund_amount: amount, gmt_refund_pay: at } = answer.value
  const refundFen = parseYuan(amount ?? '')
  if (status === undefined || refundFen === undefined) return err({ kind: 'not-here', code: 'REFUND_NOT_EXIST', message: `no refund ${outRefundNo}` })
  return ok(status === 'REFUND_SUCCESS' ? succeeded(outRefundNo, refundFen, at) : { state: 'processing', refundId: outRefundNo, refundFen, succeededAtMs: null })
}

async function fetchBill(deps: AlipayChannelDeps, date: string, kind: BillKind): ReturnType<PayChannel['fetchBill']> {
  const content = { bill_type: kind === 'trade' ? 'trade' : 'signcustomer', bill_date: date }
  const link = await deps.transport.call({ method: 'alipay.data.dataservice.bill.downloadurl.query', content, schema: BillAddress, moves: false })
  if (!link.ok) return link
  const url = URL.canParse(link.value.bill_download_url) ? new URL(link.value.bill_download_url) : undefined
  if (url === undefined || !deps.billHosts.includes(url.host)) return err({ kind: 'forged', code: 'BILL_HOST', message: 'the bill\'s address is not on a known host' })
  const file = await deps.http({ method: 'GET', url: url.href, headers: {}, bytesMax: BILL_BYTES_MAX })
  if (!file.ok) return err({ kind: 'retry', code: 'NO_ANSWER', message: file.error })
  if (file.value.status !== 200) return err({ kind: 'retry', code: `HTTP_${file.value.status}`, message: 'the bill could not be downloaded' })
  return ok({ bytes: Readable.from([file.value.body]), sha1: null, fileName: `${deps.merchant.sellerId}_${kind}_${date}.csv.zip` })
}

/** Alipay's OpenAPI for a merchant of its own. Amounts are yuan on the wire. */
export function createAlipayChannel(deps: AlipayChannelDeps): PayChannel {
  const { merchant: { appId, sellerId, alipayKey }, transport, clock } = deps

  return {
    channel: 'alipay',
    merchantId: sellerId,
    createOrder: (order) => createOrder(deps, order),
    queryOrder: (outTradeNo) => queryOrder(deps, outTradeNo),
    async closeOrder(outTradeNo) {
      const answer = await transport.call({ method: 'alipay.trade.close', content: { out_trade_no: outTradeNo }, schema: Closed, moves: true })
      if (answer.ok) return ok({ state: 'closed' })
      if (['ACQ.TRADE_STATUS_ERROR', 'ACQ.TRADE_HAS_SUCCESS', 'ACQ.TRADE_HAS_CLOSE'].includes(answer.error.code)) return queryOrder(deps, outTradeNo)
      return answer.error.kind === 'not-here' ? ok({ state: 'not-here' }) : answer
    },
    async refund({ outTradeNo, outRefundNo, refundFen, reason }: NewRefund) {
      const content = { out_trade_no: outTradeNo, out_request_no: outRefundNo, refund_amount: yuanText(refundFen), refund_reason: reason }
      const answer = await transport.call({ method: 'alipay.trade.refund', content, schema: Refunded, moves: true })
      if (!answer.ok) return answer
      // `N`: no money moved by this call. Whether an earlier one did is asked, not guessed.
      return answer.value.fund_change === 'Y' ? ok(succeeded(outRefundNo, refundFen, answer.value.gmt_refund_pay)) : queryRefund(deps, outRefundNo, outTradeNo)
    },
    queryRefund: (outRefundNo, outTradeNo) => queryRefund(deps, outRefundNo, outTradeNo),
    readNotify: (request) => readAlipayNotify(request, { appId, sellerId, alipayKey, nowMs: clock.wallMs() }),
    notifyAnswers: {
      taken: { status: 200, contentType: 'text/plain', body: 'success' },
      refused: { status: 400, contentType: 'text/plain', body: 'fail' },
    },
    fetchBill: (date, kind) => fetchBill(deps, date, kind),
  }
}
