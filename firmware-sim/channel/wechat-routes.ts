import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '#kernel/clock.js'
import { wechatRefund, wechatTransaction } from './notify-letters.js'
import type { SandboxKeys } from './sandbox-keys.js'
import type { NewTrade, SandboxTrades } from './sandbox-trades.js'
import type { Trade } from './trade-store.js'
import { requestFault, seal, signedHeaders, wechatTime } from './wechat-wire.js'

export interface WechatRoutesDeps {
  readonly keys: SandboxKeys
  readonly trades: SandboxTrades
  readonly clock: Clock
  /** Text of a bill, or undefined where there is none of that day. */
  readonly bill: (kind: 'trade' | 'fund', date: string) => Buffer | undefined
  /** Where the payer's page is. */
  readonly payPage: (trade: Trade) => string
}

interface OrderBody {
  readonly mchid: string; readonly appid: string; readonly out_trade_no: string; readonly description: string; readonly notify_url: string;
  readonly time_expire?: string; readonly attach?: string
  readonly amount: { readonly total: number; readonly currency?: string }
  readonly payer?: { readonly openid?: string }
}
interface RefundBody {
  readonly out_trade_no?: string; readonly transaction_id?: string; readonly out_refund_no: string; readonly reason?: string; readonly amount: { readonly refund: number;
    readonly total: number; readonly currency: string }
}

const REFUSALS: Record<string, readonly [status: number, code: string, message: string]> = {
  'other-content': [403, 'OUT_TRADE_NO_USED', '商户订单号重复'], 'paid': [400, 'ORDERPAID', '该订单已支付'], 'closed': [400, 'ORDER_CLOSED', '该订单已关闭'],
  'not-paid': [403, 'TRADE_ERROR', '订单未支付'], 'too-much': [400, 'INVALID_REQUEST', '退款金额大于可退金额'], 'no-money': [403, 'NOT_ENOUGH', '基本账户余额不足'],
  'too-soon': [403, 'RULE_LIMIT', '业务规则限制'],
}
const SEVEN_DAYS_MS = 7 * 86_400_000

/** The part of WeChat Pay API v3 that a merchant of its own uses. */
export function wechatRoutes(app: FastifyInstance, deps: WechatRoutesDeps): void {
  const { keys, trades, clock } = deps
  const answer = (reply: FastifyReply, status: number, value?: object): FastifyReply => {
    const body = value === undefined ? '' : JSON.stringify(value)
    // By the public key where the request names it, else by the platform certificate.
    const serial = reply.request.headers['wechatpay-serial'] === undefined ? keys.wechat.certificateSerial : keys.wechat.publicKeyId
    return reply.code(status).headers(signedHeaders(keys.wechat, body, clock.wallMs(), serial)).type('application/json; charset=utf-8').send(body)
  }
  const fail = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply => answer(reply, status, { code, message })
  const refuse = (reply: FastifyReply, reason: string): FastifyReply => fail(reply, ...(REFUSALS[reason] ?? [500, 'SYSTEM_ERROR', '系统错误']))
  const textOf = (request: FastifyRequest): string => (request.body as Buffer | undefined)?.toString('utf8') ?? ''

  app.addHook('preHandler', async (request, reply) => {
    const fault = requestFault(keys.wechat, { method: request.method, url: request.url, body: textOf(request), authorization: request.headers.authorization }, clock.wallMs())
    if (fault !== undefined) return reply.code(401).type('application/json; charset=utf-8').send(JSON.stringify({ code: 'SIGN_ERROR', message: fault }))
    return undefined
  })

  app.post('/v3/pay/transactions/:scene', (request, reply) => {
    const { scene } = request.params as { scene: 'native' | 'jsapi' | 'h5' }
    if (!['native', 'jsapi', 'h5'].includes(scene)) return fail(reply, 404, 'RESOURCE_NOT_EXISTS', 'no such scene')
    const body = JSON.parse(textOf(request)) as OrderBody
    const wrong = orderFault(keys, body, scene)
    if (wrong !== undefined) return fail(reply, 400, 'PARAM_ERROR', wrong)
    if (trades.firstTime('busy', body.out_trade_no)) return fail(reply, 429, 'FREQUENCY_LIMITED', '频率超限')
    const order: NewTrade = {
      channel: 'wechat', scene, outTradeNo: body.out_trade_no, description: body.description, totalFen: body.amount.total, notifyUrl: body.notify_url, returnUrl: '',
      attach: body.attach ?? '',
      expiresAtMs: body.time_expire === undefined ? clock.wallMs() + SEVEN_DAYS_MS : Date.parse(body.time_expire),
    }
    const trade = trades.open(order)
    if ('refused' in trade) return refuse(reply, trade.refused)
    if (trades.firstTime('lost-answer', trade.outTradeNo)) return fail(reply, 500, 'SYSTEM_ERROR', '系统错误')
    if (scene === 'native') return answer(reply, 200, { code_url: `weixin://wxpay/bizpayurl/up?pr=${trade.payToken}&groupid=00` })
    if (scene === 'jsapi') return answer(reply, 200, { prepay_id: `wx${trade.payToken}` })
    return answer(reply, 200, { h5_url: `${deps.payPage(trade)}?prepay_id=wx${trade.payToken}&package=${trade.payToken}` })
  })

  const known = (request: FastifyRequest): Trade | undefined => trades.find('wechat', (request.params as { no: string }).no)
  app.get('/v3/pay/transactions/out-trade-no/:no', (request, reply) => {
    const trade = known(request)
    return trade === undefined ? fail(reply, 404, 'ORDER_NOT_EXIST', '订单不存在') : answer(reply, 200, wechatTransaction(keys, trade))
  })
  app.post('/v3/pay/transactions/out-trade-no/:no/close', (request, reply) => {
    const trade = known(request)
    if (trade === undefined) return fail(reply, 404, 'ORDER_NOT_EXIST', '订单不存在')
    return trades.close(trade) === 'paid' ? refuse(reply, 'paid') : answer(reply, 204)
  })

  app.post('/v3/refund/domestic/refunds', (request, reply) => {
    const body = JSON.parse(textOf(request)) as RefundBody
    const trade = trades.find('wechat', body.out_trade_no ?? '')
    if (trade === undefined) return fail(reply, 404, 'RESOURCE_NOT_EXISTS', '订单不存在')
    if (body.amount.total !== trade.totalFen) return fail(reply, 400, 'PARAM_ERROR', '订单金额不一致')
    const made = trades.refund(trade, { outRefundNo: body.out_refund_no, refundFen: body.amount.refund, reason: body.reason ?? '' })
    if ('refused' in made) return refuse(reply, made.refused)
    if (trades.firstTime('lost-answer', body.out_refund_no)) return fail(reply, 500, 'SYSTEM_ERROR', '系统错误')
    return answer(reply, 200, wechatRefund(trade, made.refund))
  })
  app.get('/v3/refund/domestic/refunds/:no', (request, reply) => {
    const { no } = request.params as { no: string }
    const trade = deps.trades.all().find((one) => one.channel === 'wechat' && one.refunds.some((refund) => refund.outRefundNo === no))
    const refund = trade?.refunds.find((one) => one.outRefundNo === no)
    return trade === undefined || refund === undefined ? fail(reply, 404, 'RESOURCE_NOT_EXISTS', '退款单不存在') : answer(reply, 200, wechatRefund(trade, refund))
  })

  certificateRoute(app, deps, answer)
  billRoutes(app, deps, answer, fail)
}

type Answer = (reply: FastifyReply, status: number, value?: object) => FastifyReply
type Fail = (reply: FastifyReply, status: number, code: string, message: string) => FastifyReply

function certificateRoute(app: FastifyInstance, { keys }: WechatRoutesDeps, answer: Answer): void {
  app.get('/v3/certificates', (_request, reply) => answer(reply, 200, { data: [{
    serial_no: keys.wechat.certificateSerial, effective_time: wechatTime('2026-01-01 00:00:00'), expire_time: wechatTime('2031-01-01 00:00:00'),
    encrypt_certificate: seal(keys.wechat, keys.wechat.certificatePem, 'certificate'),
  }] }))
}

function billRoutes(app: FastifyInstance, deps: WechatRoutesDeps, answer: Answer, fail: Fail): void {
  const asked = new Map<string, number>()
  for (const [path, kind] of [['tradebill', 'trade'], ['fundflowbill', 'fund']] as const) {
    app.get(`/v3/bill/${path}`, (request, reply) => {
      const { bill_date: date = '', tar_type: tar } = request.query as { bill_date?: string; tar_type?: string }
      const times = asked.get(`${kind} ${date}`) ?? 0
      if (times < 2 && deps.trades.happens('bill-late', date)) {
        asked.set(`${kind} ${date}`, times + 1)
        return fail(reply, 400, 'STATEMENT_CREATING', '账单生成中')
      }
      const bill = deps.bill(kind, date)
      if (bill === undefined) return fail(reply, 400, 'NO_STATEMENT_EXIST', '账单文件不存在')
      const hashed = deps.trades.happens('bill-hash', date) ? Buffer.concat([bill, Buffer.from(' ')]) : bill
      const url = `${request.protocol}://${request.host}/v3/billdownload/file?token=${kind}-${date}${tar === 'GZIP' ? '-gz' : ''}`
      return answer(reply, 200, { download_url: url, hash_type: 'SHA1', hash_value: createHash('sha1').update(hashed).digest('hex') })
    })
  }
  app.get('/v3/billdownload/file', (request, reply) => {
    const [kind, year, month, day, gz] = ((request.query as { token?: string }).token ?? '').split('-')
    const bill = kind === 'trade' || kind === 'fund' ? deps.bill(kind, `${year}-${month}-${day}`) : undefined
    if (bill === undefined) return fail(reply, 404, 'RESOURCE_NOT_EXISTS', '账单文件不存在')
    // As the real one: no signature on a download.
    return reply.code(200).type('application/octet-stream').send(gz === 'gz' ? gzipSync(bill) : bill)
  })
}

function orderFault(keys: SandboxKeys, body: OrderBody, scene: string): string | undefined {
  if (body.mchid !== keys.wechat.mchid) return 'mchid'
  if (body.appid !== keys.wechat.appid) return 'appid'
  if (!/^[0-9A-Za-z_\-|*]{6,32}$/.test(body.out_trade_no)) return 'out_trade_no'
  if (typeof body.description !== 'string' || body.description === '' || body.description.length > 127) return 'description'
  if (!Number.isInteger(body.amount.total) || body.amount.total < 1) return 'amount.total'
  if (!/^https?:\/\/[^?#]+$/.test(body.notify_url)) return 'notify_url'
  if (scene === 'jsapi' && (body.payer?.openid ?? '') === '') return 'payer.openid'
  if (body.time_expire !== undefined && Number.isNaN(Date.parse(body.time_expire))) return 'time_expire'
  return undefined
}
