import type { Socket } from 'node:net'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import { BROKER_LIMITS } from './limits.js'
import { createPace } from './pace.js'

/** A connection from its acceptance to its admission. Each step may be told twice; what comes too late does nothing. */
export interface Stranger {
  /** Its handshake is over, well or not: the next may begin. */
  greeted(): void
  /** It is a device now, and counts as a stranger no more. */
  admitted(): void
}

export interface ArrivalGate {
  /** Calls `begin` when this connection's turn has come, now or later, or destroys it. */
  arrive(socket: Socket, begin: (stranger: Stranger) => void): void
}

interface Address {
  strangers: number
  handshakes: number
  /** Begins the handshake of each, in the order of their arrival. */
  readonly waiting: Array<() => void>
}

/**
 * A handshake takes milliseconds of the one thread that also passes on door commands. So those who nobody knows yet come in one at a time:
 * so many handshakes at once and a second, from one address and from all, addresses in turn, and each has a bounded time to become a device.
 * Devices that are connected are not counted, and feel nothing of it.
 */
export function createArrivalGate(deps: { clock: Clock; onRefused: (reason: 'strangers-full') => void }): ArrivalGate {
  const { clock, onRefused } = deps
  const pace = createPace({ clock, everyMs: BROKER_LIMITS.handshakePaceMs, burst: BROKER_LIMITS.handshakeBurst })
  const paceOfAddress = createPace({ clock, everyMs: BROKER_LIMITS.handshakePacePerAddressMs, burst: BROKER_LIMITS.handshakeBurstPerAddress })
  /** Those with strangers; who was served goes to the end. */
  const addresses = new Map<string, Address>()
  let strangers = 0
  let handshakes = 0
  let cancelTimer: CancelTimer | undefined

  /** Serves the first that may; otherwise says after how long one may by time alone. */
  const serveOne = (): 'served' | number => {
    const restMs = pace.restMs('')
    if (restMs > 0 || handshakes >= BROKER_LIMITS.handshakesAtOnceMax) return restMs
    let soonestMs = Number.POSITIVE_INFINITY
    for (const [name, address] of addresses) {
      if (address.waiting.length === 0 || address.handshakes >= BROKER_LIMITS.handshakesAtOncePerAddressMax) continue
      const ownMs = paceOfAddress.restMs(name)
      if (ownMs > 0) {
        soonestMs = Math.min(soonestMs, ownMs)
        continue
      }
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

  const enter = (socket: Socket, name: string, address: Address, begin: (stranger: Stranger) => void): void => {
    let state: 'waiting' | 'handshake' | 'greeted' | 'gone' = 'waiting'
    const greeted = (): void => {
      if (state !== 'handshake') return
      state = 'greeted'
      address.handshakes--
      handshakes--
      pump()
    }
    const leave = (): void => {
      greeted()
      if (state === 'gone') return
      if (state === 'waiting') address.waiting.splice(address.waiting.indexOf(start), 1)
      state = 'gone'
      cancelDeadline()
      strangers--
      if (--address.strangers === 0) addresses.delete(name)
    }
    const start = (): void => {
      state = 'handshake'
      address.handshakes++
      handshakes++
      begin({ greeted, admitted: leave })
    }
    const cancelDeadline = clock.after(BROKER_LIMITS.strangerMsMax, () => socket.destroy())
    strangers++
    address.strangers++
    address.waiting.push(start)
    socket.once('close', leave)
    pump()
  }

  return {
    arrive(socket, begin) {
      const name = socket.remoteAddress
      // Gone before anybody looked.
      if (name === undefined) return void socket.destroy()
      const address = addresses.get(name) ?? { strangers: 0, handshakes: 0, waiting: [] }
      if (strangers >= BROKER_LIMITS.strangersMax || address.strangers >= BROKER_LIMITS.strangersPerAddressMax) {
        socket.destroy()
        return onRefused('strangers-full')
      }
      addresses.set(name, address)
      enter(socket, name, address, begin)
    },
  }
}
