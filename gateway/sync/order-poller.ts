import type { Order, StrangeOrder } from '#contract/sync-orders.js'
import { createIdSource } from '#kernel/ids.js'
import { type Round, createRetryLoop } from './retry-loop.js'
import { type ContactStatus, type SyncPeer, type SyncRuntime, createContactLog } from './sync-peer.js'

/**
 * How long the server may hold a question. What the server says is left of an order's time is counted from the moment the
 * question went out: no later moment is sure to be before the answer. So the wait costs every order as much of its time
 * as it lasted, and is short against the ten seconds of an opening.
 */
export const ORDERS_WAIT_MS = 5_000
/** After an outage an opening of ten seconds must still be heard of in time. */
const RETRY_MS_MIN = 500
const RETRY_MS_MAX = 3_000

export interface OrderPoller {
  start(): void
  /** Leaves a question that the server still holds: an order that was on its way is lost as if the line had been cut, and told of again by its own rules. */
  stop(): Promise<void>
  status(): ContactStatus
}

/** Asks for orders again and again and hands each over with its deadline on this gateway's clock, never later than its true one. */
export function createOrderPoller(deps: {
  peer: SyncPeer; runtime: SyncRuntime; requestTimeoutMs: number
  run: (order: Order, deadlineMonoMs: number) => Promise<void>
  refuse: (order: StrangeOrder) => Promise<void>
}): OrderPoller {
  const { peer, runtime, run, refuse } = deps
  const { clock, random, log } = runtime
  const contact = createContactLog({ clock, log, what: 'orders' })
  const leaving = new AbortController()
  const life = createIdSource({ clock, random }).uuid()

  const round = async (): Promise<Round> => {
    const askedMonoMs = clock.monoMs()
    const answer = await peer.client.orders(peer.identity.credential, { waitMs: ORDERS_WAIT_MS, life }, ORDERS_WAIT_MS + deps.requestTimeoutMs, leaving.signal)
    if (!answer.ok) {
      if (leaving.signal.aborted) return 'idle'
      contact.failed(answer.error)
      return 'failed'
    }
    contact.succeeded()
    for (const order of answer.value.orders) void run(order, askedMonoMs + order.remainingMs)
    for (const order of answer.value.strange ?? []) void refuse(order)
    return 'idle'
  }
  // The server's own wait is the pause.
  const loop = createRetryLoop({
    round, clock, random, times: { idleMs: 50, coalesceMs: 0, retryMsMin: RETRY_MS_MIN, retryMsMax: RETRY_MS_MAX },
  })
  return {
    start: () => loop.start(),
    async stop() {
      leaving.abort()
      await loop.stop()
    },
    status: () => contact.status(),
  }
}
