import type { BillCard, BillItem, BillService } from '../billing/bill-service.js'
import { fail } from '../errors.js'
import type { ChannelName } from '../payment/channel/channel-port.js'
import type { PaymentViews } from '../payment/payment-views.js'
import { type PaymentState, hasReceipt, paymentStateOf } from './my-payment-rules.js'
import type { Resident } from './resident-finder.js'

/** Bills of one household: a year has twelve, and corrections and late charges are few. */
const BILLS_MAX = 200
const PAYMENTS_MAX = 200

type OrderItem = NonNullable<Awaited<ReturnType<PaymentViews['order']>>>

/** A payment as its payer sees it. */
export interface MyPayment extends Pick<OrderItem,
  'outTradeNo' | 'billId' | 'channel' | 'totalFen' | 'description' | 'createdAtMs' | 'expiresAtMs' | 'transactionId' | 'paidFen' | 'paidAtMs' | 'refundedFen' | 'prepaidFen'> {
  readonly state: PaymentState
}

/** The electronic receipt of a bill that was paid: on its way, with its numbers, or taken back. */
export interface MyReceipt {
  readonly state: 'queued' | 'issued' | 'reversed'
  /** 票据代码, 票据号码, 校验码: with them anybody can check it at the finance department. */
  readonly code: string | null
  readonly no: string | null
  readonly checkCode: string | null
}

export interface MyBill extends Pick<BillItem,
  'billId' | 'kind' | 'period' | 'label' | 'unitLabel' | 'fromDate' | 'untilDate' | 'issuedOn' | 'dueDate' | 'totalFen' | 'openFen' | 'state'> {
  /** True while an order may still turn out to be paid. */
  readonly paying: boolean
}

export interface MyBillCard extends MyBill {
  readonly lines: BillCard['lines']
  readonly adjustedBy: BillCard['adjustedBy']
  /** Newest first. */
  readonly payments: readonly MyPayment[]
  readonly channels: readonly ChannelName[]
}

export interface MyBillService {
  /** Latest issued first. */
  list(me: Resident): Promise<MyBill[]>
  /** @throws AppError SV_HTTP_NOT_FOUND, also where it is another household's */
  card(me: Resident, billId: string): Promise<MyBillCard>
  /** Payments and attempts of the household, newest first. */
  payments(me: Resident): Promise<MyPayment[]>
  /** @throws AppError SV_HTTP_NOT_FOUND, also where it is another household's */
  payment(me: Resident, outTradeNo: string): Promise<MyPayment & { readonly receipt: MyReceipt | null }>
}

export interface MyBillServiceDeps {
  readonly bills: BillService
  readonly views: PaymentViews
  /** Ways to pay that are set up. */
  readonly channels: readonly ChannelName[]
  /** Of each bill, the first first, taken back or not. */
  readonly receiptsByBill: (billIds: readonly string[]) => Promise<ReadonlyMap<string, readonly ReceiptFacts[]>>
}
export interface ReceiptFacts {
  readonly kind: 'issue' | 'reversal'
  readonly state: 'queued' | 'issued' | 'failed'
  readonly billBatchCode: string | null
  readonly billNo: string | null
  readonly checkCode: string | null
}

/** The latest counts. One that failed is tried again by people: for the payer it is on its way. */
function receiptOf(receipts: readonly ReceiptFacts[]): MyReceipt | null {
  const last = receipts.at(-1)
  if (last === undefined) return null
  const { billBatchCode: code, billNo: no, checkCode } = last
  return { state: last.kind === 'reversal' ? 'reversed' : last.state === 'issued' ? 'issued' : 'queued', code, no, checkCode }
}

export function paymentOf(order: OrderItem): MyPayment {
  const { outTradeNo, billId, channel, totalFen, description, createdAtMs, expiresAtMs, transactionId, paidFen, paidAtMs, refundedFen, prepaidFen, state } = order
  return {
    outTradeNo, billId, channel, totalFen, description, createdAtMs, expiresAtMs, transactionId, paidFen, paidAtMs, refundedFen, prepaidFen, state: paymentStateOf(state),
  }
}

function billOf(bill: BillItem, payments: readonly MyPayment[]): MyBill {
  const { billId, kind, period, label, unitLabel, fromDate, untilDate, issuedOn, dueDate, totalFen, openFen, state } = bill
  const paying = payments.some((payment) => payment.billId === billId && payment.state === 'pending')
  return { billId, kind, period, label, unitLabel, fromDate, untilDate, issuedOn, dueDate, totalFen, openFen, state, paying }
}

/** What residents see of their households' bills and payments. */
export function createMyBillService({ bills, views, channels, receiptsByBill }: MyBillServiceDeps): MyBillService {
  const paymentsOf = async (householdIds: readonly string[]): Promise<MyPayment[]> =>
    (await Promise.all(householdIds.map((householdId) => views.ofHousehold(householdId, PAYMENTS_MAX)))).flat().map(paymentOf).sort((a, b) => b.createdAtMs - a.createdAtMs)

  return {
    async list(me) {
      const [pages, payments] = await Promise.all([
        Promise.all(me.householdIds.map((householdId) => bills.list([me.estateId], { householdId, limit: BILLS_MAX }))), paymentsOf(me.householdIds),
      ])
      return pages.flatMap((page) => page.bills).sort((a, b) => b.issuedAtMs - a.issuedAtMs).map((bill) => billOf(bill, payments))
    },
    async card(me, billId) {
      const bill = await bills.card(billId)
      if (!me.householdIds.includes(bill.householdId)) throw fail('SV_HTTP_NOT_FOUND')
      const payments = (await paymentsOf([bill.householdId])).filter((payment) => payment.billId === billId)
      return { ...billOf(bill, payments), lines: bill.lines, adjustedBy: bill.adjustedBy, payments, channels }
    },
    payments: async (me) => (await paymentsOf(me.householdIds)).filter((payment) => hasReceipt(payment.state) || payment.state === 'pending'),
    async payment(me, outTradeNo) {
      const order = await views.order(outTradeNo)
      if (order === null || !me.householdIds.includes(order.householdId)) throw fail('SV_HTTP_NOT_FOUND')
      return { ...paymentOf(order), receipt: receiptOf((await receiptsByBill([order.billId])).get(order.billId) ?? []) }
    },
  }
}
