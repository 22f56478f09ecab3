import type { CancelTimer, Clock } from '#kernel/clock.js'

/** Gateways that wait for orders: one question of each, so there are never more than there are gateways. */
export interface OrderLine {
  /**
   * Resolves when there is something to look for or the time is over; with false where nobody listens any more: a later
   * question took this one's place, whoever asked has left, or this is the end.
   */
  wait(gatewayId: string, waitMs: number, left: AbortSignal): Promise<boolean>
  /** Ends the wait of the gateway; where it does not wait now, the next one ends at once. */
  wake(gatewayId: string): void
  /** What was told before this is known: the gateway's next wait is for what comes after. */
  listen(gatewayId: string): void
  /** Releases everybody; nobody waits from here on. */
  close(): void
}

export function createOrderLine({ clock }: { clock: Clock }): OrderLine {
  const waiters = new Map<string, (goOn: boolean) => void>()
  /** Woken while they did not wait: between looking and waiting nothing is missed. */
  const told = new Set<string>()
  let closed = false

  return {
    wait: (gatewayId, waitMs, left) => new Promise((resolve) => {
      waiters.get(gatewayId)?.(false)
      if (closed || left.aborted) return resolve(false)
      if (waitMs <= 0 || told.delete(gatewayId)) return resolve(true)
      let cancel: CancelTimer = () => {}
      const leave = (): void => release(false)
      const release = (goOn: boolean): void => {
        cancel()
        left.removeEventListener('abort', leave)
        if (waiters.get(gatewayId) === release) waiters.delete(gatewayId)
        resolve(goOn)
      }
      waiters.set(gatewayId, release)
      left.addEventListener('abort', leave, { once: true })
      cancel = clock.after(waitMs, () => release(true))
    }),
    wake(gatewayId) {
      const release = waiters.get(gatewayId)
      if (release === undefined) told.add(gatewayId)
      else release(true)
    },
    listen: (gatewayId) => void told.delete(gatewayId),
    close() {
      closed = true
      for (const release of [...waiters.values()]) release(false)
    },
  }
}
