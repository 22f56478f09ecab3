import type { IdSource } from '#kernel/ids.js'
import type { RandomSource } from '#kernel/random.js'
import type { AuditFact } from '../audit/audit-log.js'
import type { Change } from '../audit/change.js'
import { payableBill, takePayment } from '../billing/bill-register.js'
import { fail } from '../errors.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { TRANSIT } from '../ledger/chart.js'
import type { Posting } from '../ledger/journal-rules.js'
import { post } from '../ledger/ledger-service.js'
import type { BillPart, MoneyPlace } from '../ledger/posting-rules.js'
import { sumFen } from '../money/fen.js'
import type { ChannelName } from './channel/channel-port.js'
import { type OrderEffect, type OrderState, nextOrder } from './order-machine.js'
import { type OrderRecord, type SuspenseRecord, findOrder, insertSuspense, moveOrder, settleSuspense } from './order-repository.js'
import { BY_RULE, insertAgreedRefund } from './refund-repository.js'
import { moveSuspense } from './suspense-repository.js'
import { newTradeNumber } from './trade-number.js'

/** A payment that really happened: told by a notify whose signature holds, or by the channel's answer to a question. */
export interface RealPayment {
  readonly channel: ChannelName
  readonly merchantId: string
  readonly outTradeNo: string
  readonly transactionId: string
  readonly fen: number
  readonly paidAtMs: number
}

/** `exists`: it was taken before, and nothing was done now. `double-payment`: late, and the bill was paid otherwise meanwhile. */
export type Taken = 'paid' | 'late' | 'double-payment' | 'quarantined' | 'second-payment' | 'unknown-order' | 'exists'

export interface TakingRules {
  readonly ids: IdSource
  readonly random: RandomSource
  /** What a bill paid twice makes of the second payment: the household's prepayment, or a refund that goes to the channel by itself. */
  readonly doublePayment: 'prepayment' | 'refund'
}

/** Estate of money whose order nobody knows: the merchant's as a whole. */
export const NO_ESTATE = '*'

const placeOf = ({ channel, merchantId }: RealPayment): MoneyPlace => ({ account: TRANSIT[channel], of: merchantId })
export const orderStateOf = ({ state, totalFen, transactionId, paidFen, refundedFen }: OrderRecord): OrderState => ({ state, totalFen, transactionId, paidFen, refundedFen })

/** Money without a place goes to suspense, in the books and on the list, once for each payment. */
async function suspend(change: Change, payment: RealPayment, ids: IdSource, what: Pick<SuspenseRecord, 'estateId' | 'cause'>): Promise<string | null> {
  const { channel, merchantId, outTradeNo, transactionId, fen, paidAtMs } = payment
  const suspenseId = ids.uuid()
  if (!await insertSuspense(change.tx, { suspenseId, ...what, channel, merchantId, outTradeNo, transactionId, fen, createdAtMs: change.atMs })) return null
  const event = { kind: 'suspended', into: placeOf(payment), fen } as const
  await post(change, [{ estateId: what.estateId, causeRef: `${channel}:${transactionId}`, bizDate: civilDateOf(paidAtMs), memo: outTradeNo, event }])
  await change.audit({ action: 'payment.suspend', subject: `order:${outTradeNo}`, estateId: what.estateId, after: { cause: what.cause, fen, suspenseId } })
  return suspenseId
}

/** What a payment was taken for: parts of its bill, and the household's prepayment. */
export interface TakenParts {
  readonly parts: BillPart[]
  readonly prepaidFen: number
}

export const isOrderOf = (order: OrderRecord, { channel, merchantId }: RealPayment): boolean => order.channel === channel && order.merchantId === merchantId

export const paidPosting = ({ estateId, outTradeNo, billId, householdId }: OrderRecord, payment: RealPayment, { parts, prepaidFen }: TakenParts): Posting => ({
  estateId, causeRef: outTradeNo, bizDate: civilDateOf(payment.paidAtMs), memo: billId,
  event: { kind: 'paid', into: placeOf(payment), parts, prepaid: prepaidFen === 0 ? null : { householdId, fen: prepaidFen } },
})

export const paidFact = ({ outTradeNo, estateId, billId }: OrderRecord, { fen, transactionId }: RealPayment, { prepaidFen }: TakenParts): AuditFact =>
  ({ action: 'payment.take', subject: `order:${outTradeNo}`, estateId, after: { billId, fen, prepaidFen, transactionId } })

/** The bill takes what it needs; the rest is the household's prepayment. */
async function take(change: Change, order: OrderRecord, payment: RealPayment, rules: TakingRules): Promise<TakenParts> {
  const parts = await takePayment(change, { billId: order.billId, fen: payment.fen })
  const taken = { parts, prepaidFen: payment.fen - sumFen(parts.map((part) => part.fen)) }
  await post(change, [paidPosting(order, payment, taken)])
  await giveBackDouble(change, order, taken, rules)
  return taken
}

/** What the payer and the staff read of such a refund. */
const DOUBLE_PAYMENT = '重复缴费退回'

/** A refund that the rule agreed on: it is sent after the commit, as any that is due. */
async function refundByRule(change: Change, { outTradeNo, estateId }: OrderRecord, refundFen: number, suspenseId: string | null, { random }: TakingRules): Promise<void> {
  const money = { suspenseId, refundFen, prepaidFen: suspenseId === null ? refundFen : 0 }
  const refund = { outRefundNo: newTradeNumber('RF', change.atMs, random), outTradeNo, estateId, reason: DOUBLE_PAYMENT, createdAtMs: change.atMs }
  await insertAgreedRefund(change.tx, { ...refund, ...money, makerId: BY_RULE, checkerId: BY_RULE })
}

/** What a bill did not need because something else had paid it meanwhile goes back, where that is the rule; else it stays prepayment. */
export async function giveBackDouble(change: Change, order: OrderRecord, { prepaidFen }: TakenParts, rules: TakingRules): Promise<void> {
  if (prepaidFen === 0) return
  const { outTradeNo, estateId } = order
  if (rules.doublePayment === 'refund') await refundByRule(change, order, prepaidFen, null, rules)
  await change.audit({ action: 'payment.double', subject: `order:${outTradeNo}`, estateId, after: { fen: prepaidFen, rule: rules.doublePayment } })
}

interface Suspended {
  readonly order: OrderRecord
  readonly payment: RealPayment
  readonly suspenseId: string
}

async function outOfSuspense(change: Change, { order, payment, suspenseId }: Suspended, taken: TakenParts): Promise<void> {
  const { parts, prepaidFen } = taken
  const event = { kind: 'suspense-applied', parts, prepaid: prepaidFen === 0 ? null : { householdId: order.householdId, fen: prepaidFen } } as const
  await post(change, [{ estateId: order.estateId, causeRef: suspenseId, bizDate: civilDateOf(change.atMs), memo: payment.outTradeNo, event }])
  await settleSuspense(change.tx, suspenseId, 'applied', change.atMs)
}

/** A second payment of what is paid already, by the rule for it. */
async function takeDouble(change: Change, suspended: Suspended, rules: TakingRules): Promise<void> {
  const { order, payment: { fen, transactionId }, suspenseId } = suspended
  if (rules.doublePayment === 'prepayment') {
    await outOfSuspense(change, suspended, { parts: [], prepaidFen: fen })
    if (order.transactionId === null) await moveOrder(change.tx, order.outTradeNo, 'late-paid', { prepaidFen: fen })
  // Of two payments under one number the channel would give back it knows not which: a person decides.
  } else if (order.transactionId === null) {
    await moveSuspense(change.tx, suspenseId, 'open', { state: 'approved', proposal: { kind: 'return', reason: DOUBLE_PAYMENT }, makerId: BY_RULE, checkerId: BY_RULE })
    await refundByRule(change, order, fen, suspenseId, rules)
  }
  await change.audit({ action: 'payment.double', subject: `order:${order.outTradeNo}`, estateId: order.estateId, after: { fen, transactionId, rule: rules.doublePayment } })
}

/** Late money whose bill is still owed to exactly that amount pays it after all, out of suspense. */
async function takeLate(change: Change, suspended: Suspended, rules: TakingRules): Promise<'late' | 'double-payment'> {
  const { order, payment } = suspended
  const bill = await payableBill(change.tx, order.billId)
  const owed = bill === null ? 0 : sumFen(bill.outstanding.map((part) => part.fen))
  if (owed === 0) {
    await takeDouble(change, suspended, rules)
    return 'double-payment'
  }
  if (owed !== payment.fen) return 'late'
  const parts = await takePayment(change, { billId: order.billId, fen: payment.fen })
  await outOfSuspense(change, suspended, { parts, prepaidFen: 0 })
  await moveOrder(change.tx, order.outTradeNo, 'late-paid', { parts })
  return 'late'
}

/**
 * Takes a real payment: order, bill, books, list and audit in the transaction of `change`. However often and in whatever order
 * notifies, questions and bills tell of it, it is posted once.
 * @throws AppError SV_PAYMENT_RACE where the order moved meanwhile: nothing was done, and the teller tells again
 */
export async function takeRealPayment(change: Change, payment: RealPayment, rules: TakingRules): Promise<Taken> {
  const { ids } = rules
  const order = await findOrder(change.tx, payment.outTradeNo)
  if (order === null || !isOrderOf(order, payment)) {
    return await suspend(change, payment, ids, { estateId: order?.estateId ?? NO_ESTATE, cause: 'unknown-order' }) === null ? 'exists' : 'unknown-order'
  }
  const { transactionId, fen } = payment
  const transition = nextOrder(orderStateOf(order), { kind: 'paid', transactionId, fen })
  if (transition === undefined) return 'exists'
  const [effect] = transition.effects as readonly [OrderEffect]
  if (effect.kind === 'suspend') {
    const suspenseId = await suspend(change, payment, ids, { estateId: order.estateId, cause: effect.cause })
    if (suspenseId === null) return 'exists'
    if (transition.state.state !== order.state) await moveToPaid(change, order, payment, transition.state.state, { parts: [], prepaidFen: 0 })
    const suspended = { order, payment, suspenseId }
    if (effect.cause === 'late') return takeLate(change, suspended, rules)
    if (effect.cause === 'amount') return 'quarantined'
    await takeDouble(change, suspended, rules)
    return 'second-payment'
  }
  const taken = await take(change, order, payment, rules)
  await moveToPaid(change, order, payment, 'paid', taken)
  await change.audit(paidFact(order, payment, taken))
  return 'paid'
}

async function moveToPaid(change: Change, order: OrderRecord, payment: RealPayment, state: OrderState['state'], taken: TakenParts): Promise<void> {
  const { transactionId, fen, paidAtMs } = payment
  const moved = await moveOrder(change.tx, order.outTradeNo, order.state, {
    state, transactionId, paidFen: fen, paidAtMs, bizDate: civilDateOf(paidAtMs), nextQueryAtMs: null, ...taken,
  })
  if (!moved) throw fail('SV_PAYMENT_RACE', { outTradeNo: order.outTradeNo })
}
