import type { ORDER_OUTCOMES } from '#contract/desk-records.js'
import type { Order, OrderKind, OrderOf, StrangeOrder } from '#contract/sync-orders.js'
import { AppError } from '#kernel/app-error.js'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { OrderStage, OrderStore } from './ports.js'

/** What became of an order; `reason` is a code, null where it was done. */
export interface OrderOutcome {
  readonly outcome: (typeof ORDER_OUTCOMES)[number]
  readonly reason: string | null
}

/** Carries out one kind; undefined where it could not be ended now and is taken up when the server gives it again. */
export type OrderHandlers = { readonly [Kind in OrderKind]: (order: OrderOf<Kind>) => Promise<OrderOutcome | undefined> }

/**
 * What a second time would do again: after a crash nobody can tell whether the first got as far as the door, so it is
 * given up. The other kinds come to the same however often they are done.
 */
const ONCE_ONLY: ReadonlySet<OrderKind> = new Set(['open-door.v1', 'door-mode.v1'])
/** Outcomes that wait for the disk; more are forgotten, and the server tells that no answer came. */
const UNWRITTEN_MAX = 1_000

export interface OrderRunner {
  /**
   * Takes an order as the server gave it; one that is known is not carried out again. Resolves once there is nothing more to
   * do for it now. Never rejects: what fails is tried again when the server gives it again.
   * @param deadlineMonoMs on the gateway's monotonic clock, never later than the order's time
   */
  run(order: Order, deadlineMonoMs: number): Promise<void>
  /** Tells the server that this order cannot be carried out here, once. Never rejects, as above. */
  refuse(order: StrangeOrder): Promise<void>
}

const EXPIRED: OrderOutcome = { outcome: 'expired', reason: 'too-late' }

/** Committed before it is begun, its result committed after it ended: an order is carried out once, whatever dies between. */
export function createOrderRunner(deps: { store: OrderStore; handlers: OrderHandlers; clock: Clock; stamp: Stamper; log: Logger }): OrderRunner {
  const { store, handlers, clock, stamp, log } = deps
  const running = new Set<string>()
  /** Carried out in this life, not written yet. */
  const unwritten = new Map<string, OrderOutcome>()

  const write = async (order: { readonly orderId: string; readonly kind: string }, { outcome, reason }: OrderOutcome): Promise<void> => {
    const { orderId } = order
    if (unwritten.size < UNWRITTEN_MAX) unwritten.set(orderId, { outcome, reason })
    await store.transact(async (tx) => {
      await tx.finishOrder(orderId)
      await tx.append({ kind: 'order-result.v1', ...stamp(), orderId, outcome, reason })
    })
    unwritten.delete(orderId)
    log.info({ orderId, kind: order.kind, outcome, reason }, 'an order of the server is settled')
  }
  const carryOut = async (order: Order, deadlineMonoMs: number): Promise<OrderOutcome | undefined> => {
    if (clock.monoMs() >= deadlineMonoMs) return EXPIRED
    try {
      const handler = handlers[order.kind] as (order: Order) => Promise<OrderOutcome | undefined>
      return await handler(order)
    } catch (error) {
      log.error({ err: error, orderId: order.orderId, kind: order.kind }, 'an order of the server failed')
      return { outcome: 'refused', reason: error instanceof AppError ? error.code : 'failed' }
    }
  }
  const settle = async (order: Order, deadlineMonoMs: number): Promise<void> => {
    const { orderId, kind } = order
    const done = unwritten.get(orderId)
    if (done !== undefined) return write(order, done)
    const before: OrderStage | undefined = await store.transact((tx) => tx.beginOrder(orderId, kind))
    if (before === 'done') return
    if (before === 'begun' && ONCE_ONLY.has(kind)) return write(order, { outcome: 'no-answer', reason: 'interrupted' })
    const outcome = await carryOut(order, deadlineMonoMs)
    if (outcome !== undefined) await write(order, outcome)
  }

  /** One at a time of each order. */
  const alone = async ({ orderId, kind }: { readonly orderId: string; readonly kind: string }, work: () => Promise<void>): Promise<void> => {
    if (running.has(orderId)) return
    running.add(orderId)
    try {
      await work()
    } catch (error) {
      log.error({ err: error, orderId, kind }, 'an order of the server could not be recorded; it is taken up when it is given again')
    } finally {
      running.delete(orderId)
    }
  }

  return {
    run: (order, deadlineMonoMs) => alone(order, () => settle(order, deadlineMonoMs)),
    async refuse({ orderId, kind, reason }) {
      if (orderId === null) return log.warn({ kind, reason }, 'an order of the server cannot be read, nor told from others')
      await alone({ orderId, kind }, async () => {
        const before = await store.transact((tx) => tx.beginOrder(orderId, kind))
        if (before !== 'done') await write({ orderId, kind }, { outcome: 'refused', reason })
      })
    },
  }
}
