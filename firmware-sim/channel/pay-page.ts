import type { FastifyInstance } from 'fastify'
import { yuan } from './alipay-wire.js'
import { CHANNEL_FAULT_NAMES, type ChannelFault, type FaultPlan } from './channel-faults.js'
import type { SandboxTrades } from './sandbox-trades.js'
import type { Trade, TradeStore } from './trade-store.js'

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const NAMES = { wechat: '微信支付', alipay: '支付宝' } as const
const STATES = { waiting: '等待支付', paying: '支付中', paid: '支付成功', closed: '订单已关闭' } as const

/** The page on which a person pays; the real channels show theirs in their own apps. */
function pageOf(trade: Trade): string {
  const back = trade.returnUrl === '' ? '' : `<p><a href="${escape(trade.returnUrl)}">返回商户</a></p>`
  const form = trade.state === 'waiting' || trade.state === 'paying' ? '<form method="post"><button type="submit">确认支付</button></form>' : ''
  return `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${NAMES[trade.channel]}（沙箱）</title>
<style>body{font:18px/1.6 sans-serif;max-width:24rem;margin:2rem auto;padding:0 1rem;text-align:center}strong{font-size:2.2rem;display:block}
button{font-size:1.2rem;padding:.8rem 2rem;border:0;border-radius:.4rem;background:${trade.channel === 'wechat' ? '#07863d' : '#1060c9'};color:#fff}</style></head>
<body><main><h1>${NAMES[trade.channel]}（沙箱，不是真钱）</h1><p>${escape(trade.description)}</p>
<strong>¥${yuan(trade.totalFen)}</strong><p data-test="state">${STATES[trade.state]}</p>
${form}${back}</main></body></html>`
}

/** Pages for people, and an interface for tests and the demo. */
export function payRoutes(app: FastifyInstance, deps: { store: TradeStore; trades: SandboxTrades; faults: FaultPlan }): void {
  const { store, trades, faults } = deps
  const html = 'text/html; charset=utf-8'
  const tradeOf = (params: unknown): Trade | undefined => store.byToken((params as { token: string }).token)

  app.get('/pay/:token', (request, reply) => {
    const trade = tradeOf(request.params)
    return trade === undefined ? reply.code(404).type('text/plain; charset=utf-8').send('没有这个订单') : reply.type(html).send(pageOf(trade))
  })
  app.post('/pay/:token', (request, reply) => {
    const trade = tradeOf(request.params)
    if (trade === undefined) return reply.code(404).type('text/plain; charset=utf-8').send('没有这个订单')
    trades.pay(trade)
    return trade.returnUrl === '' ? reply.redirect(`/pay/${trade.payToken}`, 303) : reply.redirect(trade.returnUrl, 303)
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
