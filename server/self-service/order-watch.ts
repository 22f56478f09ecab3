import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'

/** A page that waits asks every few seconds; the channel is not asked more often than this about one order. */
const ASK_EVERY_MS = 3_000
/** Orders remembered; beyond it the one longest unasked goes. */
const ORDERS_MAX = 5_000

/** Has the channel asked while somebody waits for an order, so that a notify that was lost costs seconds. */
export interface OrderWatch {
  /** Returns at once: the answer is in the order when it is looked at next. */
  lookSoon(outTradeNo: string): void
}

export function createOrderWatch(deps: { ask: (outTradeNo: string) => Promise<void>; clock: Clock; log: Logger }): OrderWatch {
  const asked = new Map<string, number>()
  return {
    lookSoon(outTradeNo) {
      const nowMs = deps.clock.monoMs()
      const last = asked.get(outTradeNo)
      if (last !== undefined && nowMs - last < ASK_EVERY_MS) return
      asked.delete(outTradeNo)
      asked.set(outTradeNo, nowMs)
      const oldest = asked.keys().next()
      if (asked.size > ORDERS_MAX && oldest.done === false) asked.delete(oldest.value)
      // The first look comes right after the order was made: nobody can have paid yet.
      if (last === undefined) return
      deps.ask(outTradeNo).catch((error: unknown) => deps.log.warn({ outTradeNo, err: error }, 'an order could not be asked about'))
    },
  }
}
