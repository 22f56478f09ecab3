import type { AedesOptions, AuthenticateError, Client, ConnackPacket } from 'aedes'
import type { DeviceKind } from '#contract/message-table.js'
import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import { type Result, err } from '#kernel/result.js'
import type { DeviceAdmission } from '../device/ports.js'
import { type ConnectRefusal, accessOf, judgeConnect } from './authorization.js'
import type { DeviceLink } from './device-link.js'
import type { TransportObserver } from './device-transport.js'
import { createOncePer } from './once-per.js'
import { ClosingRefusal, type DeviceSession, type SessionTable } from './session-table.js'
import type { TlsPeer } from './tls-listener.js'

/** CONNACK return codes. @see MQTT-3.1.1 §3.2.2.3 */
const IDENTIFIER_REJECTED = 2
const NOT_AUTHORISED = 5
const NO_CONNECT = { clientId: '', keepaliveSeconds: 0, hasWill: false }
/** A device that is refused tries again and again: one line of the log in this time. */
const REFUSAL_LOG_MS = 60_000

/** One TLS connection, from the handshake on. */
export interface Arrival {
  readonly link: DeviceLink
  readonly peer: TlsPeer
  /** What CONNECT said, once it came. */
  connect?: { readonly clientId: string; readonly keepaliveSeconds: number; readonly hasWill: boolean }
  /** Set where it was admitted. */
  session?: DeviceSession
  /** True once its end was counted; what follows from that end is not counted again. */
  counted: boolean
}

export interface ConnectHooksDeps {
  readonly estateId: string
  readonly admission: DeviceAdmission
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

const refusal = (reason: ConnectRefusal): AuthenticateError =>
  Object.assign(new Error(reason), { returnCode: reason === 'client-id' ? IDENTIFIER_REJECTED : NOT_AUTHORISED } as const)

/** From CONNECT to a session, in the broker's order: claim, admission, CONNACK. */
export function createConnectHooks(deps: ConnectHooksDeps): ConnectHooks {
  const { clock, log } = deps.runtime
  const maySay = createOncePer(clock, REFUSAL_LOG_MS)

  /** In doubt nobody gets in: an exception here would end the process. */
  const judge = ({ peer, connect = NO_CONNECT }: Arrival): Result<DeviceKind, ConnectRefusal> => {
    try {
      return judgeConnect({ ...connect, ...peer }, deps.admission)
    } catch (error) {
      log.error({ err: error, commonName: peer.commonName }, 'the admission of a device failed')
      return err('unknown-device')
    }
  }
  const sessionOf = (client: Client, { link, peer }: Arrival, deviceKind: DeviceKind): DeviceSession => {
    const access = accessOf({ estateId: deps.estateId, deviceKind, deviceId: peer.commonName })
    link.allowPublish(access.publishPacketBytesMax)
    return { access, client, link, subscribed: new Map(), handling: 0 }
  }

  return {
    preConnect(client, packet, callback) {
      const arrival = deps.arrivals.get(client)
      if (arrival === undefined) return callback(new Error('a connection without a certificate'), false)
      arrival.connect = { clientId: packet.clientId, keepaliveSeconds: packet.keepalive ?? 0, hasWill: packet.will !== undefined }
      // Every session is a clean one: nothing is kept for a device that is away. CONNACK says so by "session present 0".
      packet.clean = true
      callback(null, true)
    },

    authenticate(client, _username, _password, done) {
      const arrival = deps.arrivals.get(client)
      if (arrival === undefined) return done(refusal('unknown-device'), false)
      const judged = judge(arrival)
      if (judged.ok) {
        arrival.session = sessionOf(client, arrival, judged.value)
        return done(null, true)
      }
      arrival.counted = true
      deps.observer.rejected(judged.error, arrival.peer.commonName)
      if (maySay(arrival.peer.commonName)) log.warn({ reason: judged.error, commonName: arrival.peer.commonName }, 'a device was not admitted')
      done(refusal(judged.error), false)
    },

    connackSent(connack, client) {
      const arrival = deps.arrivals.get(client)
      const session = arrival?.session
      if (arrival === undefined || connack.returnCode !== 0 || session === undefined || session.link.destroyed) return
      // Between admission and here it may have been revoked: `disconnect` did not find it yet.
      if (!judge(arrival).ok) return void client.close()
      deps.sessions.begin(session)
      session.link.release()
    },

    failed(client, error) {
      const arrival = deps.arrivals.get(client)
      if (arrival === undefined || arrival.counted) return
      arrival.counted = true
      log.debug({ err: error, commonName: arrival.peer.commonName }, 'a device connection failed')
      const isNetworkLoss = typeof (error as NodeJS.ErrnoException).code === 'string'
      if (isNetworkLoss) return
      deps.observer.rejected(error instanceof ClosingRefusal ? error.reason : 'connection-fault', arrival.peer.commonName)
    },
  }
}
