import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import type { Change, RunChange } from '../audit/change.js'
import { giveBack } from '../billing/bill-register.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { TRANSIT } from '../ledger/chart.js'
import { post } from '../ledger/ledger-service.js'
import type { BillPart, MoneyPlace } from '../ledger/posting-rules.js'
import { sumFen } from '../money/fen.js'
import type { ChannelName, PayChannel, RefundState } from './channel/channel-port.js'
import { nextOrder } from './order-machine.js'
import { type OrderRecord, findOrder, moveOrder } from './order-repository.js'
import { orderStateOf } from './payment-taking.js'
import * as rows from './refund-repository.js'
import { partsToGiveBack } from './refund-rules.js'
import { newTradeNumber } from './trade-number.js'

export interface RefundService {
  /** @throws AppError SV_HTTP_NOT_FOUND, SV_PAYMENT_REFUND where more would go back than was paid */
  propose(by: string, wish: { outTradeNo: string; refundFen: number; reason: string }): Promise<{ outRefundNo: string }>
  /** Another person than the proposer decides; what is approved goes to the channel. @throws AppError SV_PAYMENT_REFUND_SELF, SV_PAYMENT_REFUND_STATE */
  decide(by: string, outRefundNo: string, decision: 'approve' | 'reject'): Promise<rows.RefundRecord>
  /** The channel told how a refund stands. */
  told(outRefundNo: string, state: RefundState): Promise<void>
  /** Sends and asks about what is due. @returns how many */
  sweep(): Promise<number>
  find(outRefundNo: string): Promise<rows.RefundRecord | null>
}

export interface RefundServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly channels: ReadonlyMap<ChannelName, PayChannel>
  readonly runtime: { readonly clock: Clock; readonly random: RandomSource; readonly log: Logger }
}

const QUERY_MS = [5_000, 30_000, 60_000, 300_000, 1_800_000, 3_600_000] as const
const REFUNDS_PER_ROUND = 50

/** The bill is owed again, the books say so, the order knows: once, when the channel says that the money is back. */
async function succeed(change: Change, refund: rows.RefundRecord, state: RefundState): Promise<void> {
  const order = await findOrder(change.tx, refund.outTradeNo)
  if (order === null) throw new TypeError('a refund without its order')
  const transition = nextOrder(orderStateOf(order), { kind: 'refunded', fen: refund.refundFen })
  if (transition === undefined) throw fail('SV_PAYMENT_REFUND', { outTradeNo: order.outTradeNo })
  const done = (await rows.refundsOfOrder(change.tx, order.outTradeNo)).filter((one) => one.state === 'succeeded')
  const before = { parts: done.flatMap((one) => [...one.parts]), prepaidFen: sumFen(done.map((one) => one.prepaidFen)) }
  const back = partsToGiveBack(order, before, refund.refundFen)
  const bizDate = civilDateOf(state.succeededAtMs ?? change.atMs)
  await postBack(change, order, refund, back, bizDate)
  if (back.parts.length > 0) await giveBack(change, { billId: order.billId, parts: back.parts })
  const moved = await moveOrder(change.tx, order.outTradeNo, order.state, { state: transition.state.state, refundedFen: transition.state.refundedFen })
  const { outRefundNo } = refund
  const settled = await rows.moveRefund(change.tx, outRefundNo, refund.state, {
    state: 'succeeded', refundId: state.refundId, succeededAtMs: state.succeededAtMs ?? change.atMs, bizDate, ...back, nextQueryAtMs: null,
  })
  if (!moved || !settled) throw fail('SV_PAYMENT_RACE', { outRefundNo })
  await change.audit({ action: 'payment.refunded', subject: `refund:${outRefundNo}`, estateId: refund.estateId, after: { outTradeNo: order.outTradeNo,
    refundFen: refund.refundFen } })
}

async function postBack(change: Change, order: OrderRecord, refund: rows.RefundRecord, back: { parts: BillPart[]; prepaidFen: number }, bizDate: string): Promise<void> {
  const from: MoneyPlace = { account: TRANSIT[order.channel], of: order.merchantId }
  const common = { estateId: order.estateId, causeRef: refund.outRefundNo, bizDate, memo: order.outTradeNo }
  if (back.parts.length > 0) await post(change, [{ ...common, event: { kind: 'refunded', from, parts: back.parts, handedOver: false } }])
  if (back.prepaidFen > 0) await post(change, [{ ...common, event: { kind: 'prepayment-returned', from, householdId: order.householdId, fen: back.prepaidFen } }])
}

/** Refunds by two persons; each keeps its number from the proposal on, so that however often it is sent it is one refund. */
export function createRefundService(deps: RefundServiceDeps): RefundService {
  const { read, change, channels, runtime: { clock, random, log } } = deps

  const told = (outRefundNo: string, state: RefundState): Promise<void> => change(null, async (one) => {
    const refund = await rows.findRefund(one.tx, outRefundNo)
    if (refund === null) return
    const isUnderWay = refund.state === 'approved' || refund.state === 'processing'
    // What did not reach the payer may yet, by the channel's own hand or the merchant's console.
    if (state.state === 'succeeded' && (isUnderWay || refund.state === 'abnormal')) return succeed(one, refund, state)
    if (!isUnderWay) return
    const next = one.atMs + (QUERY_MS[Math.min(refund.queries, QUERY_MS.length - 1)] as number)
    if (state.state === 'processing') return void await rows.moveRefund(one.tx, outRefundNo, refund.state, { state: 'processing', refundId: state.refundId,
      queries: refund.queries + 1, nextQueryAtMs: next })
    await rows.moveRefund(one.tx, outRefundNo, refund.state, { state: state.state, refundId: state.refundId, nextQueryAtMs: null })
    await one.audit({ action: `payment.refund-${state.state}`, subject: `refund:${outRefundNo}`, estateId: refund.estateId })
  })

  /** Sends it, or asks about it: the same number in both cases. */
  const push = async (refund: rows.RefundRecord): Promise<void> => {
    const order = await findOrder(read, refund.outTradeNo)
    const channel = order === null ? undefined : channels.get(order.channel)
    if (order === null || channel === undefined) return
    const { outRefundNo, outTradeNo, refundFen, reason, state } = refund
    const answer = state === 'approved' ? await channel.refund({ outTradeNo, outRefundNo, refundFen, totalFen: order.totalFen,
      reason }) : await channel.queryRefund(outRefundNo, outTradeNo)
    if (answer.ok) return told(outRefundNo, answer.value)
    log.warn({ outRefundNo, error: answer.error }, 'a refund did not move')
    if (answer.error.kind === 'refused') {
      // An earlier call whose answer was lost may have been carried out: only what the channel does not know came to nothing.
      const known = await channel.queryRefund(outRefundNo, outTradeNo)
      if (known.ok) return told(outRefundNo, known.value)
      if (known.error.kind === 'not-here') return told(outRefundNo, { state: 'abnormal', refundId: null, refundFen, succeededAtMs: null })
    }
    const next = clock.wallMs() + (QUERY_MS[Math.min(refund.queries, QUERY_MS.length - 1)] as number)
    await change(null, ({ tx }) => rows.moveRefund(tx, outRefundNo, state, { queries: refund.queries + 1, nextQueryAtMs: next }))
  }

  return {
    propose: (by, { outTradeNo, refundFen, reason }) => change(by, async (one) => {
      const order = await findOrder(one.tx, outTradeNo)
      if (order === null) throw fail('SV_HTTP_NOT_FOUND')
      const isPaid = order.state === 'paid' || order.state === 'part-refunded'
      if (!isPaid || await rows.reservedFen(one.tx, outTradeNo) + refundFen > order.paidFen) throw fail('SV_PAYMENT_REFUND', { field: 'refundFen', paidFen: order.paidFen })
      const outRefundNo = newTradeNumber('RF', one.atMs, random)
      await rows.insertRefund(one.tx, { outRefundNo, outTradeNo, estateId: order.estateId, refundFen, reason, makerId: by, createdAtMs: one.atMs })
      await one.audit({ action: 'payment.refund-propose', subject: `refund:${outRefundNo}`, estateId: order.estateId, after: { outTradeNo, refundFen } })
      return { outRefundNo }
    }),
    async decide(by, outRefundNo, decision) {
      const approved = await change(by, async (one) => {
        const refund = await rows.findRefund(one.tx, outRefundNo)
        if (refund === null) throw fail('SV_HTTP_NOT_FOUND')
        if (refund.makerId === by) throw fail('SV_PAYMENT_REFUND_SELF')
        const state = decision === 'approve' ? 'approved' : 'rejected'
        const decided = { state, checkerId: by, decidedAtMs: one.atMs, ...(decision === 'approve' ? { submittedAtMs: one.atMs,
          nextQueryAtMs: one.atMs + (QUERY_MS[0]) } : {}) } as const
        if (!await rows.moveRefund(one.tx, outRefundNo, 'draft', decided)) throw fail('SV_PAYMENT_REFUND_STATE', { state: refund.state })
        await one.audit({ action: `payment.refund-${decision}`, subject: `refund:${outRefundNo}`, estateId: refund.estateId })
        return { ...refund, state } as rows.RefundRecord
      })
      if (approved.state === 'approved') await push(approved).catch((error: unknown) => log.error({ outRefundNo, err: error }, 'a refund could not be sent yet'))
      return (await rows.findRefund(read, outRefundNo)) ?? approved
    },
    told,
    async sweep() {
      const due = await rows.dueRefunds(read, clock.wallMs(), REFUNDS_PER_ROUND)
      for (const refund of due) await push(refund).catch((error: unknown) => log.error({ outRefundNo: refund.outRefundNo, err: error }, 'a refund could not be asked about'))
      return due.length
    },
    find: (outRefundNo) => rows.findRefund(read, outRefundNo),
  }
}
