import type { Socket } from 'node:net'
import type { Clock } from '#kernel/clock.js'
import { createHandshakeQueue } from './handshake-queue.js'
import { BROKER_LIMITS } from './limits.js'

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

/**
 * A handshake takes milliseconds of the one thread that also passes on door commands. So those who nobody knows yet come in at a pace, are
 * bounded in number, by address and in all, and each has a bounded time to become a device. Devices that are connected are not counted, and
 * feel nothing of it.
 */
export function createArrivalGate(deps: { clock: Clock; onRefused: (reason: 'strangers-full') => void }): ArrivalGate {
  const { clock, onRefused } = deps
  const queue = createHandshakeQueue({ clock })
  const strangersOf = new Map<string, number>()
  let strangers = 0

  const count = (address: string, change: 1 | -1): void => {
    strangers += change
    const now = (strangersOf.get(address) ?? 0) + change
    if (now === 0) strangersOf.delete(address)
    else strangersOf.set(address, now)
  }

  return {
    arrive(socket, begin) {
      const { remoteAddress: address } = socket
      // Gone before anybody looked.
      if (address === undefined) return void socket.destroy()
      if (strangers >= BROKER_LIMITS.strangersMax || (strangersOf.get(address) ?? 0) >= BROKER_LIMITS.strangersPerAddressMax) {
        socket.destroy()
        return onRefused('strangers-full')
      }
      count(address, 1)
      const cancelDeadline = clock.after(BROKER_LIMITS.strangerMsMax, () => socket.destroy())
      let isStranger = true
      let isGreeted = false
      let endHandshake = (): void => undefined
      const greeted = (): void => {
        isGreeted = true
        endHandshake()
      }
      const leave = (): void => {
        greeted()
        if (!isStranger) return
        isStranger = false
        cancelDeadline()
        count(address, -1)
      }
      socket.once('close', leave)
      endHandshake = queue.enter(address, () => begin({ greeted, admitted: leave }))
      if (isGreeted) endHandshake()
    },
  }
}
