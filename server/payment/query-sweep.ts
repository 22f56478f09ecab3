import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import type { ChannelName, OrderState as ChannelState, PayChannel } from './channel/channel-port.js'
import { nextOrder } from './order-machine.js'
import { type OrderRecord, dueOrders, findOrder, keepEvents, moveOrder } from './order-repository.js'
import { type TakingRules, orderStateOf, takeRealPayment } from './payment-taking.js'

/** Pauses between questions about one order, seconds; then every half hour until it is over. */
const QUERY_SECONDS = [5, 10, 30, 60, 120, 300, 600, 1_800] as const
const ORDERS_PER_ROUND = 50
/** After the payer's time is over the order is closed, once the channel's own clock must say so too. */
const CLOSE_AFTER_MS = 5_000
/** Where the channel does not answer then, it is asked as often as this: not each second, and not only after half an hour. */
const CLOSE_PAUSE_MS = 60_000

export interface QuerySweep {
  /** Asks about all that is due. @returns how many */
  sweep(): Promise<number>
  /** Asks about one order now, however it stands, as where a channel's bill says that it was paid: the bill itself proves nothing. */
  ask(outTradeNo: string): Promise<void>
  /** Closes an order that its payer gives up before its time, unless it turns out to be paid or the channel does not answer. */
  giveUp(outTradeNo: string): Promise<void>
}

export interface QuerySweepDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly channels: ReadonlyMap<ChannelName, PayChannel>
  readonly taking: TakingRules
  readonly runtime: { readonly clock: Clock; readonly log: Logger }
}

const isLive = ({ state }: OrderRecord): boolean => state === 'created' || state === 'paying'
const pauseMs = (queries: number): number => (QUERY_SECONDS[Math.min(queries, QUERY_SECONDS.length - 1)] as number) * 1_000

/**
 * Asks the channels about orders of which nothing was heard, and closes those whose time is over: question, closing, question
 * again, for the payer may pay in between. What is due stands in the rows, so a restart goes on where it was.
 */
export function createQuerySweep(deps: QuerySweepDeps): QuerySweep {
  const { read, change, channels, taking, runtime: { clock, log } } = deps

  const paid = (order: OrderRecord, state: Extract<ChannelState, { state: 'paid' }>): Promise<void> => change(null, async (one) => {
    const { channel, merchantId, outTradeNo } = order
    const { transactionId, paidFen: fen, paidAtMs } = state
    const verdict = await takeRealPayment(one, { channel, merchantId, outTradeNo, transactionId, fen, paidAtMs }, taking)
    if (verdict === 'exists') return
    await keepEvents(one.tx, [{ channel, eventId: `query:${transactionId}`, source: 'query', outTradeNo, receivedAtMs: one.atMs, verdict, raw: JSON.stringify(state) }])
  })

  const closed = (outTradeNo: string): Promise<void> => change(null, async (one) => {
    const order = await findOrder(one.tx, outTradeNo)
    const transition = order === null ? undefined : nextOrder(orderStateOf(order), { kind: 'closed' })
    if (order === null || transition === undefined) return
    await moveOrder(one.tx, outTradeNo, order.state, { state: transition.state.state, closedAtMs: one.atMs, nextQueryAtMs: null })
    await one.audit({ action: 'payment.close', subject: `order:${outTradeNo}`, estateId: order.estateId })
  })

  const later = async (order: OrderRecord): Promise<void> => {
    if (!isLive(order)) return
    const { outTradeNo, state, queries, expiresAtMs } = order
    const nowMs = clock.wallMs()
    const closesAtMs = expiresAtMs + CLOSE_AFTER_MS
    const next = nowMs < closesAtMs ? Math.min(nowMs + pauseMs(queries), closesAtMs) : nowMs + Math.min(pauseMs(queries), CLOSE_PAUSE_MS)
    await change(null, ({ tx }) => moveOrder(tx, outTradeNo, state, { queries: queries + 1, nextQueryAtMs: next }))
  }

  const ask = async (order: OrderRecord, closesAtMs = order.expiresAtMs + CLOSE_AFTER_MS): Promise<void> => {
    const channel = channels.get(order.channel)
    if (channel === undefined) return later(order)
    const answer = await channel.queryOrder(order.outTradeNo)
    if (!answer.ok) return later(order)
    if (answer.value.state === 'paid') return paid(order, answer.value)
    if (!isLive(order)) return
    if (answer.value.state === 'closed') return closed(order.outTradeNo)
    if (clock.wallMs() < closesAtMs || answer.value.state === 'paying') return later(order)
    const closing = await channel.closeOrder(order.outTradeNo)
    if (!closing.ok) return later(order)
    // Between the first question and the closing the payer may have paid.
    const again = closing.value.state === 'paid' ? closing : await channel.queryOrder(order.outTradeNo)
    if (again.ok && again.value.state === 'paid') return paid(order, again.value)
    return again.ok && again.value.state !== 'paying' ? closed(order.outTradeNo) : later(order)
  }

  return {
    async sweep() {
      const due = await dueOrders(read, clock.wallMs(), ORDERS_PER_ROUND)
      for (const order of due) {
        await ask(order).catch((error: unknown) => log.error({ outTradeNo: order.outTradeNo, err: error }, 'an order could not be asked about'))
      }
      return due.length
    },
    async ask(outTradeNo) {
      const order = await findOrder(read, outTradeNo)
      if (order !== null) await ask(order)
    },
    async giveUp(outTradeNo) {
      const order = await findOrder(read, outTradeNo)
      if (order !== null && isLive(order)) await ask(order, 0)
    },
  }
}
