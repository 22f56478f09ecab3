import { onScopeDispose, shallowRef } from 'vue'
import type { Order } from '../../kit/api/operation-types.js'
import type { AppContext } from '../../kit/app-context.js'
import { isPending } from './order-words.js'

/** Doors are over within seconds; a firmware update takes its time. */
const ASK_MS = 1_000
const ASK_LATER_MS = 10_000
const LATER_AFTER_MS = 60_000

/** Follows one order until something is known of it: it counts as nothing but pending before. */
export function useOrder(context: Pick<AppContext, 'api' | 'after'>) {
  const order = shallowRef<Order>()
  let cancel: () => void = () => {}
  let generation = 0

  function look(mine: number): void {
    const ageMs = context.api.serverNowMs() - (order.value?.createdAtMs ?? 0)
    cancel = context.after(ageMs > LATER_AFTER_MS ? ASK_LATER_MS : ASK_MS, () => {
      const known = order.value
      if (known === undefined || mine !== generation) return
      // A question that fails is asked again: the order goes on without us.
      void context.api.order(known.orderId).catch(() => known).then((next) => {
        if (mine !== generation) return
        order.value = next
        if (isPending(next)) look(mine)
      })
    })
  }
  const clear = (): void => {
    generation++
    cancel()
    order.value = undefined
  }
  onScopeDispose(clear)
  return {
    order,
    clear,
    follow(given: Order): void {
      clear()
      order.value = given
      if (isPending(given)) look(generation)
    },
  }
}
