import type { FastifyInstance } from 'fastify'
import { yuan } from './alipay-wire.js'
import { billEntries, netFen } from './bill-day.js'
import type { ChannelFault, FaultPlan } from './channel-faults.js'
import { type SandboxChannel, type TradeStore, beijingDay } from './trade-store.js'

const HEAD = '交易日期,交易时间,借方发生额,贷方发生额,账户余额,对方户名,对方账号,摘要,附言,流水号'
const PAYERS = { wechat: ['财付通支付科技有限公司', '243300133', '商户结算'], alipay: ['支付宝（中国）网络技术有限公司', '215500690', '提现'] } as const
const DAY_MS = 86_400_000
const LATE_DAYS = 10
const KEPT_FEN = 5
const UNKNOWN_FEN = 12_480

interface Credit {
  readonly date: string
  readonly fen: number
  readonly payer: readonly string[]
  readonly memo: string
  readonly serial: string
}
const later = (date: string, days: number): string => beijingDay(Date.parse(`${date}T12:00:00+08:00`) + days * DAY_MS)

/** What a bank credits for a channel's days; faults are asked for by `channel-day`. Money of a day comes on the next. */
function creditsOf(channel: SandboxChannel, merchantId: string, days: ReadonlyArray<{ date: string; fen: number }>, faults: FaultPlan): Credit[] {
  const credits: Credit[] = []
  let waiting = 0
  for (const { date, fen } of days) {
    const happens = (fault: ChannelFault): boolean => faults.happens(fault, `${channel}-${date}`)
    const payer = PAYERS[channel]
    const digits = date.replaceAll('-', '')
    const serial = `BK${digits}${channel === 'wechat' ? 'W' : 'A'}`
    const memo = channel === 'wechat' ? `${merchantId}-${digits}结算款` : `${merchantId} ${digits}`
    if (happens('settle-unknown')) credits.push({ date: later(date, 1), fen: UNKNOWN_FEN, payer: ['张某某', '6222***1234', '转账'], memo: 'E08-B1-0303 9月房租', serial: `${serial}X` })
    if (happens('settle-missing')) continue
    if (happens('settle-merged')) {
      waiting += fen
      continue
    }
    const comes = waiting + fen + (happens('settle-over') ? 1 : 0) - (happens('settle-short') ? 1 : 0) - (happens('settle-fee') ? KEPT_FEN : 0)
    waiting = 0
    const whole = { date: later(date, happens('settle-late') ? LATE_DAYS : 1), payer, memo }
    const half = Math.floor(comes / 2)
    const parts = happens('settle-split') ? [half, comes - half] : happens('settle-twice') ? [comes, comes] : [comes]
    credits.push(...parts.map((part, at) => ({ ...whole, fen: part, serial: `${serial}${at + 1}` })))
  }
  return credits
}

/** Statement of the bank account on which both channels settle, up to a day. */
export function bankStatement(credits: readonly Credit[], untilDate: string): string {
  const sorted = credits.filter(({ date, fen }) => date <= untilDate && fen > 0).sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0))
  let balance = 0
  const rows = sorted.map(({ date, fen, payer: [name, account, summary], memo, serial }) => {
    balance += fen
    return [date, '10:31:07', '', yuan(fen), yuan(balance), name, account, summary, memo, serial].join(',')
  })
  return `${[HEAD, ...rows].join('\r\n')}\r\n`
}

/** The bank's side, which no channel has: for tests and the demo. */
export function bankRoutes(app: FastifyInstance, deps: { store: TradeStore; faults: FaultPlan; merchants: Record<SandboxChannel, string> }): void {
  const { store, faults, merchants } = deps
  const daysOf = (channel: SandboxChannel): Array<{ date: string; fen: number }> => {
    const dates = new Set(store.all().filter((trade) => trade.channel === channel && trade.paidAtMs !== null)
      .flatMap((trade) => [trade.paidAtMs as number, ...trade.refunds.map((refund) => refund.createdAtMs)]).map(beijingDay))
    return [...dates].sort().map((date) => ({ date, fen: netFen(billEntries(store, faults, channel, date)) }))
  }
  /** A CSV, in UTF-8. */
  app.get('/sandbox/bank/:until', (request, reply) => {
    const { until } = request.params as { until: string }
    const credits = (['wechat', 'alipay'] as const).flatMap((channel) => creditsOf(channel, merchants[channel], daysOf(channel), faults))
    return reply.type('text/csv; charset=utf-8').send(bankStatement(credits, until))
  })
}
