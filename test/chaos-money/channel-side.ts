import { fastify } from 'fastify'
import { alipayRoutes } from '../../firmware-sim/channel/alipay-routes.js'
import { billEntries } from '../../firmware-sim/channel/bill-day.js'
import type { FaultPlan } from '../../firmware-sim/channel/channel-faults.js'
import { type Letter, alipayLetter, wechatLetter, wechatRefund, wechatTransaction } from '../../firmware-sim/channel/notify-letters.js'
import type { NotifySender } from '../../firmware-sim/channel/notify-sender.js'
import type { SandboxKeys } from '../../firmware-sim/channel/sandbox-keys.js'
import { type SandboxTrades, createSandboxTrades } from '../../firmware-sim/channel/sandbox-trades.js'
import { type SandboxChannel, type Trade, createTradeStore } from '../../firmware-sim/channel/trade-store.js'
import { wechatRoutes } from '../../firmware-sim/channel/wechat-routes.js'
import type { Clock } from '../../gateway/kernel/clock.js'
import { ok } from '../../gateway/kernel/result.js'
import type { ChannelHttp } from '../../server/payment/channel/channel-http.js'

export const ORIGIN = 'http://channel.example'

/** A notify that the channel posts until it is taken. */
export interface Mail {
  readonly channel: SandboxChannel
  readonly outTradeNo: string
  /** Never arrives. */
  readonly lost: boolean
  taken: boolean
  /** As it is posted at the next attempt, freshly signed. */
  next(): Letter
}

export interface ChannelSide {
  readonly http: ChannelHttp
  readonly trades: SandboxTrades
  readonly mails: readonly Mail[]
  /** Numbers of ours in the bills of a day, both channels'. */
  billed(date: string): string[]
  close(): Promise<void>
}

type Post = (trade: Trade, letterAt: (attempt: number) => Letter) => void

/** Notifies as the sandbox writes and signs them, put into a box instead of the post: the world decides when one arrives. */
function notifySender(deps: { keys: SandboxKeys; faults: FaultPlan; clock: Clock }, post: Post): NotifySender {
  const { keys, faults } = deps
  let events = 0
  const nextId = (): string => `EV-${String((events += 1)).padStart(8, '0')}`
  return {
    paid(trade) {
      const id = nextId()
      if (trade.channel === 'alipay') return post(trade, (attempt) => alipayLetter(deps, trade, attempt, id, {}))
      const resource = wechatTransaction(keys, trade, faults.happens('notify-amount', trade.outTradeNo) ? 1 : 0)
      post(trade, (attempt) => wechatLetter(deps, trade, attempt, { id, type: 'TRANSACTION.SUCCESS', summary: '支付成功', original: 'transaction', resource }))
    },
    refunded(trade, refund) {
      const id = nextId()
      if (trade.channel === 'alipay') {
        const refundedFen = trade.refunds.reduce((sum, one) => sum + one.refundFen, 0)
        const more = { refund_fee: (refundedFen / 100).toFixed(2), gmt_refund: '2026-01-05 08:00:00.000', out_biz_no: refund.outRefundNo }
        return post(trade, (attempt) => alipayLetter(deps, trade, attempt, id, more))
      }
      const status = refund.state === 'abnormal' ? 'ABNORMAL' : 'SUCCESS'
      const { status: _, ...said } = wechatRefund(trade, refund)
      const resource = { mchid: keys.wechat.mchid, ...said, refund_status: status }
      post(trade, (attempt) => wechatLetter(deps, trade, attempt, { id, type: `REFUND.${status}`, summary: '退款', original: 'refund', resource }))
    },
    stop: () => Promise.resolve(),
  }
}

/** Both channels of the sandbox without a socket: its routes, orders, faults and letters, on the world's clock. */
export async function createChannelSide(deps: { keys: SandboxKeys; faults: FaultPlan; clock: Clock; seed: number }): Promise<ChannelSide> {
  const { keys, faults, clock, seed } = deps
  const store = createTradeStore({ clock, seed })
  const mails: Mail[] = []
  const notifies = notifySender(deps, (trade, letterAt) => {
    let attempt = -1
    const { channel, outTradeNo } = trade
    mails.push({ channel, outTradeNo, lost: faults.happens('notify-lost', outTradeNo), taken: false, next: () => letterAt((attempt += 1)) })
  })
  const trades = createSandboxTrades({ store, faults, notifies, clock, scale: 1 })
  const app = fastify()
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  const payPage = (trade: Trade): string => `${ORIGIN}/pay/${trade.payToken}`
  const bill = (): undefined => undefined
  void app.register(async (scope) => wechatRoutes(scope, { keys, trades, clock, payPage, bill }))
  void app.register(async (scope) => alipayRoutes(scope, { keys, trades, clock, payPage, bill }))
  await app.ready()
  return {
    trades, mails,
    billed: (date) => [...new Set((['wechat', 'alipay'] as const).flatMap((channel) => billEntries(store, faults, channel, date)).map((entry) => entry.trade.outTradeNo))],
    async http({ method, url, headers, body }) {
      const answer = await app.inject({ method, url: url.slice(ORIGIN.length), headers, ...(body === undefined ? {} : { payload: body }) })
      const said = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)])
      return ok({ status: answer.statusCode, headers: new Headers(said), body: answer.rawPayload })
    },
    close: () => app.close(),
  }
}
