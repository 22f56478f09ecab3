import type { CancelTimer, Clock } from '#kernel/clock.js'

/** Gateways that wait for orders: one question of each, so there are never more than there are gateways. */
export interface OrderLine {
  /** Resolves when there is something to look for, when the time is over, when a later question takes this one's place, or at the end. */
  wait(gatewayId: string, waitMs: number, left: AbortSignal): Promise<void>
  /** Ends the wait of the gateway; where it does not wait now, the next one ends at once. */
  wake(gatewayId: string): void
  /** What was told before this is known: the gateway's next wait is for what comes after. */
  listen(gatewayId: string): void
  /** Releases everybody; nobody waits from here on. */
  close(): void
  waiting(): number
  isClosed(): boolean
}

export function createOrderLine({ clock }: { clock: Clock }): OrderLine {
  const waiters = new Map<string, () => void>()
  /** Woken while they did not wait: between looking and waiting nothing is missed. */
  const told = new Set<string>()
  let closed = false

  return {
    wait: (gatewayId, waitMs, left) => new Promise((resolve) => {
      waiters.get(gatewayId)?.()
      if (closed || left.aborted || waitMs <= 0 || told.delete(gatewayId)) return resolve()
      let cancel: CancelTimer = () => {}
      const release = (): void => {
        cancel()
        left.removeEventListener('abort', release)
        if (waiters.get(gatewayId) === release) waiters.delete(gatewayId)
        resolve()
      }
      waiters.set(gatewayId, release)
      left.addEventListener('abort', release, { once: true })
      cancel = clock.after(waitMs, release)
    }),
    wake(gatewayId) {
      const release = waiters.get(gatewayId)
      if (release === undefined) told.add(gatewayId)
      else release()
    },
    listen: (gatewayId) => void told.delete(gatewayId),
    close() {
      closed = true
      for (const release of [...waiters.values()]) release()
    },
    waiting: () => waiters.size,
    isClosed: () => closed,
  }
}
