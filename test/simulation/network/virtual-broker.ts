import { type Payloads, encodeMessage } from '#contract/codec.js'
import type { DeviceMessageKind, GatewayMessageKind } from '#contract/message-table.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { DeviceConnections, DevicePublisher, DeviceAdmission } from '../../../gateway/device/ports.js'
import type { Router } from '../../../gateway/broker/router.js'
import type { Dice } from '../engine/dice.js'
import type { Life } from '../engine/life.js'
import type { Timeline } from '../engine/timeline.js'

/** How the estate's own network is just now, for one device; shares are of messages. */
export interface LinkWeather {
  drop: number
  duplicate: number
  /** Share that is late by up to `delayMsMax`; late ones are overtaken. */
  delay: number
  delayMsMax: number
}

export const FAIR_LINK: LinkWeather = { drop: 0, duplicate: 0, delay: 0, delayMsMax: 0 }

/** The device's end of the wire. */
export interface DeviceEnd {
  readonly address: DeviceAddress
  readonly weather: LinkWeather
  connected(): void
  disconnected(): void
  received(kind: GatewayMessageKind, bytes: Uint8Array): void
}

/** The gateway's end, for one of its lives. */
export interface GatewayEnd {
  readonly life: Life
  readonly admission: DeviceAdmission
  readonly connections: DeviceConnections
  readonly route: Router
}

/**
 * The wire between devices and gateway, with a broker's promises and no more: a connection is one way in order unless the
 * weather is bad, a message may come twice, and nobody is told at once that the other side has gone.
 */
export interface VirtualBroker {
  /** A new connection takes the place of an older one. False where nobody listens or lets it in. */
  connect(end: DeviceEnd): boolean
  send<Kind extends DeviceMessageKind>(end: DeviceEnd, kind: Kind, payload: Payloads[Kind]): boolean
  /** @param isSilent the gateway hears of it only when the keep-alive runs out */
  cut(end: DeviceEnd, isSilent: boolean): void
  isConnected(end: DeviceEnd): boolean
  open(gateway: GatewayEnd): void
  /** All connections end; the gateway goes on where it lives. */
  restart(): void
  /** Says an earlier message to the device once more, as it was. */
  replay(end: DeviceEnd, kind: GatewayMessageKind, newest: number): boolean
  /** Messages that arrived. */
  carried(): number
}

const KEEPALIVE_MS = 22_500
const REPLAYABLE_MAX = 50

interface Session {
  readonly end: DeviceEnd
  readonly gateway: GatewayEnd
  isUp: boolean
  /** When the newest message of each direction arrives. */
  up: number
  down: number
}

export interface VirtualBrokerDeps {
  readonly timeline: Timeline
  readonly dice: Dice
  readonly note: (line: string) => void
  readonly published: (kind: GatewayMessageKind, address: DeviceAddress, payload: unknown) => void
}

export function createVirtualBroker({ timeline, dice, note, published }: VirtualBrokerDeps): VirtualBroker & { publisherOf(life: Life): DevicePublisher } {
  const sessions = new Map<string, Session>()
  const said = new Map<string, Array<{ kind: GatewayMessageKind; bytes: Uint8Array }>>()
  let gateway: GatewayEnd | undefined
  let carried = 0

  const isCurrent = (session: Session): boolean => session.isUp && sessions.get(session.end.address.deviceId) === session
  const over = (session: Session): void => {
    if (!session.gateway.life.isAlive()) return
    session.gateway.connections.disconnected(session.end.address)
  }
  const end = (session: Session, isSilent: boolean): void => {
    if (!isCurrent(session)) return
    session.isUp = false
    sessions.delete(session.end.address.deviceId)
    note(`${session.end.address.deviceId} cut${isSilent ? ' silently' : ''}`)
    if (isSilent) timeline.after(KEEPALIVE_MS, () => over(session))
    else over(session)
    session.end.disconnected()
  }
  /** Carries one message over a session's link, once, twice or never. */
  const carry = (session: Session, way: 'up' | 'down', arrive: () => void): void => {
    const { drop, duplicate, delay, delayMsMax } = session.end.weather
    for (let copies = dice.chance(duplicate) ? 2 : 1; copies > 0; copies--) {
      if (dice.chance(drop)) continue
      const isLate = dice.chance(delay)
      const atMs = timeline.nowMs() + dice.between(0.5, 8) + (isLate ? dice.between(0, delayMsMax) : 0)
      const inOrderMs = isLate ? atMs : Math.max(atMs, session[way])
      if (!isLate) session[way] = inOrderMs
      timeline.after(inOrderMs - timeline.nowMs(), () => {
        if (!isCurrent(session)) return
        carried += 1
        arrive()
      })
    }
  }
  return {
    connect(device) {
      const { deviceId } = device.address
      const before = sessions.get(deviceId)
      if (gateway === undefined || !gateway.life.step()) return false
      if (!gateway.admission.admit(deviceId, fingerprintOf(deviceId)).ok) return false
      const session: Session = { end: device, gateway, isUp: true, up: 0, down: 0 }
      sessions.set(deviceId, session)
      gateway.connections.connected(device.address)
      if (before !== undefined) over(before)
      note(`${deviceId} connects`)
      device.connected()
      return true
    },
    send(device, kind, payload) {
      const session = sessions.get(device.address.deviceId)
      if (session === undefined || session.end !== device) return false
      const bytes = encodeMessage(kind, payload)
      carry(session, 'up', () => {
        note(`${device.address.deviceId} > ${kind} ${bytes.toString('latin1').slice(0, 300)}`)
        if (session.gateway.life.step()) void session.gateway.route(kind, device.address, bytes)
      })
      return true
    },
    cut(device, isSilent) {
      const session = sessions.get(device.address.deviceId)
      if (session !== undefined) end(session, isSilent)
    },
    isConnected: (device) => sessions.get(device.address.deviceId)?.end === device,
    open(opened) {
      gateway = opened
    },
    restart() {
      for (const session of [...sessions.values()]) end(session, false)
    },
    replay(device, kind, newest) {
      const session = sessions.get(device.address.deviceId)
      const old = (said.get(device.address.deviceId) ?? []).filter((one) => one.kind === kind).at(-1 - newest)
      if (session === undefined || old === undefined) return false
      note(`${device.address.deviceId} < again ${kind}`)
      carry(session, 'down', () => device.received(kind, old.bytes))
      return true
    },
    carried: () => carried,
    publisherOf: (life) => ({
      publish(kind, address, payload) {
        if (!life.step()) return
        const bytes = encodeMessage(kind, payload)
        published(kind, address, payload)
        const session = sessions.get(address.deviceId)
        if (session === undefined || session.gateway.life !== life) return
        const before = said.get(address.deviceId) ?? []
        said.set(address.deviceId, [...before, { kind, bytes }].slice(-REPLAYABLE_MAX))
        carry(session, 'down', () => {
          note(`${address.deviceId} < ${kind} ${bytes.toString('latin1').slice(0, 300)}`)
          session.end.received(kind, bytes)
        })
      },
    }),
  }
}

/** Of the certificate that this device shows. */
export const fingerprintOf = (deviceId: string): string => Buffer.from(deviceId.padEnd(32, '.')).toString('hex').slice(0, 64)
