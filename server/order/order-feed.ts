import { type Order } from '#contract/sync-orders.js'
import type { Clock } from '#kernel/clock.js'
import type { Database } from '../db/transaction.js'
import type { OrderLine } from './order-line.js'
import * as orders from './order-repository.js'
import { type Now, ORDER_VALID_MS, remainingMs } from './order-rules.js'

/** Orders in one answer; the next question gets the rest. */
const ORDERS_MAX = 50
/** An order without a result is given out again after this: the answer that held it may have been lost. */
export const GIVEN_AGAIN_MS = 2_000

/**
 * An opening is for the process that heard of it first. The next one may have been given an older disk, one that does not know that the
 * door was opened already.
 */
const FOR_ONE_LIFE = 'open-door.v1'
const REMEMBERED_MS = Math.max(GIVEN_AGAIN_MS, ORDER_VALID_MS[FOR_ONE_LIFE])

/** Who asks: the gateway, and its process where it says which. */
export interface Asker {
  readonly gatewayId: string
  readonly estateId: string
  readonly life?: string | undefined
}

export interface OrderFeedDeps {
  readonly db: Database
  readonly clock: Clock
  readonly line: OrderLine
  readonly life: string
  /** Told which orders a gateway has now fetched for the first time. */
  readonly given: (gateway: { gatewayId: string; estateId: string }, orderIds: readonly string[]) => void
}

export interface OrderFeed {
  /** The gateway's orders with what is left of their time: at once where there are any, else once there are, or none after the wait. */
  take(asker: Asker, waitMs: number, left: AbortSignal): Promise<Order[]>
}

export function createOrderFeed(deps: OrderFeedDeps): OrderFeed {
  const { db, clock, line } = deps
  /** When and to which process each open order was given out last, in this life of ours. */
  const givenTo = new Map<string, { readonly monoMs: number; readonly life: string | undefined }>()

  const dueIn = (orderId: string): number => Math.max(0, (givenTo.get(orderId)?.monoMs ?? -Infinity) + GIVEN_AGAIN_MS - clock.monoMs())
  const isForAnother = ({ kind, orderId }: orders.OrderRow, { life }: Asker): boolean => {
    const before = givenTo.get(orderId)
    return kind === FOR_ONE_LIFE && before !== undefined && before.life !== life
  }
  const onWire = (row: orders.OrderRow, now: Now): Order[] => {
    const left = remainingMs(row, now)
    if (left < 1) return []
    return [{ kind: row.kind, orderId: row.orderId, remainingMs: left, operatorRef: row.operatorRef, ...JSON.parse(row.content) as object } as Order]
  }

  const give = async ({ life, ...gateway }: Asker, due: readonly orders.OrderRow[]): Promise<Order[]> => {
    const first = due.filter((row) => row.givenAtMs === null).map((row) => row.orderId)
    if (first.length > 0) {
      await db.transact((tx) => orders.noteGiven(tx, first, clock.wallMs()))
      deps.given(gateway, first)
    }
    const monoMs = clock.monoMs()
    // What was given longer ago is due as if it never was.
    for (const [orderId, before] of givenTo) if (before.monoMs + REMEMBERED_MS <= monoMs) givenTo.delete(orderId)
    for (const row of due) givenTo.set(row.orderId, { monoMs, life })
    // What is left is told by the clock after the write: it may have waited for others.
    return due.flatMap((row) => onWire(row, { life: deps.life, monoMs, wallMs: clock.wallMs() }))
  }

  return {
    async take(asker, waitMs, left) {
      const untilMono = clock.monoMs() + waitMs
      for (;;) {
        line.listen(asker.gatewayId)
        const now = { life: deps.life, monoMs: clock.monoMs(), wallMs: clock.wallMs() }
        const open = (await orders.openOfGateway(db.read, asker.gatewayId, ORDERS_MAX)).filter((row) => remainingMs(row, now) > 0 && !isForAnother(row, asker))
        if (left.aborted) return []
        const answer = await give(asker, open.filter((row) => dueIn(row.orderId) === 0))
        const leftMs = untilMono - clock.monoMs()
        if (answer.length > 0 || leftMs <= 0) return answer
        if (!await line.wait(asker.gatewayId, Math.min(leftMs, ...open.map((row) => Math.max(1, dueIn(row.orderId)))), left)) return []
      }
    },
  }
}
