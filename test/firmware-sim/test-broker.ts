import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import * as x509 from '@peculiar/x509'
import { Aedes } from 'aedes'
import { decodeMessage, encodeMessage, type Payloads } from '../../gateway/contract/codec.js'
import type { GatewayMessageKind, MessageKind } from '../../gateway/contract/message-table.js'
import { type DeviceAddress, parseTopic, topicOf } from '../../gateway/contract/topics.js'

x509.cryptoProvider.set(webcrypto)

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export interface Pki {
  readonly ca: string
  /** Certificate and key, PEM, for a device or for the broker on the loopback address. */
  issue(commonName: string): Promise<{ cert: string; key: string }>
}

const keyPem = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')

export async function createPki(): Promise<Pki> {
  const notBefore = new Date(Date.now() - 3_600_000)
  const notAfter = new Date(Date.now() + 86_400_000)
  const caKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test authority', notBefore, notAfter, keys: caKeys, signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  })
  return {
    ca: ca.toString('pem'),
    async issue(commonName) {
      const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
      const cert = await x509.X509CertificateGenerator.create({
        subject: `CN=${commonName}`, issuer: ca.subject, notBefore, notAfter, publicKey: keys.publicKey,
        signingKey: caKeys.privateKey, signingAlgorithm: ALGORITHM,
        extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
      })
      return { cert: cert.toString('pem'), key: await keyPem(keys.privateKey) }
    },
  }
}

export interface Received {
  readonly address: DeviceAddress
  readonly kind: MessageKind
  readonly payload: Payloads[MessageKind]
}

/** A real broker over TLS that checks certificates, decodes every message by the contract and keeps them. */
export interface TestBroker {
  readonly port: number
  readonly received: readonly Received[]
  /** Messages that broke the contract; a test of the simulator wants none. */
  readonly broken: readonly string[]
  send<Kind extends GatewayMessageKind>(kind: Kind, address: DeviceAddress, payload: Payloads[Kind]): void
  sendBytes(kind: GatewayMessageKind, address: DeviceAddress, bytes: Buffer): void
  /** The first message that fits, waiting for it; rejects after 20 s. */
  next<Kind extends MessageKind>(kind: Kind, fits?: (payload: Payloads[Kind]) => boolean): Promise<Payloads[Kind]>
  stop(): Promise<void>
}

const NEXT_TIMEOUT_MS = 20_000

export async function startBroker(pki: Pki, port = 0): Promise<TestBroker> {
  const aedes = await Aedes.createBroker()
  const received: Received[] = []
  const broken: string[] = []
  const waiting = new Set<() => void>()
  aedes.authenticate = (client, _user, _password, done) => {
    const socket = client.conn as TLSSocket
    done(null, socket.getPeerCertificate().subject?.CN === client.id)
  }
  aedes.on('publish', (packet, client) => {
    if (client === null) return
    const topic = parseTopic(packet.topic)
    const decoded = topic === undefined ? undefined : decodeMessage(topic.kind, packet.payload as Buffer)
    if (topic === undefined || decoded === undefined || !decoded.ok || packet.retain) {
      broken.push(`${packet.topic}: ${decoded?.ok === false ? decoded.error : 'topic or retain'}`)
      return
    }
    received.push({ address: topic, kind: topic.kind, payload: decoded.value })
    for (const check of [...waiting]) check()
  })
  const { cert, key } = await pki.issue('localhost')
  const sockets = new Set<TLSSocket>()
  const server: Server = createServer({ ca: pki.ca, cert, key, requestCert: true, rejectUnauthorized: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    aedes.handle(socket)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const sendBytes = (kind: GatewayMessageKind, address: DeviceAddress, bytes: Buffer): void =>
    aedes.publish({ cmd: 'publish', topic: topicOf(kind, address), payload: bytes, qos: 1, retain: false, dup: false }, () => undefined)
  return {
    port: (server.address() as { port: number }).port, received, broken,
    sendBytes,
    send: (kind, address, payload) => sendBytes(kind, address, encodeMessage(kind, payload)),
    next(kind, fits = () => true) {
      const found = () => received.find((message) => message.kind === kind && fits(message.payload as Payloads[typeof kind]))?.payload as Payloads[typeof kind] | undefined
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check)
          reject(new Error(`no ${kind} within ${NEXT_TIMEOUT_MS} ms; got ${received.map((message) => message.kind).join(', ')}`))
        }, NEXT_TIMEOUT_MS)
        const check = (): void => {
          const payload = found()
          if (payload === undefined) return
          clearTimeout(timer)
          waiting.delete(check)
          resolve(payload)
        }
        waiting.add(check)
        check()
      })
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await new Promise<void>((resolve) => aedes.close(() => resolve()))
    },
  }
}
