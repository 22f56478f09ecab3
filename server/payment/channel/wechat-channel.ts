import type { KeyObject } from 'node:crypto'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { err, ok } from '#kernel/result.js'
import { chinaTime } from './china-time.js'
import { type BillKind, type ChannelAnswer, type NewOrder, type NewRefund, type OrderState, type PayChannel, type PayStep, strangeAnswer } from './channel-port.js'
import { readWechatNotify } from './wechat-notify.js'
import { BillLink, CodeUrl, H5Url, PrepayId, Refund, Transaction } from './wechat-schemas.js'
import { bridgeParameters } from './wechat-signature.js'
import { orderStateOf, refundStateOf } from './wechat-states.js'
import type { WechatTransport } from './wechat-transport.js'

/** A day of 20 000 payments is 6 MB; compressed a fifth of it. */
const BILL_BYTES_MAX = 268_435_456
const BILL_ZIP_BYTES_MAX = 67_108_864
export interface WechatChannelDeps {
  readonly merchant: { readonly merchantId: string; readonly appId: string; readonly privateKey: KeyObject; readonly apiV3Key: Buffer }
  readonly notifyUrl: string
  readonly transport: WechatTransport
  readonly keyOf: (serial: string) => KeyObject | undefined
  readonly clock: Clock
  readonly random: RandomSource
}

const PATHS = { 'qr': 'native', 'in-app': 'jsapi', 'phone': 'h5', 'computer': 'native' } as const
const ORDERS = '/v3/pay/transactions/out-trade-no'

const bodyOf = ({ merchant: { appId, merchantId }, notifyUrl }: WechatChannelDeps, order: NewOrder) => ({
  appid: appId, mchid: merchantId, description: order.description, out_trade_no: order.outTradeNo, time_expire: `${chinaTime(order.expiresAtMs).replace(' ', 'T')}+08:00`,
  notify_url: notifyUrl, amount: { total: order.totalFen, currency: 'CNY' },
  ...(order.scene === 'in-app' ? { payer: { openid: order.payerId } } : {}),
  ...(order.scene === 'phone' ? { scene_info: { payer_client_ip: order.payerAddress, h5_info: { type: 'Wap' } } } : {}),
})

async function createOrder(deps: WechatChannelDeps, order: NewOrder): ChannelAnswer<PayStep> {
  const { merchant: { appId, privateKey }, transport, clock, random } = deps
  const scene = PATHS[order.scene]
  const call = { method: 'POST', pathAndQuery: `/v3/pay/transactions/${scene}`, body: bodyOf(deps, order), moves: true } as const
  if (scene === 'native') {
    const answer = await transport.call({ ...call, schema: CodeUrl })
    return answer.ok ? ok({ kind: 'qr', text: answer.value.code_url }) : answer
  }
  if (scene === 'h5') {
    const answer = await transport.call({ ...call, schema: H5Url })
    if (!answer.ok) return answer
    const back = order.returnUrl === null ? '' : `&redirect_url=${encodeURIComponent(order.returnUrl)}`
    return ok({ kind: 'redirect', url: `${answer.value.h5_url}${back}` })
  }
  const answer = await transport.call({ ...call, schema: PrepayId })
  if (!answer.ok) return answer
  const nonce = Buffer.from(random.bytes(16)).toString('hex')
  return ok({ kind: 'bridge', parameters: bridgeParameters(appId, answer.value.prepay_id, Math.floor(clock.wallMs() / 1_000), nonce, privateKey) })
}

async function fetchBill({ merchant: { merchantId }, transport }: WechatChannelDeps, date: string, kind: BillKind): ReturnType<PayChannel['fetchBill']> {
  const query = kind === 'trade' ? `tradebill?bill_date=${date}&bill_type=ALL` : `fundflowbill?bill_date=${date}&account_type=BASIC`
  const pathAndQuery = `/v3/bill/${query}&tar_type=GZIP`
  const link = await transport.call({ method: 'GET', pathAndQuery, schema: BillLink, moves: false })
  if (!link.ok) return link
  const path = transport.pathOf(link.value.download_url)
  if (path === undefined) return err({ kind: 'forged', code: 'BILL_HOST', message: 'the bill\'s address is not on the channel\'s host' })
  const zipped = await transport.download(path, BILL_ZIP_BYTES_MAX)
  if (!zipped.ok) return zipped
  const bytes = await promisify(gunzip)(zipped.value, { maxOutputLength: BILL_BYTES_MAX }).catch(() => undefined)
  if (bytes === undefined) return err({ kind: 'retry', code: 'BILL_ZIP', message: 'the bill cannot be unzipped' })
  return ok({ bytes: Readable.from([bytes]), sha1: link.value.hash_value.toLowerCase(), fileName: `${merchantId}_${kind}_${date}.csv` })
}

/** WeChat Pay API v3 for a merchant of its own (直连商户). */
export function createWechatChannel(deps: WechatChannelDeps): PayChannel {
  const { merchant: { merchantId, appId, apiV3Key }, transport, clock } = deps

  const queryOrder = async (outTradeNo: string): ChannelAnswer<OrderState> => {
    const answer = await transport.call({ method: 'GET', pathAndQuery: `${ORDERS}/${outTradeNo}?mchid=${merchantId}`, schema: Transaction, moves: false })
    if (!answer.ok) return answer.error.kind === 'not-here' ? ok({ state: 'not-here' }) : answer
    const state = answer.value.out_trade_no === outTradeNo ? orderStateOf(answer.value) : undefined
    return state === undefined ? err(strangeAnswer(outTradeNo)) : ok(state)
  }

  return {
    channel: 'wechat',
    merchantId,
    createOrder: (order) => createOrder(deps, order),
    queryOrder,
    async closeOrder(outTradeNo) {
      const answer = await transport.call({ method: 'POST', pathAndQuery: `${ORDERS}/${outTradeNo}/close`, body: { mchid: merchantId }, schema: undefined, moves: true })
      if (answer.ok) return ok({ state: 'closed' })
      if (answer.error.code === 'ORDERPAID' || answer.error.code === 'ORDER_PAID') return queryOrder(outTradeNo)
      if (answer.error.code === 'ORDER_CLOSED' || answer.error.code === 'ORDERCLOSED') return ok({ state: 'closed' })
      return answer.error.kind === 'not-here' ? ok({ state: 'not-here' }) : answer
    },
    async refund({ outTradeNo, outRefundNo, refundFen, totalFen, reason }: NewRefund) {
      const body = { out_trade_no: outTradeNo, out_refund_no: outRefundNo, reason, notify_url: deps.notifyUrl, amount: { refund: refundFen, total: totalFen, currency: 'CNY' } }
      const answer = await transport.call({ method: 'POST', pathAndQuery: '/v3/refund/domestic/refunds', body, schema: Refund, moves: true })
      return answer.ok ? ok(refundStateOf(answer.value)) : answer
    },
    async queryRefund(outRefundNo) {
      const answer = await transport.call({ method: 'GET', pathAndQuery: `/v3/refund/domestic/refunds/${outRefundNo}`, schema: Refund, moves: false })
      return answer.ok ? ok(refundStateOf(answer.value)) : answer
    },
    readNotify: (request) => readWechatNotify(request, { merchantId, appId, apiV3Key, keyOf: deps.keyOf, nowMs: clock.wallMs() }),
    notifyAnswers: {
      taken: { status: 204, contentType: 'application/json', body: '' },
      refused: { status: 400, contentType: 'application/json', body: '{"code":"FAIL","message":"失败"}' },
    },
    fetchBill: (date, kind) => fetchBill(deps, date, kind),
  }
}
