import type { ChannelFault, FaultPlan } from './channel-faults.js'
import { type Refund, type SandboxChannel, type Trade, type TradeStore, beijingDay } from './trade-store.js'

/** What stands in a day's bill: a payment, or a refund of one. */
export interface BillEntry {
  readonly trade: Trade
  /** Null for the payment itself. */
  readonly refund: Refund | null
  readonly atMs: number
  /** As the bill says it; a fault may have changed it. */
  readonly fen: number
  /** The channel's charge, half up to the fen; of a refund what is given back. */
  readonly feeFen: number
}

const RATE = { wechat: 0.006, alipay: 0.006 } as const
const feeOf = (channel: SandboxChannel, fen: number): number => Math.floor(fen * RATE[channel] + 0.5)

const dayStartMs = (date: string): number => Date.parse(`${date}T00:00:00+08:00`)
/** A payment that nobody made, at the first moment of a day. */
export function madeUp(channel: SandboxChannel, date: string, letters: string, totalFen: number): Trade {
  const atMs = dayStartMs(date)
  const digits = date.replaceAll('-', '')
  // Its number follows from its letters: several of a day are several.
  const serial = `${99 - letters.charCodeAt(1) % 10}9999`
  return {
    channel, outTradeNo: `${letters}${digits}0000009999`, scene: channel === 'wechat' ? 'native' : 'precreate', description: '测试', totalFen,
    notifyUrl: '', returnUrl: '', attach: '', expiresAtMs: atMs, createdAtMs: atMs, payToken: '', state: 'paid', paidAtMs: atMs, refunds: [],
    transactionId: channel === 'wechat' ? `42000025${date.slice(2, 4)}${digits}9999${serial}` : `${digits}22001458860999${serial}`,
  }
}

/** Payments by the time of success, refunds by the time they were asked for: oldest first. */
export const billEntries = (store: TradeStore, faults: FaultPlan, channel: SandboxChannel, date: string): BillEntry[] =>
  entriesWithout(store, faults, channel, date, ['bill-row-missing', 'bill-row-unlisted'])

/** @param left faults that keep an order out */
export function entriesWithout(store: TradeStore, faults: FaultPlan, channel: SandboxChannel, date: string, left: readonly ChannelFault[]): BillEntry[] {
  const entries: BillEntry[] = []
  for (const trade of store.all()) {
    if (trade.channel !== channel || trade.paidAtMs === null || left.some((fault) => faults.happens(fault, trade.outTradeNo))) continue
    const fen = trade.totalFen - (faults.happens('bill-row-edited', trade.outTradeNo) ? 1 : 0)
    const payment: BillEntry = { trade, refund: null, atMs: trade.paidAtMs, fen, feeFen: feeOf(channel, fen) }
    const copies = faults.happens('bill-row-repeated', trade.outTradeNo) ? 2 : 1
    if (beijingDay(trade.paidAtMs) === date) for (let copy = 0; copy < copies; copy += 1) entries.push(payment)
    for (const refund of trade.refunds) {
      if (beijingDay(refund.createdAtMs) === date) entries.push({ trade, refund, atMs: refund.createdAtMs, fen: refund.refundFen, feeFen: feeOf(channel, refund.refundFen) })
    }
  }
  // Ahead of every real one, whatever the time of day: what is said of the last row of a day is then never said of this.
  if (faults.happens('bill-extra-row', date)) entries.push({ trade: madeUp(channel, date, 'XX', 100), refund: null, atMs: dayStartMs(date), fen: 100, feeFen: 1 })
  return entries.sort((a, b) => a.atMs - b.atMs)
}

export interface Totals {
  readonly count: number
  readonly paidFen: number
  readonly refundFen: number
  /** Charged less given back. */
  readonly feeFen: number
}
export function totalsOf(entries: readonly BillEntry[]): Totals {
  const payments = entries.filter((entry) => entry.refund === null)
  const refunds = entries.filter((entry) => entry.refund !== null)
  const sum = (list: readonly BillEntry[], of: 'fen' | 'feeFen'): number => list.reduce((total, entry) => total + entry[of], 0)
  return { count: entries.length, paidFen: sum(payments, 'fen'), refundFen: sum(refunds, 'fen'), feeFen: sum(payments, 'feeFen') - sum(refunds, 'feeFen') }
}

/** What a day's bill comes to: what is settled. */
export function netFen(entries: readonly BillEntry[]): number {
  const { paidFen, refundFen, feeFen } = totalsOf(entries)
  return paidFen - refundFen - feeFen
}
