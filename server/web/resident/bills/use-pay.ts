import { ref, shallowRef } from 'vue'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import { type Phrase, phrase } from '../../kit/words/phrase.js'
import { useResident } from '../resident-context.js'
import type { Channel, PayWish, PlacedOrder } from '../resident-types.js'

/** Inside WeChat neither channel's page opens: another phone scans. */
export const insideWechat = (): boolean => /MicroMessenger/i.test(navigator.userAgent)

const PROBLEMS: Readonly<Record<string, string>> = {
  SV_PAYMENT_BILL: 'my.bill.nothingOwed', SV_PAYMENT_RACE: 'my.bill.other', SV_PAYMENT_CHANNEL: 'my.bill.channelBusy', SV_PAYMENT_NO_CHANNEL: 'my.bill.noChannel',
}
const problemOf = (failure: ApiFailure): Phrase => phrase(PROBLEMS[failure.code] ?? `failure.${failure.kind}.title`)

/**
 * Placing an order and leaving for the channel's page. Nothing here says that anything was paid: the server does.
 * @param place asks the server for an order
 * @param left called once the payer is on the way, with the order
 */
export function usePay(place: (wish: PayWish) => Promise<PlacedOrder>, left: (order: PlacedOrder) => void = () => undefined) {
  const { leave } = useResident()
  const busy = ref(false)
  const problem = shallowRef<Phrase>()
  /** The payer chose this one while another is under way. */
  const instead = ref<Channel>()
  /** A code for another phone to scan. */
  const code = shallowRef<{ readonly channel: Channel; readonly text: string; readonly order: PlacedOrder }>()

  async function pay(channel: Channel, sure = false): Promise<void> {
    if (busy.value) return
    busy.value = true
    problem.value = undefined
    try {
      const order = await place({ channel, scene: insideWechat() ? 'qr' : 'phone', ...(sure ? { instead: true } : {}) })
      instead.value = undefined
      left(order)
      if (order.payStep.kind === 'redirect') leave(order.payStep.url)
      else if (order.payStep.kind === 'qr') code.value = { channel, text: order.payStep.text, order }
    } catch (error) {
      const failure = asFailure(error)
      if (failure.code === 'SV_PAYMENT_OTHER_ORDER' && !sure) instead.value = channel
      else problem.value = problemOf(failure)
    }
    busy.value = false
  }
  return { busy, problem, instead, code, pay }
}
