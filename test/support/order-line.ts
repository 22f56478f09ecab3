import type { ServerResponse } from 'node:http'
import type { Order } from '#contract/sync-orders.js'
import type { RecordBody } from '#contract/sync-records.js'

/** An order that has no result is given again after so long. */
const GIVEN_AGAIN_MS = 1_000
const LOOK_MS = 25

export interface OrderLine {
  add(order: Order): void
  /** Orders that are due, or none once the wait is over or whoever asked has gone. */
  take(waitMs: number, asked: Pick<ServerResponse, 'destroyed'>): Promise<Order[]>
}

/** The server's side of the long poll, for one gateway. @param received records of the gateway, results among them */
export function createOrderLine(received: ReadonlyArray<{ readonly payload: string }>): OrderLine {
  const open: Array<{ order: Order; untilMs: number; givenMs: number }> = []
  const hasResult = ({ orderId }: Order): boolean => received.some(({ payload }) => {
    const record = JSON.parse(payload) as RecordBody
    return record.kind === 'order-result.v1' && record.orderId === orderId
  })
  return {
    add: (order) => void open.push({ order, untilMs: performance.now() + order.remainingMs, givenMs: -Infinity }),
    async take(waitMs, asked) {
      for (const untilMs = performance.now() + waitMs; ;) {
        const nowMs = performance.now()
        const due = open.filter((one) => one.untilMs > nowMs && nowMs - one.givenMs >= GIVEN_AGAIN_MS && !hasResult(one.order))
        for (const one of due) one.givenMs = nowMs
        if (due.length > 0 || nowMs >= untilMs || asked.destroyed) return due.map(({ order, untilMs: over }) => ({ ...order, remainingMs: Math.floor(over - nowMs) }))
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    },
  }
}
