import type { AedesOptions, AuthenticateError, Client, ConnackPacket } from 'aedes'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { err } from '#kernel/result.js'
import { accessOf } from './authorization.js'
import type { Admitted, Caller, ConnectJudge, ConnectWord, Judged } from './connect-judge.js'
import type { DeviceLink } from './device-link.js'
import type { TransportObserver, TransportRejection } from './device-transport.js'
import { createOncePer } from './once-per.js'
import { ClosingRefusal, type DeviceSession, type SessionTable } from './session-table.js'
import { terminalAccessOf } from './terminal-access.js'

/** CONNACK return codes. @see MQTT-3.1.1 §3.2.2.3 */
const IDENTIFIER_REJECTED = 2
const UNAVAILABLE = 3
const BAD_LOGIN = 4
const NOT_AUTHORISED = 5
const NO_CONNECT: ConnectWord = { clientId: '', keepaliveSeconds: 0, willTopic: null }
/** A device that is refused tries again and again: one line of the log in this time. */
const REFUSAL_LOG_MS = 60_000
const CLAIM_CHARS_MAX = 64

/** One connection, from the handshake on. */
export interface Arrival {
  readonly link: DeviceLink
  readonly caller: Caller
  /** It is a stranger no more. */
  readonly admitted: () => void
  /** What CONNECT said, once it came. */
  connect?: ConnectWord
  /** Set where it was admitted. */
  session?: DeviceSession
  /** True once its end was counted; what follows from that end is not counted again. */
  counted: boolean
}

export interface ConnectHooksDeps {
  readonly estate: { readonly estateId: string; readonly connectionsMax: number }
  readonly judge: ConnectJudge
  readonly arrivals: WeakMap<Client, Arrival>
  readonly sessions: SessionTable
  readonly observer: TransportObserver
  readonly runtime: { readonly clock: Clock; readonly log: Logger }
}

export interface ConnectHooks extends Required<Pick<AedesOptions, 'preConnect' | 'authenticate'>> {
  connackSent(connack: ConnackPacket, client: Client): void
  /** The broker gave a connection up. */
  failed(client: Client, error: Error): void
}

function returnCodeOf(reason: TransportRejection): 2 | 3 | 4 | 5 {
  switch (reason) {
    case 'client-id': return IDENTIFIER_REJECTED
    case 'connections-full': return UNAVAILABLE
    case 'wrong-password': return BAD_LOGIN
    default: return NOT_AUTHORISED
  }
}
const refusal = (reason: TransportRejection): AuthenticateError => Object.assign(new Error(reason), { returnCode: returnCodeOf(reason) })

/** Common name of its certificate, or the name that it logged in by; null where it is nobody yet. */
export const nameOf = ({ caller, session }: Arrival): string | null => caller.peer?.commonName ?? session?.access.address.deviceId ?? null

function sessionOf(estateId: string, client: Client, { link }: Arrival, { deviceKind, deviceId }: Admitted): DeviceSession {
  const access = deviceKind === 'terminal' ? terminalAccessOf(deviceId) : accessOf({ estateId, deviceKind, deviceId })
  link.allowPublish(access.publishPacketBytesMax)
  return { access, client, link, subscribed: new Map(), handling: 0, keeping: 0, isResting: false }
}

/** In doubt nobody gets in: an exception in an admission would end the process. */
function inDoubt(log: Logger, arrival: Arrival, error: unknown): Judged {
  log.error({ err: error, commonName: nameOf(arrival) }, 'the admission of a device failed')
  return err('unknown-device')
}

/** One that is connected already takes its own place again. */
const placeRefusal = (sessions: SessionTable, { deviceId }: Admitted, connectionsMax: number): 'connections-full' | undefined =>
  (sessions.all().length >= connectionsMax && sessions.of(deviceId) === undefined ? 'connections-full' : undefined)

/** From CONNECT to a session, in the broker's order: claim, admission, CONNACK. */
export function createConnectHooks(deps: ConnectHooksDeps): ConnectHooks {
  const { estate: { estateId, connectionsMax }, sessions, runtime: { clock, log } } = deps
  const maySay = createOncePer(clock, REFUSAL_LOG_MS)

  const byCertificate = (arrival: Arrival): Judged | undefined => {
    try {
      return deps.judge.byCertificate(arrival.caller, arrival.connect ?? NO_CONNECT)
    } catch (error) {
      return inDoubt(log, arrival, error)
    }
  }
  const refuse = (arrival: Arrival, reason: TransportRejection): AuthenticateError => {
    const { caller: { address }, connect } = arrival
    const name = nameOf(arrival)
    arrival.counted = true
    deps.observer.rejected(reason, name)
    const claimed = name === null ? { claimedId: connect?.clientId.slice(0, CLAIM_CHARS_MAX) } : {}
    if (maySay(name ?? address)) log.warn({ reason, commonName: name, address, ...claimed }, 'a device was not admitted')
    return refusal(reason)
  }

  return {
    preConnect(client, packet, callback) {
      const arrival = deps.arrivals.get(client)
      if (arrival === undefined) return callback(new Error('a connection from nowhere'), false)
      arrival.connect = { clientId: packet.clientId, keepaliveSeconds: packet.keepalive ?? 0, willTopic: packet.will?.topic ?? null }
      // Every session is a clean one: nothing is kept for a device that is away. CONNACK says so by "session present 0".
      packet.clean = true
      // A will is refused, or dropped where these terminals must have one: none is ever published.
      delete packet.will
      callback(null, true)
    },

    authenticate(client, userName, password, done) {
      const arrival = deps.arrivals.get(client)
      if (arrival === undefined) return done(refusal('unknown-device'), false)
      const settle = (judged: Judged): void => {
        const reason = judged.ok ? placeRefusal(sessions, judged.value, connectionsMax) : judged.error
        if (reason !== undefined) return done(refuse(arrival, reason), false)
        if (judged.ok) arrival.session = sessionOf(estateId, client, arrival, judged.value)
        done(null, true)
      }
      const judged = byCertificate(arrival)
      if (judged !== undefined) return settle(judged)
      void deps.judge.byLogin(arrival.caller, arrival.connect ?? NO_CONNECT, userName, password)
        .catch((error: unknown) => inDoubt(log, arrival, error)).then(settle)
    },

    connackSent(connack, client) {
      const arrival = deps.arrivals.get(client)
      const session = arrival?.session
      if (arrival === undefined || connack.returnCode !== 0 || session === undefined || session.link.destroyed) return
      // Between admission and here it may have been revoked: `disconnect` did not find it yet.
      if (!(byCertificate(arrival)?.ok ?? deps.judge.stillAdmitted(session.access.address.deviceId))) return void client.close()
      sessions.begin(session)
      arrival.admitted()
      session.link.release()
    },

    failed(client, error) {
      const arrival = deps.arrivals.get(client)
      if (arrival === undefined || arrival.counted) return
      arrival.counted = true
      log.debug({ err: error, commonName: nameOf(arrival) }, 'a device connection failed')
      const isNetworkLoss = typeof (error as NodeJS.ErrnoException).code === 'string'
      if (isNetworkLoss) return
      deps.observer.rejected(error instanceof ClosingRefusal ? error.reason : 'connection-fault', nameOf(arrival))
    },
  }
}
