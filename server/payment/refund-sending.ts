import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import type { ChannelName, PayChannel, RefundState } from './channel/channel-port.js'
import { findOrder } from './order-repository.js'
import * as rows from './refund-repository.js'
import { type IsHandedOver, settleRefund } from './refund-settling.js'
import { findSuspense, moveSuspense } from './suspense-repository.js'

export interface RefundSender {
  /** The channel told how a refund stands. */
  told(outRefundNo: string, state: RefundState): Promise<void>
  /** Sends it, or asks about it: the same number in both cases. */
  push(refund: rows.RefundRecord): Promise<void>
  /** Sends and asks about what is due. @returns how many */
  sweep(): Promise<number>
}

export interface RefundSenderDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly channels: ReadonlyMap<ChannelName, PayChannel>
  readonly isHandedOver: IsHandedOver
  readonly runtime: { readonly clock: Clock; readonly log: Logger }
}

const QUERY_MS = [5_000, 30_000, 60_000, 300_000, 1_800_000, 3_600_000] as const
export const FIRST_REFUND_QUERY_MS = QUERY_MS[0]
const REFUNDS_PER_ROUND = 50

const pauseMs = (queries: number): number => QUERY_MS[Math.min(queries, QUERY_MS.length - 1)] as number

/** Brings approved refunds to the channels and their ends into the books. What is due stands in the rows. */
export function createRefundSender(deps: RefundSenderDeps): RefundSender {
  const { read, change, channels, runtime: { clock, log } } = deps

  const told: RefundSender['told'] = (outRefundNo, state) => change(null, async (one) => {
    const refund = await rows.findRefund(one.tx, outRefundNo)
    if (refund === null) return
    const isUnderWay = refund.state === 'approved' || refund.state === 'processing'
    // What did not reach the payer may yet, by the channel's own hand or the merchant's console.
    if (state.state === 'succeeded' && (isUnderWay || refund.state === 'abnormal')) return settleRefund(one, refund, state, deps.isHandedOver)
    // Twice the money: the bill of the channel and ours differ from here on, and people have to get one of it back.
    if (state.state === 'succeeded' && refund.state === 'paid-out') log.error({ outRefundNo }, 'a refund that was paid out otherwise was carried out by the channel after all')
    if (!isUnderWay) return
    const { refundId } = state
    if (state.state === 'processing') {
      await rows.moveRefund(one.tx, outRefundNo, refund.state, { state: 'processing', refundId, queries: refund.queries + 1, nextQueryAtMs: one.atMs + pauseMs(refund.queries) })
      return
    }
    await rows.moveRefund(one.tx, outRefundNo, refund.state, { state: state.state, refundId, nextQueryAtMs: null })
    // Suspended money that did not go back waits for another decision.
    if (state.state === 'closed' && refund.suspenseId !== null) await moveSuspense(one.tx, refund.suspenseId, 'approved', { state: 'open', proposal: null, makerId: null })
    await one.audit({ action: `payment.refund-${state.state}`, subject: `refund:${outRefundNo}`, estateId: refund.estateId })
  })

  const push: RefundSender['push'] = async (refund) => {
    const { outRefundNo, outTradeNo, refundFen, reason, state, suspenseId } = refund
    const order = await findOrder(read, outTradeNo)
    const item = suspenseId === null ? null : await findSuspense(read, suspenseId)
    const channel = channels.get((order ?? item)?.channel as ChannelName)
    if (channel === undefined) return
    // The channel's own total: of suspended money what it said that was paid.
    const totalFen = item?.fen ?? order?.totalFen ?? refundFen
    const answer = state === 'approved' ? await channel.refund({ outTradeNo, outRefundNo, refundFen, totalFen, reason }) : await channel.queryRefund(outRefundNo, outTradeNo)
    if (answer.ok) return told(outRefundNo, answer.value)
    log.warn({ outRefundNo, error: answer.error }, 'a refund did not move')
    if (answer.error.kind === 'refused') {
      // An earlier call whose answer was lost may have been carried out: only what the channel does not know came to nothing.
      const known = await channel.queryRefund(outRefundNo, outTradeNo)
      if (known.ok) return told(outRefundNo, known.value)
      if (known.error.kind === 'not-here') return told(outRefundNo, { state: 'abnormal', refundId: null, refundFen, succeededAtMs: null })
    }
    await change(null, ({ tx }) => rows.moveRefund(tx, outRefundNo, state, { queries: refund.queries + 1, nextQueryAtMs: clock.wallMs() + pauseMs(refund.queries) }))
  }

  return {
    told, push,
    async sweep() {
      const due = await rows.dueRefunds(read, clock.wallMs(), REFUNDS_PER_ROUND)
      for (const refund of due) await push(refund).catch((error: unknown) => log.error({ outRefundNo: refund.outRefundNo, err: error }, 'a refund could not be asked about'))
      return due.length
    },
  }
}
