import { type FastifyInstance, fastify } from 'fastify'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { alipayAccountBill, alipayTradeBill } from './alipay-bills.js'
import { alipayRoutes } from './alipay-routes.js'
import { bankRoutes } from './bank-statement.js'
import { billEntries, netFen } from './bill-day.js'
import type { FaultPlan } from './channel-faults.js'
import { fundEntries } from './fund-day.js'
import { createNotifySender } from './notify-sender.js'
import { receiptRoutes } from '../receipt/receipt-platform.js'
import { payRoutes } from './pay-page.js'
import type { SandboxKeys } from './sandbox-keys.js'
import { type SandboxTrades, createSandboxTrades } from './sandbox-trades.js'
import { type Trade, beijingDay, createTradeStore } from './trade-store.js'
import { type FundExtras, wechatFundBill, wechatTradeBill } from './wechat-bills.js'
import { wechatRoutes } from './wechat-routes.js'

const BODY_BYTES_MAX = 65_536
/** What stands on the merchant's balances when a day begins. */
const OPENING_FEN = 520_000

export interface Sandbox {
  /** Listens on loopback. @param port 0 for any free one */
  start(port: number): Promise<{ readonly port: number }>
  stop(): Promise<void>
  /** What payers and the channels themselves know of every order. */
  readonly trades: SandboxTrades
}

export interface SandboxDeps {
  readonly keys: SandboxKeys
  readonly faults: FaultPlan
  readonly clock: Clock
  readonly log: Logger
  readonly seed: number
  /** Divides the waits of the notify schedule, of refunds and of payers. */
  readonly scale: number
}

/** WeChat Pay and Alipay as far as a merchant of its own sees them, and beside them a platform for electronic receipts, in one process. */
export function createSandbox(deps: SandboxDeps): Sandbox {
  const { keys, faults, clock, log, seed, scale } = deps
  const store = createTradeStore({ clock, seed })
  const notifies = createNotifySender({ keys, faults, clock, log, scale })
  const trades = createSandboxTrades({ store, faults, notifies, clock, scale })
  const app: FastifyInstance = fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true })
  let origin = ''
  const payPage = (trade: Trade): string => `${origin}/pay/${trade.payToken}`
  /** A day's bill exists once something was paid on it; of a day without any there is none. */
  const entriesOf = (channel: Trade['channel'], date: string) => {
    const entries = billEntries(store, faults, channel, date)
    return entries.length === 0 || date > beijingDay(clock.wallMs()) ? undefined : entries
  }
  const extrasOf = (channel: Trade['channel'], date: string): FundExtras => {
    const before = beijingDay(Date.parse(`${date}T00:00:00+08:00`) - 1)
    return { chargeback: faults.happens('bill-chargeback', date), withdrawnFen: Math.max(0, netFen(billEntries(store, faults, channel, before))) }
  }

  // Signatures are over the bytes that came.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.register(async (wechat) => wechatRoutes(wechat, {
    keys, trades, clock, payPage,
    bill(kind, date) {
      const entries = entriesOf('wechat', date)
      if (entries === undefined) return undefined
      const mark = !faults.happens('bill-no-mark', date)
      return kind === 'fund' ? wechatFundBill(fundEntries(store, faults, 'wechat', date), keys.wechat, OPENING_FEN, mark, extrasOf('wechat', date))
        : wechatTradeBill(entries, keys.wechat, { legacy: faults.happens('bill-legacy', date), mark, cut: faults.happens('bill-cut', date) })
    },
  }))
  app.register(async (alipay) => alipayRoutes(alipay, {
    keys, trades, clock, payPage,
    bill(kind, date) {
      const entries = entriesOf('alipay', date)
      if (entries === undefined) return undefined
      const { sellerId } = keys.alipay
      const wrong = faults.happens('bill-zip-slip', date) ? 'slip' : faults.happens('bill-zip-bomb', date) ? 'bomb' : null
      return kind === 'trade' ? alipayTradeBill(entries, sellerId, date, faults.happens('bill-cut', date), wrong)
        : alipayAccountBill(fundEntries(store, faults, 'alipay', date), sellerId, date, OPENING_FEN, extrasOf('alipay', date))
    },
  }))
  app.register(async (receipts) => receiptRoutes(receipts, { account: keys.receipts, clock, faults }), { prefix: '/standard-web' })
  app.register(async (pages) => payRoutes(pages, { store, trades, faults }))
  app.register(async (bank) => bankRoutes(bank, { store, faults, merchants: { wechat: keys.wechat.mchid, alipay: keys.alipay.sellerId } }))

  return {
    trades,
    async start(port) {
      origin = await app.listen({ host: '127.0.0.1', port })
      return { port: Number(new URL(origin).port) }
    },
    async stop() {
      await notifies.stop()
      await app.close()
    },
  }
}
