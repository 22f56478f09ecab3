import type { Clock } from '#kernel/clock.js'

export type SandboxChannel = 'wechat' | 'alipay'
/** How the payer pays; `page` covers what the payer's browser opens. */
export type TradeScene = 'native' | 'jsapi' | 'h5' | 'precreate' | 'wap' | 'page'

export interface Trade {
  readonly channel: SandboxChannel
  readonly outTradeNo: string
  readonly scene: TradeScene
  readonly description: string
  readonly totalFen: number
  readonly notifyUrl: string
  readonly returnUrl: string
  readonly attach: string
  readonly expiresAtMs: number
  readonly createdAtMs: number
  /** Part of the code or link that the payer opens. */
  readonly payToken: string
  state: 'waiting' | 'paying' | 'paid' | 'closed'
  transactionId: string | null
  paidAtMs: number | null
  readonly refunds: Refund[]
}

export interface Refund {
  readonly outRefundNo: string
  readonly refundId: string
  readonly refundFen: number
  readonly reason: string
  readonly createdAtMs: number
  state: 'processing' | 'succeeded' | 'abnormal'
  succeededAtMs: number | null
}

const CHINA_OFFSET_MS = 8 * 3_600_000
/** `2026-09-22 08:12:41` in Beijing. */
export const beijing = (atMs: number): string => new Date(atMs + CHINA_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')
export const beijingDay = (atMs: number): string => beijing(atMs).slice(0, 10)
const digits = (day: string): string => day.replaceAll('-', '')

export interface TradeStore {
  find(channel: SandboxChannel, outTradeNo: string): Trade | undefined
  byToken(payToken: string): Trade | undefined
  all(): readonly Trade[]
  add(trade: Omit<Trade, 'createdAtMs' | 'payToken' | 'state' | 'transactionId' | 'paidAtMs' | 'refunds'>): Trade
  pay(trade: Trade): void
  refund(trade: Trade, refund: { outRefundNo: string; refundFen: number; reason: string; state: Refund['state'] }): Refund
  /** Fen that may still be given back. */
  refundable(trade: Trade): number
}

/** Orders, payments and refunds of both channels, in memory: a sandbox forgets with its process. */
export function createTradeStore(deps: { clock: Clock; seed: number }): TradeStore {
  const trades = new Map<string, Trade>()
  const tokens = new Map<string, Trade>()
  let count = 0
  const serial = (width: number): string => String((count += 1) + deps.seed * 100_000).padStart(width, '0').slice(-width)
  const key = (channel: SandboxChannel, outTradeNo: string): string => `${channel} ${outTradeNo}`
  return {
    find: (channel, outTradeNo) => trades.get(key(channel, outTradeNo)),
    byToken: (payToken) => tokens.get(payToken),
    all: () => [...trades.values()],
    add(order) {
      const trade: Trade = { ...order, createdAtMs: deps.clock.wallMs(), payToken: `t${serial(10)}`, state: 'waiting', transactionId: null, paidAtMs: null, refunds: [] }
      trades.set(key(trade.channel, trade.outTradeNo), trade)
      tokens.set(trade.payToken, trade)
      return trade
    },
    pay(trade) {
      const nowMs = deps.clock.wallMs()
      const day = digits(beijingDay(nowMs))
      trade.state = 'paid'
      trade.paidAtMs = nowMs
      trade.transactionId = trade.channel === 'wechat' ? `42000025${day.slice(2, 4)}${day}${serial(10)}` : `${day}22001458860${serial(9)}`
    },
    refund(trade, { outRefundNo, refundFen, reason, state }) {
      const nowMs = deps.clock.wallMs()
      const refund: Refund = {
        outRefundNo, refundFen, reason, state, createdAtMs: nowMs, succeededAtMs: state === 'succeeded' ? nowMs : null,
        refundId: trade.channel === 'wechat' ? `5030080709${digits(beijingDay(nowMs))}${serial(11)}` : outRefundNo,
      }
      trade.refunds.push(refund)
      return refund
    },
    refundable: (trade) => trade.totalFen - trade.refunds.filter((refund) => refund.state !== 'abnormal').reduce((sum, refund) => sum + refund.refundFen, 0),
  }
}
