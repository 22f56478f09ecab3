import type { AedesOptions, AuthenticateError, Client, ConnackPacket } from 'aedes'
import type { Logger } from '#kernel/log.js'
import type { DeviceAdmission } from '../device/ports.js'
import { type ConnectRefusal, accessOf, judgeConnect } from './authorization.js'
import type { DeviceLink } from './device-link.js'
import type { TransportObserver } from './device-transport.js'
import { ClosingRefusal, type DeviceSession, type SessionTable } from './session-table.js'
import type { TlsPeer } from './tls-listener.js'

/** CONNACK return codes. @see MQTT-3.1.1 §3.2.2.3 */
const IDENTIFIER_REJECTED = 2
const NOT_AUTHORISED = 5

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
  readonly log: Logger
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
  const admit = (client: Client, arrival: Arrival): ConnectRefusal | undefined => {
    const { peer, connect = { clientId: '', keepaliveSeconds: 0, hasWill: false } } = arrival
    const judged = judgeConnect({ ...connect, ...peer }, deps.admission)
    if (!judged.ok) return judged.error
    const access = accessOf({ estateId: deps.estateId, deviceKind: judged.value, deviceId: peer.commonName })
    arrival.link.allowPublish(access.publishPacketBytesMax)
    arrival.session = { access, client, link: arrival.link, subscribed: new Map(), handling: 0 }
    return undefined
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
      const reason = admit(client, arrival)
      if (reason === undefined) return done(null, true)
      arrival.counted = true
      deps.observer.rejected(reason, arrival.peer.commonName)
      deps.log.warn({ reason, commonName: arrival.peer.commonName }, 'a device was not admitted')
      done(refusal(reason), false)
    },

    connackSent(connack, client) {
      const session = deps.arrivals.get(client)?.session
      if (connack.returnCode !== 0 || session === undefined || session.link.destroyed) return
      deps.sessions.begin(session)
      session.link.release()
    },

    failed(client, error) {
      const arrival = deps.arrivals.get(client)
      if (arrival === undefined || arrival.counted) return
      arrival.counted = true
      deps.log.debug({ err: error, commonName: arrival.peer.commonName }, 'a device connection failed')
      const isNetworkLoss = typeof (error as NodeJS.ErrnoException).code === 'string'
      if (isNetworkLoss) return
      deps.observer.rejected(error instanceof ClosingRefusal ? error.reason : 'connection-fault', arrival.peer.commonName)
    },
  }
}
