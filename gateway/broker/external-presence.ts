import type { DeviceAddress } from '#contract/topics.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { DeviceConnections } from '../device/ports.js'
import { type DeviceAccess, accessOf } from './authorization.js'
import { BROKER_LIMITS } from './limits.js'

const WINDOW_MS = 1_000

/** One device that another broker holds the connection of. */
export interface RemoteSession {
  readonly access: DeviceAccess
  /** Messages of it that are being handled. */
  handling: number
  greeted: boolean
  lastMonoMs: number
  windowStartMonoMs: number
  windowPackets: number
  windowBytes: number
  cancelSilence: CancelTimer
}

export interface ExternalPresence {
  /** The device said something: its session, begun anew by a hello after the first. */
  heard(address: DeviceAddress, isHello: boolean): RemoteSession
  /** False where this device's share of a second is used up. */
  mayTake(session: RemoteSession, bytes: number): boolean
  of(deviceId: string): RemoteSession | undefined
  end(deviceId: string): void
  endAll(): void
  count(): number
}

/**
 * Who is connected, where another broker holds the connections and tells nothing of them: a device is there from its first word until
 * it is silent for three heartbeats, and a hello is a new connection.
 */
export function createExternalPresence({ clock, connections }: { clock: Clock; connections: DeviceConnections }): ExternalPresence {
  const sessions = new Map<string, RemoteSession>()

  const end = (deviceId: string): void => {
    const session = sessions.get(deviceId)
    if (session === undefined) return
    session.cancelSilence()
    sessions.delete(deviceId)
    connections.disconnected(session.access.address)
  }
  /** One timer for each device, however often it speaks. */
  const watch = (session: RemoteSession, afterMs: number): void => {
    session.cancelSilence = clock.after(afterMs, () => {
      const leftMs = BROKER_LIMITS.silenceMsMax - (clock.monoMs() - session.lastMonoMs)
      if (leftMs > 0) watch(session, leftMs)
      else end(session.access.address.deviceId)
    })
  }
  const begin = (address: DeviceAddress): RemoteSession => {
    const nowMonoMs = clock.monoMs()
    const session: RemoteSession = {
      access: accessOf(address), handling: 0, greeted: false, lastMonoMs: nowMonoMs,
      windowStartMonoMs: nowMonoMs, windowPackets: 0, windowBytes: 0, cancelSilence: () => undefined,
    }
    sessions.set(address.deviceId, session)
    watch(session, BROKER_LIMITS.silenceMsMax)
    connections.connected(address)
    return session
  }

  return {
    heard(address, isHello) {
      if (isHello && sessions.get(address.deviceId)?.greeted === true) end(address.deviceId)
      const session = sessions.get(address.deviceId) ?? begin(address)
      session.greeted ||= isHello
      session.lastMonoMs = clock.monoMs()
      return session
    },
    mayTake(session, bytes) {
      const nowMonoMs = clock.monoMs()
      if (nowMonoMs - session.windowStartMonoMs >= WINDOW_MS) Object.assign(session, { windowStartMonoMs: nowMonoMs, windowPackets: 0, windowBytes: 0 })
      session.windowPackets++
      session.windowBytes += bytes
      return session.windowPackets <= BROKER_LIMITS.packetsPerSecondMax && session.windowBytes <= BROKER_LIMITS.bytesPerSecondMax
    },
    of: (deviceId) => sessions.get(deviceId),
    end,
    endAll: () => [...sessions.keys()].forEach(end),
    count: () => sessions.size,
  }
}
