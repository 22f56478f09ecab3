import { createReaderPace } from './access/reader-pace.js'
import type { GatewayRuntime } from './app-estate.js'
import type { DevicePublisher } from './device/ports.js'
import type { Lifecycle } from './lifecycle.js'
import { createBillLists } from './payment/bill-lists.js'
import { createCodeOrders } from './payment/code-orders.js'
import { type EstateClose, createEstateClose } from './payment/estate-close.js'
import { createPaymentBook } from './payment/payment-book.js'
import type { TillServer, TillServerError } from './payment/ports.js'
import { createTillHandlers } from './payment/till-handlers.js'
import type { GatewayStore } from './store/types.js'
import { createRetryLoop } from './sync/retry-loop.js'
import { type ServerAnswer, type ServerCallError, isTransient } from './sync/server-client.js'
import type { SyncPeer } from './sync/sync-peer.js'

/** Somebody stands at the till and waits. */
const ANSWER_MS_MAX = 4_000
/** Orders are open for a quarter of an hour; a till that shows one asks by itself. */
const FOLLOW_TIMES = { idleMs: 10_000, coalesceMs: 0, retryMsMin: 5_000, retryMsMax: 60_000 }
const CLOSE_TIMES = { idleMs: 60_000, coalesceMs: 0, retryMsMin: 10_000, retryMsMax: 600_000 }

const errorOf = (error: ServerCallError): TillServerError =>
  (error.kind === 'refused' && !isTransient(error) ? { kind: 'refused', code: error.code } : { kind: 'unavailable' })

/** The server as tills ask it; one that knows nothing of tills is as good as away. */
export function tillServerOf({ client, identity: { credential } }: Pick<SyncPeer, 'client' | 'identity'>): TillServer {
  const told = async <T>(answer: ServerAnswer<T>) => {
    const got = await answer
    return got.ok ? got : { ok: false as const, error: errorOf(got.error) }
  }
  return {
    async bills(request) {
      const got = await told(client.tillBills(credential, request, ANSWER_MS_MAX))
      return got.ok ? got : { ok: false, error: { kind: 'unavailable' } }
    },
    place: (request) => told(client.tillOrder(credential, request, ANSWER_MS_MAX)),
    order: (outTradeNo) => told(client.tillOrderState(credential, outTradeNo, ANSWER_MS_MAX)),
  }
}

export interface OpenPayments {
  readonly handlers: ReturnType<typeof createTillHandlers>
  readonly close: EstateClose
}

/** Payments at the estate's tills. @param deps.hasTills true where a till is registered */
export async function openPayments(
  deps: { store: GatewayStore; peer: SyncPeer; publisher: DevicePublisher; hasTills: () => boolean; runtime: GatewayRuntime }, parts: Lifecycle,
): Promise<OpenPayments> {
  const { store, publisher, runtime: { clock, ids, random, stamp } } = deps
  const log = deps.runtime.log.child({ part: 'payment' })
  const server = tillServerOf(deps.peer)
  const book = createPaymentBook({ store, clock, stamp })
  const codes = createCodeOrders({ store, server, book, clock, ids })
  const close = createEstateClose({ store, clock, stamp, hasTills: deps.hasTills })
  const loopOf = (what: string, times: typeof FOLLOW_TIMES, work: () => Promise<boolean>) => createRetryLoop({
    clock, random, times,
    round: async () => {
      try {
        return await work() ? 'idle' : 'failed'
      } catch (error) {
        log.error({ err: error }, `${what}: failed in this gateway, trying again`)
        return 'failed'
      }
    },
  })
  const following = loopOf('orders at tills', FOLLOW_TIMES, () => codes.follow())
  const counting = loopOf('estate close', CLOSE_TIMES, async () => {
    const rescued = await book.rescue()
    if (rescued > 0) log.warn({ payments: rescued }, 'payments of an earlier epoch were written into this one')
    for (const bizDate of await close.closeDays()) log.info({ bizDate }, 'a day of payments was counted')
    return true
  })
  await parts.open('orders at tills', () => following.start(), () => following.stop())
  await parts.open('estate close', () => counting.start(), () => counting.stop())
  const bills = createBillLists({ store, server, clock })
  return { handlers: createTillHandlers({ bills, codes, book, publisher, mayAsk: createReaderPace({ clock }) }), close }
}
