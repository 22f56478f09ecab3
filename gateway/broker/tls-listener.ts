import { type Server, type Socket, createServer } from 'node:net'
import { type TLSSocket, createServer as createTlsServer } from 'node:tls'
import { gatewayError } from '../errors.js'
import type { ArrivalGate, Stranger } from './arrival-gate.js'
import { BROKER_LIMITS } from './limits.js'

/** PEMs of the broker's side, and of the authority that every device certificate must come from. */
export interface ListenerTls {
  readonly caPem: string
  readonly certPem: string
  readonly keyPem: string
}

/** Who stands at the other end, by the certificate that TLS verified. */
export interface TlsPeer {
  readonly commonName: string
  /** SHA-256 of the certificate in DER, hex. */
  readonly fingerprint: string
}

export interface TlsListenerDeps {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly tls: ListenerTls
  readonly gate: ArrivalGate
  /** Takes connections without a certificate too, as terminals that log in by name and password. */
  readonly certificateOptional: boolean
  /** @param peer null where it showed no certificate */
  readonly onConnection: (socket: TLSSocket, peer: TlsPeer | null, stranger: Stranger) => void
  readonly onRefused: (reason: 'tls') => void
}

export interface TlsListener {
  /** Resolves with the port once connections are taken. @throws AppError GW_LISTEN */
  start(): Promise<number>
  stop(): Promise<void>
}

/** Undefined for a certificate of another authority, or one without a name. */
function peerOf(socket: TLSSocket): TlsPeer | null | undefined {
  const certificate = socket.getPeerCertificate()
  if (Object.keys(certificate).length === 0) return null
  if (!socket.authorized) return undefined
  const commonName: unknown = certificate.subject?.CN
  if (typeof commonName !== 'string' || typeof certificate.fingerprint256 !== 'string') return undefined
  return { commonName, fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase() }
}

/** Tells a connection apart from all others that are open, before its handshake and after. */
const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string => `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`

/**
 * Nobody without a certificate of the estate's authority gets past the handshake, unless `certificateOptional`: then one
 * without any gets as far as CONNECT. One with a certificate of another authority never does. Handshakes begin as the gate says.
 */
export function createTlsListener(deps: TlsListenerDeps): TlsListener {
  const { gate, certificateOptional } = deps
  let server: Server | undefined
  const sockets = new Set<{ destroy(): void }>()
  /** Those whose handshake has begun. */
  const strangers = new Map<string, Stranger>()

  const createHandshakes = () => {
    const { caPem, certPem, keyPem } = deps.tls
    const handshakes = createTlsServer({
      ca: caPem, cert: certPem, key: keyPem, requestCert: true, rejectUnauthorized: !certificateOptional, minVersion: 'TLSv1.2',
      handshakeTimeout: BROKER_LIMITS.handshakeTimeoutMs,
    })
    handshakes.on('tlsClientError', (_, socket) => {
      strangers.get(endsOf(socket))?.greeted()
      deps.onRefused('tls')
    })
    handshakes.on('secureConnection', (socket) => {
      const stranger = strangers.get(endsOf(socket))
      const peer = peerOf(socket)
      stranger?.greeted()
      if (stranger !== undefined && peer !== undefined && (peer !== null || certificateOptional)) return deps.onConnection(socket, peer, stranger)
      deps.onRefused('tls')
      socket.destroy()
    })
    return handshakes
  }
  const listen = (): Server => {
    const handshakes = createHandshakes()
    return createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.once('close', () => sockets.delete(socket))
      gate.arrive(socket, (stranger) => {
        const ends = endsOf(socket)
        strangers.set(ends, stranger)
        socket.once('close', () => strangers.delete(ends))
        handshakes.emit('connection', socket)
      })
    })
  }

  return {
    start: () => new Promise((resolve, reject) => {
      const made = listen()
      made.once('error', (cause) => reject(gatewayError('GW_LISTEN', { host: deps.host, port: deps.port }, cause)))
      made.listen(deps.port, deps.host, () => {
        server = made
        resolve((made.address() as { port: number }).port)
      })
    }),
    stop: () => new Promise((resolve) => {
      if (server === undefined) return resolve()
      server.close(() => resolve())
      server = undefined
      for (const socket of sockets) socket.destroy()
    }),
  }
}
