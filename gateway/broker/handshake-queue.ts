import type { CancelTimer, Clock } from '#kernel/clock.js'
import { BROKER_LIMITS } from './limits.js'
import { createPace } from './pace.js'

/** Whose turn it is to shake hands. */
export interface HandshakeQueue {
  /**
   * Calls `start` when the turn of this one has come, now or later.
   * @returns what ends its handshake, or its wait: the next may begin then; once is enough
   */
  enter(address: string, start: () => void): () => void
}

interface Address {
  underWay: number
  /** In the order of their arrival. */
  readonly waiting: Array<() => void>
}

/** So many at once and a second, from one address and from all; addresses in turn. */
export function createHandshakeQueue({ clock }: { clock: Clock }): HandshakeQueue {
  const pace = createPace({ clock, everyMs: BROKER_LIMITS.handshakePaceMs, burst: BROKER_LIMITS.handshakeBurst })
  const paceOfAddress = createPace({ clock, everyMs: BROKER_LIMITS.handshakePacePerAddressMs, burst: BROKER_LIMITS.handshakeBurstPerAddress })
  /** Those with somebody in them; who was served goes to the end. */
  const addresses = new Map<string, Address>()
  let underWay = 0
  let cancelTimer: CancelTimer | undefined

  /** Serves the first that may; otherwise says after how long one may by time alone. */
  const serveOne = (): 'served' | number => {
    const restMs = pace.restMs('')
    if (restMs > 0 || underWay >= BROKER_LIMITS.handshakesAtOnceMax) return restMs
    let soonestMs = Number.POSITIVE_INFINITY
    for (const [name, address] of addresses) {
      if (address.waiting.length === 0 || address.underWay >= BROKER_LIMITS.handshakesAtOncePerAddressMax) continue
      const ownMs = paceOfAddress.restMs(name)
      soonestMs = Math.min(soonestMs, ownMs)
      if (ownMs > 0) continue
      pace.take('')
      paceOfAddress.take(name)
      addresses.delete(name)
      addresses.set(name, address)
      address.waiting.shift()?.()
      return 'served'
    }
    return soonestMs
  }
  const pump = (): void => {
    cancelTimer?.()
    cancelTimer = undefined
    let next = serveOne()
    while (next === 'served') next = serveOne()
    const anyWaiting = [...addresses.values()].some(({ waiting }) => waiting.length > 0)
    if (anyWaiting && next > 0 && Number.isFinite(next)) cancelTimer = clock.after(next, pump)
  }

  return {
    enter(name, start) {
      const address = addresses.get(name) ?? { underWay: 0, waiting: [] }
      addresses.set(name, address)
      let state: 'waiting' | 'under-way' | 'over' = 'waiting'
      const begin = (): void => {
        state = 'under-way'
        address.underWay++
        underWay++
        start()
      }
      address.waiting.push(begin)
      pump()
      return () => {
        if (state === 'over') return
        if (state === 'waiting') address.waiting.splice(address.waiting.indexOf(begin), 1)
        else {
          address.underWay--
          underWay--
        }
        state = 'over'
        if (address.underWay === 0 && address.waiting.length === 0) addresses.delete(name)
        pump()
      }
    },
  }
}
