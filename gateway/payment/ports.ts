import type { TillBillsRequestV1, TillBillsResponseV1, TillOrderRequestV1, TillOrderResponseV1 } from '#contract/till-api.js'
import type { PayWay, PosSlip, TillBill, TillChannel } from '#contract/till-messages.js'
import type { EstateCloseV1 } from '#contract/till-records.js'
import type { RecordBody } from '#contract/sync-records.js'
import type { Result } from '#kernel/result.js'

/** One payment as this gateway recorded it. */
export interface PaymentRow {
  readonly paymentId: string
  readonly deviceId: string
  readonly number: number
  /** Where its record stands in the log. */
  readonly epoch: number
  readonly seq: number
  readonly hash: string
  /** Day in Asia/Shanghai that it counts to. */
  readonly bizDate: string
  readonly way: PayWay
  readonly fen: number
  readonly householdNo: string
  readonly billId: string | null
  readonly outTradeNo: string | null
  readonly pos: PosSlip | null
  readonly takenAtMs: number
  /** The till's own clock; null by phone. */
  readonly deviceWallMs: number | null
}

export const TILL_ORDER_STATES = ['open', 'paid', 'over'] as const
export type TillOrderState = (typeof TILL_ORDER_STATES)[number]

/** An order for a code that a till shows. Its payment has its id before it is known whether anybody pays. */
export interface TillOrderRow {
  readonly outTradeNo: string
  readonly paymentId: string
  readonly deviceId: string
  readonly householdNo: string
  readonly billId: string
  readonly channel: TillChannel
  readonly fen: number
  readonly state: TillOrderState
  readonly placedAtMs: number
}

/** What a household owed when the server last said so. */
export interface BillMemory {
  readonly asOfMs: number
  readonly bills: readonly TillBill[]
}

/** What came in on a day, by way and by till: what `estate-close.v1` says. */
export type DayTakings = Pick<EstateCloseV1, 'ways' | 'tills'>

export interface PaymentTx {
  append(body: RecordBody): Promise<{ readonly epoch: number; readonly seq: number; readonly hash: string }>
  findPayment(paymentId: string): Promise<PaymentRow | undefined>
  /** The highest number that this till was given, 0 before the first. */
  lastNumber(deviceId: string): Promise<number>
  /** The till's last number is its number from here on. */
  putPayment(payment: PaymentRow): Promise<void>
  /** Its record was written again at another place. */
  movePayment(paymentId: string, place: Pick<PaymentRow, 'epoch' | 'seq' | 'hash'>): Promise<void>
  findTillOrder(outTradeNo: string): Promise<TillOrderRow | undefined>
  /** The same again is no change but of its state. */
  putTillOrder(order: TillOrderRow): Promise<void>
  /** Sealed; the payments recorded so far are in it. */
  putBillMemory(householdNo: string, memory: BillMemory): Promise<void>
  dropBillMemory(householdNo: string): Promise<void>
  dayTakings(bizDate: string): Promise<DayTakings>
  /** What was last told of a day. */
  findClose(bizDate: string): Promise<DayTakings | undefined>
  putClose(bizDate: string, takings: DayTakings): Promise<void>
}

/** Of a household, what the list before may not know of. */
export type PaidPart = Pick<PaymentRow, 'billId' | 'fen'>

export interface PaymentReads {
  tillOrder(outTradeNo: string): Promise<TillOrderRow | undefined>
  tillPayment(paymentId: string): Promise<PaymentRow | undefined>
  /** Orders that may still be paid, the oldest first. */
  openTillOrders(): Promise<readonly TillOrderRow[]>
  /** With the payments that were recorded since. */
  billMemory(householdNo: string): Promise<(BillMemory & { readonly paidSince: readonly PaidPart[] }) | undefined>
  /** Payments of the household whose records the server has not acknowledged. */
  paymentsUnderway(householdNo: string): Promise<readonly PaidPart[]>
  /** Payments in an earlier epoch whose records the server does not hold: it may hold another history of that epoch, and then it never takes them. */
  strandedPayments(): Promise<readonly PaymentRow[]>
  /** Days from `fromDate` on with a payment. */
  daysWithPayments(fromDate: string): Promise<readonly string[]>
  takingsOf(bizDate: string): Promise<{ readonly takings: DayTakings; readonly closed: DayTakings | undefined }>
}

export interface PaymentStore extends PaymentReads {
  transact<T>(work: (tx: PaymentTx) => Promise<T>): Promise<T>
}

/** `unavailable`: no answer to build on, now. `refused`: the server says no, by its own code. */
export type TillServerError = { readonly kind: 'unavailable' } | { readonly kind: 'refused'; readonly code: string }
/** The server's side of tills. No call throws or repeats itself. */
export interface TillServer {
  bills(request: TillBillsRequestV1): Promise<Result<TillBillsResponseV1, TillServerError>>
  /** The order that is under way for the bill, or a new one. */
  place(request: TillOrderRequestV1): Promise<Result<TillOrderResponseV1, TillServerError>>
  order(outTradeNo: string): Promise<Result<TillOrderResponseV1, TillServerError>>
}
