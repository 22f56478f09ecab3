import type { FastifyInstance } from 'fastify'
import { yuan } from './alipay-wire.js'
import { CHANNEL_FAULT_NAMES, type ChannelFault, type FaultPlan } from './channel-faults.js'
import type { SandboxTrades } from './sandbox-trades.js'
import type { Trade, TradeStore } from './trade-store.js'

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const NAMES = { wechat: '微信支付', alipay: '支付宝' } as const
const STATES = { waiting: '等待支付', paying: '支付中', paid: '支付成功', closed: '订单已关闭' } as const
const OPEN = ['waiting', 'paying']

const page = (title: string, color: string, body: string): string => `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}（沙箱）</title>
<style>body{font:18px/1.6 sans-serif;max-width:24rem;margin:2rem auto;padding:0 1rem;text-align:center}strong{font-size:2.2rem;display:block}h1{font-size:1.3rem}
button{font-size:1.2rem;width:100%;padding:.8rem 2rem;border:0;border-radius:.4rem;background:${color};color:#fff}a{display:inline-block;padding:.6rem}
li{list-style:none;padding:.8rem 0;border-top:1px solid #ccc}ul{padding:0}</style></head>
<body><main><h1>${title}（沙箱，不是真钱）</h1>${body}</main></body></html>`

/** Where the payer goes afterwards: Alipay is told with the order, WeChat Pay in the address of its page. */
function returnUrlOf(trade: Trade, query: unknown): string {
  const { redirect_url: given = '' } = query as { redirect_url?: string }
  const url = trade.channel === 'alipay' ? trade.returnUrl : given
  return /^https?:\/\//.test(url) ? url : ''
}

/** The page on which a person pays; the real channels show theirs in their own apps. */
function pageOf(trade: Trade, returnUrl: string): string {
  const back = returnUrl === '' ? '' : `<p><a href="${escape(returnUrl)}" data-test="back">返回商户</a></p>`
  const form = OPEN.includes(trade.state) ? '<form method="post"><button type="submit" data-test="pay">确认支付</button></form>' : ''
  return page(NAMES[trade.channel], trade.channel === 'wechat' ? '#07863d' : '#1060c9',
    `<p>${escape(trade.description)}</p><strong>¥${yuan(trade.totalFen)}</strong><p data-test="state">${STATES[trade.state]}</p>${form}${back}`)
}

/** What scanning a code is on a machine without these apps: a list of what waits to be paid. */
function cashierOf(trades: readonly Trade[]): string {
  const waiting = trades.filter((trade) => OPEN.includes(trade.state)).reverse().map(({ payToken, channel, description, totalFen, outTradeNo }) =>
    `<li><a href="/pay/${payToken}">${NAMES[channel]} · ${escape(description)} · ¥${yuan(totalFen)}</a><br><small>${outTradeNo}</small></li>`)
  return page('收银台', '#1f5fbf', waiting.length === 0 ? '<p>没有等待支付的订单。下单后刷新本页。</p>' : `<p>点一笔，就像用手机扫了它的二维码。</p><ul>${waiting.join('')}</ul>`)
}

/** Pages for people, and an interface for tests and the demo. */
export function payRoutes(app: FastifyInstance, deps: { store: TradeStore; trades: SandboxTrades; faults: FaultPlan }): void {
  const { store, trades, faults } = deps
  const html = 'text/html; charset=utf-8'
  const tradeOf = (params: unknown): Trade | undefined => store.byToken((params as { token: string }).token)

  app.get('/', (_request, reply) => reply.type(html).send(cashierOf(store.all())))
  app.get('/pay/:token', (request, reply) => {
    const trade = tradeOf(request.params)
    const missing = (): unknown => reply.code(404).type('text/plain; charset=utf-8').send('没有这个订单')
    return trade === undefined ? missing() : reply.type(html).send(pageOf(trade, returnUrlOf(trade, request.query)))
  })
  app.post('/pay/:token', (request, reply) => {
    const trade = tradeOf(request.params)
    if (trade === undefined) return reply.code(404).type('text/plain; charset=utf-8').send('没有这个订单')
    trades.pay(trade)
    const returnUrl = returnUrlOf(trade, request.query)
    return reply.redirect(returnUrl === '' ? `/pay/${trade.payToken}` : returnUrl, 303)
  })

  app.get('/sandbox/trades', () => store.all().map(({ channel, outTradeNo, totalFen, state, payToken, refunds }) => ({ channel, outTradeNo, totalFen, state,
    payPath: `/pay/${payToken}`, refunds: refunds.length })))
  app.post('/sandbox/trades/:channel/:no/pay', (request, reply) => {
    const { channel, no } = request.params as { channel: Trade['channel']; no: string }
    const trade = store.find(channel, no)
    return trade === undefined ? reply.code(404).send({ error: 'no such trade' }) : { outcome: trades.pay(trade) }
  })
  /** Body: `{"faults":["notify-lost"]}`. */
  app.put('/sandbox/faults/:about', (request, reply) => {
    const wanted = (JSON.parse((request.body as Buffer).toString('utf8')) as { faults?: unknown }).faults
    const known = Array.isArray(wanted) ? wanted.filter((fault): fault is ChannelFault => CHANNEL_FAULT_NAMES.includes(fault as ChannelFault)) : []
    if (!Array.isArray(wanted) || known.length !== wanted.length) return reply.code(400).send({ error: `faults: any of ${CHANNEL_FAULT_NAMES.join(', ')}` })
    faults.plan((request.params as { about: string }).about, known)
    return { faults: known }
  })
}
