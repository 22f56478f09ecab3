import type { Change } from '../audit/change.js'
import { giveBack } from '../billing/bill-register.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { TRANSIT } from '../ledger/chart.js'
import { post } from '../ledger/ledger-service.js'
import type { BillPart, MoneyPlace } from '../ledger/posting-rules.js'
import { sumFen } from '../money/fen.js'
import type { ChannelName, RefundState } from './channel/channel-port.js'
import { nextOrder } from './order-machine.js'
import { type OrderRecord, findOrder, moveOrder, settleSuspense } from './order-repository.js'
import { orderStateOf } from './payment-taking.js'
import * as rows from './refund-repository.js'
import { partsToGiveBack } from './refund-rules.js'
import { findSuspense } from './suspense-repository.js'

/** Whether the treasury has the revenue of that day already: what goes back is then claimed from it. */
export type IsHandedOver = (tx: Tx, estateId: string, bizDate: string) => Promise<boolean>

/** Where a refund was paid from that went not by its channel, and the number under which it is known there. */
interface PaidFrom {
  readonly place: MoneyPlace
  readonly memo: string
}
interface Back {
  readonly parts: BillPart[]
  readonly prepaidFen: number
}

/** What earlier refunds of an order gave back. */
async function givenBack(tx: Tx, outTradeNo: string): Promise<Back> {
  const done = (await rows.refundsOfOrder(tx, outTradeNo)).filter((one) => (one.state === 'succeeded' || one.state === 'paid-out') && one.suspenseId === null)
  return { parts: done.flatMap((one) => [...one.parts]), prepaidFen: sumFen(done.map((one) => one.prepaidFen)) }
}

async function moveRefunded(change: Change, order: OrderRecord, fen: number): Promise<void> {
  const transition = nextOrder(orderStateOf(order), { kind: 'refunded', fen })
  if (transition === undefined) throw fail('SV_PAYMENT_REFUND', { outTradeNo: order.outTradeNo })
  const { state, refundedFen } = transition.state
  if (!await moveOrder(change.tx, order.outTradeNo, order.state, { state, refundedFen })) throw fail('SV_PAYMENT_RACE', { outTradeNo: order.outTradeNo })
}

/** Out of what the payment was taken for: the bills are owed again, the prepayment is gone. */
async function backFromOrder(change: Change, refund: rows.RefundRecord, bizDate: string, isHandedOver: IsHandedOver, paidFrom: PaidFrom | null): Promise<Back> {
  const order = await findOrder(change.tx, refund.outTradeNo)
  if (order === null) throw new TypeError('a refund without its order')
  await moveRefunded(change, order, refund.refundFen)
  const back = partsToGiveBack(order, await givenBack(change.tx, order.outTradeNo), refund.refundFen, refund.prepaidFen)
  const from: MoneyPlace = paidFrom?.place ?? { account: TRANSIT[order.channel], of: order.merchantId }
  const common = { estateId: order.estateId, causeRef: refund.outRefundNo, bizDate, memo: paidFrom?.memo ?? order.outTradeNo }
  const handedOver = await isHandedOver(change.tx, order.estateId, order.bizDate ?? bizDate)
  if (back.parts.length > 0) await post(change, [{ ...common, event: { kind: 'refunded', from, parts: back.parts, handedOver } }])
  if (back.prepaidFen > 0) await post(change, [{ ...common, event: { kind: 'prepayment-returned', from, householdId: order.householdId, fen: back.prepaidFen } }])
  for (const billId of new Set(back.parts.map((part) => part.billId))) await giveBack(change, { billId, parts: back.parts.filter((part) => part.billId === billId) })
  return back
}

/** Out of suspense, where it lay for nobody. */
async function backFromSuspense(change: Change, refund: rows.RefundRecord, suspenseId: string, bizDate: string, paidFrom: PaidFrom | null): Promise<Back> {
  const item = await findSuspense(change.tx, suspenseId)
  if (item === null) throw new TypeError('a refund without its suspended money')
  const from: MoneyPlace = paidFrom?.place ?? { account: TRANSIT[item.channel as ChannelName], of: item.merchantId }
  const memo = paidFrom?.memo ?? item.outTradeNo
  await post(change, [{ estateId: item.estateId, causeRef: refund.outRefundNo, bizDate, memo, event: { kind: 'suspense-returned', from, fen: refund.refundFen } }])
  if (!await settleSuspense(change.tx, suspenseId, 'returned', change.atMs)) throw fail('SV_PAYMENT_RACE', { suspenseId })
  const order = await findOrder(change.tx, refund.outTradeNo)
  if (order !== null && order.transactionId === item.transactionId) await moveRefunded(change, order, refund.refundFen)
  return { parts: [], prepaidFen: 0 }
}

/** Bill, books, order and refund, once, when the channel says that the money is back. */
export async function settleRefund(change: Change, refund: rows.RefundRecord, state: RefundState, isHandedOver: IsHandedOver): Promise<void> {
  const { outRefundNo, outTradeNo, refundFen, estateId, suspenseId } = refund
  const succeededAtMs = state.succeededAtMs ?? change.atMs
  const bizDate = civilDateOf(succeededAtMs)
  const back = suspenseId === null ? await backFromOrder(change, refund, bizDate, isHandedOver, null) : await backFromSuspense(change, refund, suspenseId, bizDate, null)
  const settled = await rows.moveRefund(change.tx, outRefundNo, refund.state, {
    state: 'succeeded', refundId: state.refundId, succeededAtMs, bizDate, ...back, nextQueryAtMs: null,
  })
  if (!settled) throw fail('SV_PAYMENT_RACE', { outRefundNo })
  await change.audit({ action: 'payment.refunded', subject: `refund:${outRefundNo}`, estateId, after: { outTradeNo, refundFen } })
}

/** The same where the channel could not bring it to the payer and it was paid out of the bank or a cash desk: what the channel kept stays with it. */
export async function settlePaidOut(
  change: Change, refund: rows.RefundRecord, place: MoneyPlace, { bizDate, slipNo, isHandedOver }: { bizDate: string; slipNo: string; isHandedOver: IsHandedOver },
): Promise<void> {
  const { outRefundNo, suspenseId } = refund
  const from = { place, memo: slipNo }
  const back = suspenseId === null ? await backFromOrder(change, refund, bizDate, isHandedOver, from) : await backFromSuspense(change, refund, suspenseId, bizDate, from)
  const settled = await rows.moveRefund(change.tx, outRefundNo, 'abnormal', { state: 'paid-out', succeededAtMs: change.atMs, bizDate, ...back, nextQueryAtMs: null })
  if (!settled) throw fail('SV_PAYMENT_RACE', { outRefundNo })
}
