import type { Change } from '../audit/change.js'
import { takePayments } from '../billing/bill-register.js'
import { fail } from '../errors.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { post } from '../ledger/ledger-service.js'
import { sumFen } from '../money/fen.js'
import { nextOrder } from './order-machine.js'
import { type OrderRecord, findOrders, moveOrdersToPaid } from './order-repository.js'
import {
  type RealPayment, type Taken, type TakenParts, type TakingRules, giveBackDouble, isOrderOf, orderStateOf, paidFact, paidPosting, takeRealPayment,
} from './payment-taking.js'

interface Plain {
  readonly at: number
  readonly payment: RealPayment
  readonly order: OrderRecord
}

/** Payments that are just what their order waits for, one for an order and a bill: whatever else there is goes the long way. */
async function plainOnes(change: Change, payments: readonly RealPayment[]): Promise<Plain[]> {
  const orders = await findOrders(change.tx, payments.map((payment) => payment.outTradeNo))
  const bills = new Set<string>()
  return payments.flatMap((payment, at) => {
    const order = orders.get(payment.outTradeNo)
    // What comes second for a bill finds it as the first left it.
    if (order === undefined || bills.has(order.billId)) return []
    bills.add(order.billId)
    if (!isOrderOf(order, payment)) return []
    const transition = nextOrder(orderStateOf(order), { kind: 'paid', transactionId: payment.transactionId, fen: payment.fen })
    return transition?.effects[0]?.kind === 'take' ? [{ at, payment, order }] : []
  })
}

async function takePlain(change: Change, plain: readonly Plain[], rules: TakingRules): Promise<void> {
  const parts = await takePayments(change, plain.map(({ order, payment }) => ({ billId: order.billId, fen: payment.fen })))
  const taken = plain.map(({ payment }, index): TakenParts => {
    const own = parts[index] ?? []
    return { parts: own, prepaidFen: payment.fen - sumFen(own.map((part) => part.fen)) }
  })
  const each = plain.map((one, index) => ({ ...one, taken: taken[index] as TakenParts }))
  await post(change, each.map((one) => paidPosting(one.order, one.payment, one.taken)))
  const moved = await moveOrdersToPaid(change.tx, each.map(({ order, payment, taken: own }) => ({
    outTradeNo: order.outTradeNo, from: order.state, transactionId: payment.transactionId, paidFen: payment.fen, paidAtMs: payment.paidAtMs, bizDate: civilDateOf(payment.paidAtMs),
    ...own,
  })))
  if (moved !== each.length) throw fail('SV_PAYMENT_RACE', { orders: each.length, moved })
  await change.auditAll(each.map((one) => paidFact(one.order, one.payment, one.taken)))
  for (const { order, taken: own } of each) await giveBackDouble(change, order, own, rules)
}

/**
 * As `takeRealPayment` of each, in one transaction with few statements: at rent day's peak a commit is shared.
 * @returns verdicts in the order of `payments`
 */
export async function takeRealPayments(change: Change, payments: readonly RealPayment[], rules: TakingRules): Promise<Taken[]> {
  const plain = payments.length > 1 ? await plainOnes(change, payments) : []
  if (plain.length > 0) await takePlain(change, plain, rules)
  const done = new Set(plain.map((one) => one.at))
  const verdicts: Taken[] = []
  for (const [at, payment] of payments.entries()) verdicts.push(done.has(at) ? 'paid' : await takeRealPayment(change, payment, rules))
  return verdicts
}
