import { PAY_WAYS, type PayWay } from '#contract/till-messages.js'
import type { PaidOrder } from '../payment/payment-register.js'
import type { CloseRecord, EstatePaymentRecord } from './estate-payment-repository.js'

export interface WaySum {
  readonly way: PayWay
  readonly count: number
  readonly fen: number
}

/** Why the two counts of a day are not equal. */
export type CloseDifference =
  /** The gateway did not count this day yet. */
  | { readonly kind: 'not-counted' }
  | { readonly kind: 'sum'; readonly way: PayWay; readonly gateway: Omit<WaySum, 'way'>; readonly server: Omit<WaySum, 'way'> }
  /** Numbers that the till gave and that did not come in: `from` to `to`. */
  | { readonly kind: 'missing-numbers'; readonly deviceId: string; readonly from: number; readonly to: number }
  /** Came in after the gateway had counted; it counts again by itself. */
  | { readonly kind: 'after-count'; readonly deviceId: string; readonly number: number; readonly way: PayWay; readonly fen: number }
  /** Paid at the channel against a code of a till, and not told by the gateway. */
  | { readonly kind: 'not-told'; readonly outTradeNo: string; readonly way: PayWay; readonly fen: number }
  /** Told by the gateway, and not paid so much on this day by the channel's word. */
  | { readonly kind: 'not-paid'; readonly outTradeNo: string; readonly deviceId: string; readonly number: number; readonly way: PayWay; readonly fen: number }
  /** A second record of one payment contradicts the first. */
  | { readonly kind: 'conflict'; readonly paymentId: string; readonly deviceId: string; readonly number: number; readonly fen: number }

export interface DayFacts {
  readonly closes: readonly CloseRecord[]
  /** Payments of the day that the server holds, of every state. */
  readonly payments: readonly EstatePaymentRecord[]
  /** Orders of tills that were paid on the day. */
  readonly orders: readonly PaidOrder[]
  /** Numbers of a till that came in, of any day. */
  readonly numbers: ReadonlyMap<string, ReadonlySet<number>>
}

function sumsOf(items: ReadonlyArray<{ way: PayWay; count: number; fen: number }>): WaySum[] {
  return PAY_WAYS.flatMap((way) => {
    const mine = items.filter((item) => item.way === way)
    const total = (of: (item: WaySum) => number): number => mine.reduce((sum, item) => sum + of(item), 0)
    return mine.length === 0 ? [] : [{ way, count: total(({ count }) => count), fen: total(({ fen }) => fen) }]
  })
}

export const gatewaySums = ({ closes }: Pick<DayFacts, 'closes'>): WaySum[] => sumsOf(closes.flatMap(({ ways }) => ways))
/** Cash and cards by the books, phones by the channels. */
export const serverSums = ({ payments, orders }: Pick<DayFacts, 'payments' | 'orders'>): WaySum[] => sumsOf([
  ...payments.filter(({ state }) => state === 'posted' || state === 'suspended').map(({ way, fen }) => ({ way, fen, count: 1 })),
  ...orders.map(({ channel: way, fen }) => ({ way, fen, count: 1 })),
])

/** Ranges of first…last that are not in `there`. A range as long as a broken gateway can name costs no more than what is there. */
function missingOf(deviceId: string, first: number, last: number, there: ReadonlySet<number>): CloseDifference[] {
  const missing: CloseDifference[] = []
  let from = first
  for (const number of [...there].filter((each) => first <= each && each <= last).sort((a, b) => a - b)) {
    if (from < number) missing.push({ kind: 'missing-numbers', deviceId, from, to: number - 1 })
    from = number + 1
  }
  if (from <= last) missing.push({ kind: 'missing-numbers', deviceId, from, to: last })
  return missing
}

const NONE = { count: 0, fen: 0 }

/** What tells the two counts of a day apart; none where they are equal. Pure. */
export function differencesOf(facts: DayFacts): CloseDifference[] {
  const { closes, payments, orders, numbers } = facts
  if (closes.length === 0) return [{ kind: 'not-counted' }]
  const [gateway, server] = [gatewaySums(facts), serverSums(facts)]
  const sums = PAY_WAYS.flatMap((way): CloseDifference[] => {
    const { way: _, ...here } = gateway.find((sum) => sum.way === way) ?? { way, ...NONE }
    const { way: __, ...there } = server.find((sum) => sum.way === way) ?? { way, ...NONE }
    return here.count === there.count && here.fen === there.fen ? [] : [{ kind: 'sum', way, gateway: here, server: there }]
  })
  const tills = closes.flatMap((close) => close.tills)
  const missing = tills.flatMap(({ deviceId, first, last }) => missingOf(deviceId, first, last, numbers.get(deviceId) ?? new Set()))
  const late = payments.filter(({ deviceId, number, state }) => state !== 'repeat' && state !== 'conflict'
    && !tills.some((till) => till.deviceId === deviceId && till.first <= number && number <= till.last))
  const told = payments.filter(({ state }) => state === 'noted')
  return [
    ...sums, ...missing,
    ...late.map(({ deviceId, number, way, fen }): CloseDifference => ({ kind: 'after-count', deviceId, number, way, fen })),
    ...orders.filter((order) => !told.some(({ outTradeNo }) => outTradeNo === order.outTradeNo))
      .map(({ outTradeNo, channel: way, fen }): CloseDifference => ({ kind: 'not-told', outTradeNo, way, fen })),
    ...told.filter(({ outTradeNo, fen, way }) => !orders.some((order) => order.outTradeNo === outTradeNo && order.fen === fen && order.channel === way))
      .map(({ outTradeNo, deviceId, number, way, fen }): CloseDifference => ({ kind: 'not-paid', outTradeNo: outTradeNo ?? '', deviceId, number, way, fen })),
    ...payments.filter(({ state }) => state === 'conflict')
      .map(({ paymentId, deviceId, number, fen }): CloseDifference => ({ kind: 'conflict', paymentId, deviceId, number, fen })),
  ]
}
