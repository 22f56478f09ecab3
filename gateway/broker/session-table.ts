import type { Client } from 'aedes'
import type { DeviceAddress } from '#contract/topics.js'
import type { DeviceAccess } from './authorization.js'
import type { DeviceLink } from './device-link.js'
import type { TerminalAccess, TerminalAddress } from './terminal-access.js'

/** Given to the broker as an error, which closes the connection; counted by its reason. */
export class ClosingRefusal extends Error {
  readonly reason: 'qos-2'

  constructor(reason: 'qos-2') {
    super(reason)
    this.reason = reason
  }
}

/** One admitted connection of one device. */
export interface DeviceSession {
  readonly access: DeviceAccess | TerminalAccess
  readonly client: Client
  readonly link: DeviceLink
  /** Topic → granted QoS. */
  readonly subscribed: Map<string, 0 | 1 | 2>
  /** Messages of it that are being handled. */
  handling: number
  /** Of them, those that have to be made durable. */
  keeping: number
  /** True while its share of a second is used up. */
  isResting: boolean
}

/** Told of every connection that was admitted, and of its end. */
export interface SessionListener {
  connected(address: DeviceAddress | TerminalAddress): void
  disconnected(address: DeviceAddress | TerminalAddress): void
}

export interface SessionTable {
  /** Makes this the device's one connection: an earlier one ends first [MQTT-3.1.4-2]. */
  begin(session: DeviceSession): void
  /** Ends a connection, once; nothing more goes to it or comes from it. */
  end(session: DeviceSession): void
  /** True from `begin` to `end`. */
  isCurrent(session: DeviceSession): boolean
  of(deviceId: string): DeviceSession | undefined
  all(): readonly DeviceSession[]
}

/** Who is connected. The one place that tells of connections and their ends, strictly in turn for each device. */
export function createSessionTable(connections: SessionListener): SessionTable {
  const current = new Map<string, DeviceSession>()
  const isCurrent = (session: DeviceSession): boolean => current.get(session.access.address.deviceId) === session
  const end = (session: DeviceSession): void => {
    if (!isCurrent(session)) return
    current.delete(session.access.address.deviceId)
    session.client.close()
    session.link.destroy()
    connections.disconnected(session.access.address)
  }
  return {
    begin(session) {
      const earlier = current.get(session.access.address.deviceId)
      if (earlier !== undefined) end(earlier)
      current.set(session.access.address.deviceId, session)
      connections.connected(session.access.address)
    },
    end,
    isCurrent,
    of: (deviceId) => current.get(deviceId),
    all: () => [...current.values()],
  }
}
