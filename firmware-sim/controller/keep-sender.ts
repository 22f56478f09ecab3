import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { KeepQueue, Kept } from './keep-queue.js'

/** Sends what the queue keeps, again and again, until it is acknowledged. */
export interface KeepSender {
  connected(): void
  disconnected(): void
  /** Keeps a new message and, where there is a connection, sends it ahead of older ones. */
  offer(message: Kept): void
  acknowledge(eventIds: readonly string[]): void
  stop(): void
}

/** Old messages on their way at once: an acknowledgement names at most 64. */
const WINDOW = 64
/** Without an acknowledgement for this long a message is sent again on the same connection. */
export const RESEND_AFTER_MS = 5_000

/**
 * @param deps.send false where it could not be sent now
 * @param deps.acknowledged told how many messages were let go
 */
export function createKeepSender(deps: {
  queue: KeepQueue
  clock: Clock
  send: (message: Kept) => boolean
  acknowledged: (messages: number) => void
}): KeepSender {
  const { queue, clock } = deps
  const sentAtMs = new Map<string, number>()
  /** Kept since the present connection began: told as they happen. */
  const fresh = new Set<string>()
  let isConnected = false
  let cancelCheck: CancelTimer | undefined

  const sendOne = (message: Kept): boolean => {
    const { eventId } = message.payload
    const told: Kept = message.kind === 'doorEvent'
      ? { kind: message.kind, payload: { ...message.payload, live: fresh.has(eventId) } }
      : message
    if (!deps.send(told)) return false
    sentAtMs.set(eventId, clock.monoMs())
    return true
  }
  const pump = (): void => {
    if (!isConnected) return
    for (const message of queue.pending()) {
      if (sentAtMs.size >= WINDOW) return
      if (!sentAtMs.has(message.payload.eventId) && !sendOne(message)) return
    }
  }
  const check = (): void => {
    for (const [eventId, atMs] of sentAtMs) {
      if (clock.monoMs() - atMs >= RESEND_AFTER_MS) sentAtMs.delete(eventId)
    }
    pump()
    cancelCheck = clock.after(RESEND_AFTER_MS, check)
  }
  const forgetConnection = (): void => {
    isConnected = false
    cancelCheck?.()
    sentAtMs.clear()
    fresh.clear()
  }
  return {
    connected() {
      forgetConnection()
      isConnected = true
      check()
    },
    disconnected: forgetConnection,
    offer(message) {
      queue.keep(message)
      if (!isConnected) return
      fresh.add(message.payload.eventId)
      sendOne(message)
    },
    acknowledge(eventIds) {
      for (const eventId of eventIds) {
        sentAtMs.delete(eventId)
        fresh.delete(eventId)
      }
      deps.acknowledged(queue.acknowledge(eventIds))
      pump()
    },
    stop: forgetConnection,
  }
}
