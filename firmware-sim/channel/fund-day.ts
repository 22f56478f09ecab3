import { type BillEntry, entriesWithout, madeUp } from './bill-day.js'
import type { ChannelFault, FaultPlan } from './channel-faults.js'
import { type SandboxChannel, type TradeStore, beijingDay } from './trade-store.js'

const DAY_MS = 86_400_000
const startOfDayMs = (date: string): number => Date.parse(`${date}T00:00:00+08:00`)
const EXTRA_FEN = 200
const EXTRA_REFUND_FEN = 150

/** Another number of the channel's, as where it counts movements apart from trades. */
function renumbered(entry: BillEntry): BillEntry {
  const other = (number: string): string => `8${number.slice(1)}`
  const { trade, refund } = entry
  return { ...entry, trade: { ...trade, transactionId: other(trade.transactionId ?? '') }, refund: refund === null ? null : { ...refund, refundId: other(refund.refundId) } }
}

/** What moved on a merchant's balance on a day: that of its trades, but for what a fault makes of it. Oldest first. */
export function fundEntries(store: TradeStore, faults: FaultPlan, channel: SandboxChannel, date: string): BillEntry[] {
  const of = (day: string): BillEntry[] => entriesWithout(store, faults, channel, day, ['bill-row-missing'])
  const happens = (fault: ChannelFault, { trade, refund }: BillEntry): boolean => faults.happens(fault, refund?.outRefundNo ?? trade.outTradeNo)
  const atMs = startOfDayMs(date)
  const late = of(beijingDay(atMs - DAY_MS)).filter((entry) => happens('fund-row-late', entry)).map((entry) => ({ ...entry, atMs }))
  const entries = [...late, ...of(date).filter((entry) => !happens('fund-row-late', entry) && !happens('fund-row-missing', entry))].map((entry) => {
    const moved = { ...entry, fen: entry.fen - (happens('fund-row-short', entry) ? 1 : 0), feeFen: entry.feeFen + (happens('fund-row-fee', entry) ? 2 : 0) }
    return happens('fund-row-renumbered', entry) ? renumbered(moved) : moved
  })
  if (faults.happens('fund-extra-row', date)) entries.unshift({ trade: madeUp(channel, date, 'XF', EXTRA_FEN), refund: null, atMs, fen: EXTRA_FEN, feeFen: 1 })
  if (faults.happens('fund-extra-refund', date)) {
    const trade = madeUp(channel, date, 'XR', EXTRA_REFUND_FEN)
    const number = `RX${date.replaceAll('-', '')}`
    const refund = {
      outRefundNo: number, refundId: channel === 'wechat' ? `5030080709${date.replaceAll('-', '')}99999999999` : number, refundFen: EXTRA_REFUND_FEN, reason: '', createdAtMs: atMs,
      state: 'succeeded', succeededAtMs: atMs,
    } as const
    entries.unshift({ trade, refund: { ...refund }, atMs, fen: EXTRA_REFUND_FEN, feeFen: 1 })
  }
  return entries
}
