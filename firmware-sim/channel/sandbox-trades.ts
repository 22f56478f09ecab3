import type { Clock } from '#kernel/clock.js'
import type { ChannelFault, FaultPlan } from './channel-faults.js'
import type { NotifySender } from './notify-sender.js'
import type { Refund, SandboxChannel, Trade, TradeStore } from './trade-store.js'

export type NewTrade = Parameters<TradeStore['add']>[0]
export type Refused = { readonly refused: string }

/** What both channels do with orders, whatever they call it on the wire. */
export interface SandboxTrades {
  /** The same number again is the same order, where all that matters is the same. */
  open(order: NewTrade): Trade | Refused
  find(channel: SandboxChannel, outTradeNo: string): Trade | undefined
  all(): readonly Trade[]
  close(trade: Trade): 'closed' | 'paid'
  /** The payer pays. */
  pay(trade: Trade): 'paid' | 'over'
  /** The payer begins and fails. */
  fail(trade: Trade): void
  refund(trade: Trade, refund: { outRefundNo: string; refundFen: number; reason: string }): { refund: Refund; isNew: boolean } | Refused
  happens(fault: ChannelFault, about: string): boolean
  /** True the first time something is asked about this fault and order, where the fault happens. */
  firstTime(fault: ChannelFault, about: string): boolean
}

/** How long a payer types a password, and a refund takes: real time, divided by the scale. */
const PAYING_MS = 20_000
const REFUND_MS = 10_000

export function createSandboxTrades(deps: { store: TradeStore; faults: FaultPlan; notifies: NotifySender; clock: Clock; scale: number }): SandboxTrades {
  const { store, faults, notifies, clock, scale } = deps
  const seen = new Set<string>()
  const later = (delayMs: number, work: () => void): void => void clock.after(delayMs / scale, work)

  const pay = (trade: Trade): 'paid' | 'over' => {
    if (trade.state === 'paid' || (trade.state === 'closed' && !faults.happens('paid-after-close', trade.outTradeNo))) return 'over'
    store.pay(trade)
    notifies.paid(trade)
    return 'paid'
  }

  return {
    open(order) {
      const before = store.find(order.channel, order.outTradeNo)
      if (before !== undefined) {
        if (before.totalFen !== order.totalFen || before.description !== order.description) return { refused: 'other-content' }
        if (before.state === 'paid') return { refused: 'paid' }
        if (before.state === 'closed') return { refused: 'closed' }
        return before
      }
      const trade = store.add(order)
      if (faults.happens('notify-first', trade.outTradeNo)) pay(trade)
      if (trade.state === 'waiting' && faults.happens('paying-fails', trade.outTradeNo)) {
        trade.state = 'paying'
        later(PAYING_MS, () => { if (trade.state === 'paying') trade.state = 'waiting' })
      }
      return trade
    },
    find: store.find,
    all: store.all,
    close(trade) {
      if (trade.state === 'paid') return 'paid'
      trade.state = 'closed'
      if (faults.happens('paid-after-close', trade.outTradeNo)) later(1_000, () => void pay(trade))
      return 'closed'
    },
    pay,
    fail: (trade) => { if (trade.state === 'paying') trade.state = 'waiting' },
    refund(trade, wanted) {
      const before = trade.refunds.find((refund) => refund.outRefundNo === wanted.outRefundNo)
      if (before !== undefined && faults.happens('refund-again-refused', wanted.outRefundNo)) return { refused: 'too-soon' }
      if (before !== undefined) return before.refundFen === wanted.refundFen ? { refund: before, isNew: false } : { refused: 'other-content' }
      if (trade.state !== 'paid') return { refused: 'not-paid' }
      if (wanted.refundFen > store.refundable(trade)) return { refused: 'too-much' }
      if (faults.happens('refund-no-money', wanted.outRefundNo)) return { refused: 'no-money' }
      const atOnce = trade.channel === 'alipay'
      const refund = store.refund(trade, { ...wanted, state: atOnce ? 'succeeded' : 'processing' })
      const end = (): void => {
        refund.state = faults.happens('refund-abnormal', refund.outRefundNo) ? 'abnormal' : 'succeeded'
        refund.succeededAtMs = refund.state === 'succeeded' ? clock.wallMs() : null
        notifies.refunded(trade, refund)
      }
      if (atOnce) notifies.refunded(trade, refund)
      else if (!faults.happens('refund-slow', refund.outRefundNo)) later(REFUND_MS, end)
      return { refund, isNew: true }
    },
    happens: faults.happens,
    firstTime(fault, about) {
      if (!faults.happens(fault, about) || seen.has(`${fault} ${about}`)) return false
      seen.add(`${fault} ${about}`)
      return true
    },
  }
}
