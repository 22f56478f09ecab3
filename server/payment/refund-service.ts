import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { sumFen } from '../money/fen.js'
import type { ChannelName, PayChannel, RefundState } from './channel/channel-port.js'
import { type OrderRecord, findOrder } from './order-repository.js'
import { freePrepaymentFen } from './prepayment-claims.js'
import type { IsHandedOver } from './refund-settling.js'
import * as rows from './refund-repository.js'
import { REFUNDS_PER_ORDER_MAX, REFUND_DAYS_MAX, nextRefundAtMs, refundable } from './refund-rules.js'
import { FIRST_REFUND_QUERY_MS, createRefundSender } from './refund-sending.js'
import { newTradeNumber } from './trade-number.js'

export interface RefundService {
  /**
   * From here on what it takes of the household's prepayment is nobody else's.
   * @throws AppError SV_HTTP_NOT_FOUND, SV_PAYMENT_REFUND where more would go back than was paid, is still there and is no other refund's
   */
  propose(by: string, wish: { outTradeNo: string; refundFen: number; reason: string }): Promise<{ outRefundNo: string }>
  /** Another person than the proposer decides; what is approved goes to the channel. @throws AppError SV_PAYMENT_REFUND_SELF, SV_PAYMENT_REFUND_STATE */
  decide(by: string, outRefundNo: string, decision: 'approve' | 'reject'): Promise<rows.RefundRecord>
  /**
   * Sends one once more that the channel never took, as where the merchant's balance was empty: with the same number.
   * @throws AppError SV_HTTP_NOT_FOUND, SV_PAYMENT_REFUND_STATE
   */
  again(by: string, outRefundNo: string): Promise<rows.RefundRecord>
  /** The channel told how a refund stands. */
  told(outRefundNo: string, state: RefundState): Promise<void>
  /** Sends one that was approved elsewhere. */
  send(outRefundNo: string): Promise<void>
  /** Sends and asks about what is due. @returns how many */
  sweep(): Promise<number>
  find(outRefundNo: string): Promise<rows.RefundRecord | null>
}

export interface RefundServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly channels: ReadonlyMap<ChannelName, PayChannel>
  readonly isHandedOver: IsHandedOver
  readonly runtime: { readonly clock: Clock; readonly random: RandomSource; readonly log: Logger }
}

const DAY_MS = 86_400_000

/** @returns what it takes of the household's prepayment. @throws AppError SV_PAYMENT_REFUND that says why not */
async function checkWish(tx: Tx, order: OrderRecord, refundFen: number, nowMs: number): Promise<number> {
  const refunds = (await rows.refundsOfOrder(tx, order.outTradeNo)).filter((one) => one.state !== 'rejected')
  const no = (problem: string, facts: Record<string, unknown> = {}) => fail('SV_PAYMENT_REFUND', { field: 'refundFen', problem, ...facts })
  const taken = sumFen(order.parts.map((part) => part.fen)) + order.prepaidFen
  if (!['paid', 'part-refunded', 'late-paid'].includes(order.state) || taken === 0) throw no('nothing was taken for a bill that could be given back')
  if (refunds.length >= REFUNDS_PER_ORDER_MAX) throw no(`an order has at most ${REFUNDS_PER_ORDER_MAX} refunds`)
  if (nowMs - (order.paidAtMs ?? 0) > REFUND_DAYS_MAX * DAY_MS) throw no(`the channel gives back for ${REFUND_DAYS_MAX} days`)
  const others = refunds.filter((one) => one.suspenseId === null && one.state !== 'closed')
  const left = refundable(order, others, await freePrepaymentFen(tx, order.householdId))
  const leftFen = left.partsFen + left.prepaidFen
  if (refundFen > leftFen) throw no('more than was paid, is still there and is no other refund\'s', { paidFen: order.paidFen, leftFen, freePrepaidFen: left.prepaidFen })
  return Math.min(refundFen, left.prepaidFen)
}

/** Refunds by two persons; each keeps its number from the proposal on, so that however often it is sent it is one refund. */
export function createRefundService(deps: RefundServiceDeps): RefundService {
  const { read, change, runtime: { random, log } } = deps
  const sender = createRefundSender(deps)
  const push = (refund: rows.RefundRecord): Promise<void> =>
    sender.push(refund).catch((error: unknown) => log.error({ outRefundNo: refund.outRefundNo, err: error }, 'a refund could not be sent yet'))
  const find = (outRefundNo: string): Promise<rows.RefundRecord | null> => rows.findRefund(read, outRefundNo)

  /** To `approved` or back to it; sent at once unless another refund of the order was sent within the last minute. */
  const move = async (by: string, outRefundNo: string, from: 'draft' | 'abnormal', to: 'approved' | 'rejected'): Promise<rows.RefundRecord> => {
    const moved = await change(by, async (one) => {
      const refund = await rows.findRefund(one.tx, outRefundNo)
      if (refund === null) throw fail('SV_HTTP_NOT_FOUND')
      if (from === 'draft' && refund.makerId === by) throw fail('SV_PAYMENT_REFUND_SELF')
      if (from === 'abnormal' && refund.refundId !== null) throw fail('SV_PAYMENT_REFUND_STATE', { state: refund.state, problem: 'the channel took it: it is paid out otherwise' })
      if (from === 'abnormal' && await rows.findRefundPayout(one.tx, outRefundNo) !== null) {
        throw fail('SV_PAYMENT_REFUND_STATE', { state: refund.state, problem: 'it is to be paid out otherwise' })
      }
      const sendAtMs = nextRefundAtMs(await rows.refundsOfOrder(one.tx, refund.outTradeNo), outRefundNo, one.atMs)
      const sent = to === 'rejected' ? {} : { submittedAtMs: sendAtMs, nextQueryAtMs: sendAtMs > one.atMs ? sendAtMs : one.atMs + FIRST_REFUND_QUERY_MS }
      const moves = await rows.moveRefund(one.tx, outRefundNo, from, { state: to, checkerId: by, decidedAtMs: one.atMs, ...sent })
      if (!moves) throw fail('SV_PAYMENT_REFUND_STATE', { state: refund.state })
      await one.audit({ action: `payment.refund-${to === 'approved' ? 'approve' : 'reject'}`, subject: `refund:${outRefundNo}`, estateId: refund.estateId })
      return { refund: { ...refund, state: to } as rows.RefundRecord, now: to === 'approved' && sendAtMs <= one.atMs }
    })
    if (moved.now) await push(moved.refund)
    return (await find(outRefundNo)) ?? moved.refund
  }

  return {
    propose: (by, { outTradeNo, refundFen, reason }) => change(by, async (one) => {
      const order = await findOrder(one.tx, outTradeNo)
      if (order === null) throw fail('SV_HTTP_NOT_FOUND')
      const prepaidFen = await checkWish(one.tx, order, refundFen, one.atMs)
      const outRefundNo = newTradeNumber('RF', one.atMs, random)
      await rows.insertRefund(one.tx, { outRefundNo, outTradeNo, estateId: order.estateId, refundFen, prepaidFen, reason, makerId: by, createdAtMs: one.atMs })
      await one.audit({ action: 'payment.refund-propose', subject: `refund:${outRefundNo}`, estateId: order.estateId, after: { outTradeNo, refundFen } })
      return { outRefundNo }
    }),
    decide: (by, outRefundNo, decision) => move(by, outRefundNo, 'draft', decision === 'approve' ? 'approved' : 'rejected'),
    again: (by, outRefundNo) => move(by, outRefundNo, 'abnormal', 'approved'),
    told: sender.told,
    async send(outRefundNo) {
      const refund = await find(outRefundNo)
      if (refund?.state === 'approved') await push(refund)
    },
    sweep: sender.sweep,
    find,
  }
}
