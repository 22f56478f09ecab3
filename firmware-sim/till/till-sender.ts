import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { PaymentTakenV1 } from '#contract/till-messages.js'
import type { TillMemory } from './till-memory.js'

/** Without an answer for this long a payment is sent again on the same connection. */
export const RESEND_AFTER_MS = 5_000
/** On their way at once. */
const WINDOW = 16

/** Sends what the till keeps, again and again, until the gateway says that it has it. */
export function createTillSender(deps: { memory: Pick<TillMemory, 'pending'>; clock: Clock; send: (payment: PaymentTakenV1) => boolean }) {
  const { memory, clock, send } = deps
  const sentAtMs = new Map<string, number>()
  let isConnected = false
  let cancel: CancelTimer | undefined

  const pump = (): void => {
    if (!isConnected) return
    for (const payment of memory.pending().slice(0, WINDOW)) {
      if (!sentAtMs.has(payment.paymentId) && send(payment)) sentAtMs.set(payment.paymentId, clock.monoMs())
    }
  }
  const check = (): void => {
    for (const [paymentId, atMs] of sentAtMs) if (clock.monoMs() - atMs >= RESEND_AFTER_MS) sentAtMs.delete(paymentId)
    pump()
    cancel = clock.after(RESEND_AFTER_MS, check)
  }
  const forget = (): void => {
    isConnected = false
    cancel?.()
    sentAtMs.clear()
  }
  return {
    connected(): void {
      forget()
      isConnected = true
      check()
    },
    disconnected: forget,
    /** Something was kept, or is not waited for any more. */
    changed(paymentId: string): void {
      sentAtMs.delete(paymentId)
      pump()
    },
  }
}
