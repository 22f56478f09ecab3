import type { Server } from 'node:net'
import { type TLSSocket, createServer } from 'node:tls'
import { gatewayError } from '../errors.js'
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
  readonly connectionsMax: number
  /** Takes connections without a certificate too, as terminals that log in by name and password. */
  readonly certificateOptional: boolean
  /** @param peer null where it showed no certificate */
  readonly onConnection: (socket: TLSSocket, peer: TlsPeer | null) => void
  readonly onRefused: (reason: 'tls' | 'connections-full') => void
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

/**
 * Nobody without a certificate of the estate's authority gets past the handshake, unless `certificateOptional`: then one
 * without any gets as far as CONNECT. One with a certificate of another authority never does.
 */
export function createTlsListener(deps: TlsListenerDeps): TlsListener {
  let server: Server | undefined
  const sockets = new Set<{ destroy(): void }>()

  const listen = (): Server => {
    const { caPem, certPem, keyPem } = deps.tls
    const made = createServer({
      ca: caPem, cert: certPem, key: keyPem, requestCert: true, rejectUnauthorized: !deps.certificateOptional, minVersion: 'TLSv1.2',
      handshakeTimeout: BROKER_LIMITS.connectTimeoutMs, noDelay: true,
    })
    made.maxConnections = deps.connectionsMax
    made.on('drop', () => deps.onRefused('connections-full'))
    made.on('tlsClientError', () => deps.onRefused('tls'))
    made.on('connection', (socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    made.on('secureConnection', (socket) => {
      const peer = peerOf(socket)
      if (peer !== undefined && (peer !== null || deps.certificateOptional)) return deps.onConnection(socket, peer)
      deps.onRefused('tls')
      socket.destroy()
    })
    return made
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
