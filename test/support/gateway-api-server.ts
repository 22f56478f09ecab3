import { createHash, createPublicKey, randomBytes, type KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { schemaError } from '#contract/codec.js'
import {
  CONTRACT_VERSION, ClaimRequestV1, EpochRequestV1, RecordsRequestV1, SYNC_PATHS, type SignedHeadV1,
} from '#contract/sync-api.js'
import type { Order } from '#contract/sync-orders.js'
import type { RosterItem } from '#contract/sync-roster.js'
import { GENESIS_HASH, chainHash, verifyHead } from '#kernel/hash-chain.js'
import { systemRandom } from '#kernel/random.js'
import { createAuthority, issueCertificate } from '../../gateway/device/certificate-issuer.js'
import { IDENTITY } from './identity.js'
import { createOrderLine } from './order-line.js'

/** What one request gets: a status and a JSON body, or the end of its connection. */
export type Answer = { readonly status: number; readonly body: unknown } | 'hang-up' | 'silence'

export interface ReceivedRecord {
  readonly epoch: number
  readonly seq: number
  readonly payload: string
}

export interface GatewayApiServer {
  readonly url: string
  readonly caPem: string
  readonly claimToken: string
  /** Records that were accepted, in order of arrival, repeats left out. */
  readonly received: ReceivedRecord[]
  /** `METHOD path` of every request, in order. */
  readonly requests: string[]
  /** Places a page of changes; a gateway gets it when it asks from the cursor before. */
  publish(...items: RosterItem[]): void
  /** Gives an order until its time, counted from now, is over or its result has come. */
  order(order: Order): void
  /** Files of firmware orders by their job. */
  readonly files: Map<string, Uint8Array>
  /** Decides the answers instead of the server while it is set; undefined leaves the request to the server. */
  intercept: ((path: string, body: unknown) => Answer | undefined) | undefined
  /** Takes an upload as the server would; for a test that loses the answer. */
  accept(body: unknown): void
  /** Bytes of the largest request body so far. */
  bodyBytesMax(): number
  /** TLS connections that were opened since the last call. */
  connections(): number
  /** Claims were made with this key; undefined before. */
  publicKey(): KeyObject | undefined
  /** Forgets everything after `seq` of the epoch, as a server restored from a backup would. */
  forgetAfter(epoch: number, seq: number): void
  close(): Promise<void>
}

const refusal = (status: number, code: string, message: string): Answer => ({ status, body: { code, message } })

/**
 * Plays the server's side of the gateway API over real HTTPS, for one gateway. Holds it to the contract: every body
 * fits its schema, every chain follows, every head is signed; otherwise the answer is a refusal.
 * @param contract 1 for a server of the first contract: it refuses a question that says `contract`, and has no orders
 */
export async function startGatewayApiServer(contract: 1 | 2 = CONTRACT_VERSION): Promise<GatewayApiServer> {
  const tls = await makeTls()
  const claimToken = 'claim-token-of-the-test-0001'
  const received: ReceivedRecord[] = []
  const requests: string[] = []
  const pages: RosterItem[][] = []
  const epochs = new Map<number, { startHash: string; hashes: string[]; forked?: boolean }>()
  const line = createOrderLine(received)
  const files = new Map<string, Uint8Array>()
  let publicKey: KeyObject | undefined
  let publicKeyText: string | undefined
  let newestEpoch = 0
  let bodyBytesMax = 0

  const headIsSigned = (head: SignedHeadV1): boolean =>
    publicKey !== undefined && verifyHead({ gatewayId: IDENTITY.gatewayId, epoch: head.epoch, seq: head.seq, hash: head.hash }, head.signature, publicKey)

  const claim = (body: ClaimRequestV1): Answer => {
    if (body.claimToken !== claimToken || (publicKeyText !== undefined && publicKeyText !== body.signingPublicKey)) {
      return refusal(403, 'SV_CLAIM', 'unknown or spent claim token')
    }
    publicKeyText = body.signingPublicKey
    publicKey = createPublicKey({ key: Buffer.from(body.signingPublicKey, 'base64'), format: 'der', type: 'spki' })
    return { status: 200, body: IDENTITY }
  }

  const grantEpoch = ({ head }: EpochRequestV1): Answer => {
    if (head !== null && !headIsSigned(head)) return refusal(400, 'SV_SIGNATURE', 'the head is not signed by this gateway')
    const held = head === null ? undefined : epochs.get(head.epoch)
    if (head !== null && held !== undefined && head.epoch === newestEpoch && head.seq >= held.hashes.length && held.forked !== true) {
      return { status: 200, body: { epoch: head.epoch, continues: true, startHash: held.startHash } }
    }
    const newest = epochs.get(newestEpoch)
    const startHash = newest?.hashes.at(-1) ?? newest?.startHash ?? GENESIS_HASH
    newestEpoch += 1
    epochs.set(newestEpoch, { startHash, hashes: [] })
    return { status: 200, body: { epoch: newestEpoch, continues: false, startHash } }
  }

  const takeRecords = (body: RecordsRequestV1): Answer => {
    const epoch = epochs.get(body.epoch)
    if (epoch === undefined) return refusal(409, 'SV_SYNC_EPOCH', 'this epoch was never granted')
    if (!headIsSigned(body.head)) return refusal(400, 'SV_SIGNATURE', 'the head is not signed by this gateway')
    let previous = body.previousHash
    let stored = 0
    let duplicates = 0
    for (const { seq, payload, hash } of body.records) {
      if (chainHash(previous, { gatewayId: IDENTITY.gatewayId, epoch: body.epoch, seq, payload }) !== hash) return refusal(400, 'SV_SYNC_CHAIN', `record ${seq} does not follow`)
      previous = hash
      if (seq <= epoch.hashes.length) {
        if (epoch.hashes[seq - 1] !== hash) {
          epoch.forked = true
          return refusal(409, 'SV_SYNC_CONFLICT', `record ${seq} is another one`)
        }
        duplicates += 1
      } else if (seq === epoch.hashes.length + 1) {
        if (chainHash(epoch.hashes.at(-1) ?? epoch.startHash, { gatewayId: IDENTITY.gatewayId, epoch: body.epoch, seq, payload }) !== hash) {
          epoch.forked = true
          return refusal(409, 'SV_SYNC_CHAIN', `record ${seq} forks`)
        }
        epoch.hashes.push(hash)
        received.push({ epoch: body.epoch, seq, payload })
        stored += 1
      }
    }
    return { status: 200, body: { epoch: body.epoch, contiguousSeq: epoch.hashes.length, ahead: [], missing: [], stored, duplicates } }
  }

  const roster = (cursor: number): Answer => {
    const items = pages[cursor] ?? []
    const next = Math.min(cursor + 1, Math.max(cursor, pages.length))
    return { status: 200, body: { items, cursor: next, complete: next >= pages.length } }
  }

  const answer = (method: string, url: URL, credential: string | undefined, body: unknown): Answer => {
    const known = <T>(schema: Parameters<typeof schemaError>[0], then: (valid: T) => Answer): Answer => {
      const error = schemaError(schema, body)
      return error === undefined ? then(body as T) : refusal(400, 'SV_VALIDATION', error)
    }
    if (method === 'POST' && url.pathname === SYNC_PATHS.claim) return known(ClaimRequestV1, claim)
    if (credential !== `Bearer ${IDENTITY.credential}`) return refusal(401, 'SV_CREDENTIAL', 'unknown credential')
    if (method === 'POST' && url.pathname === SYNC_PATHS.epoch) return known(EpochRequestV1, grantEpoch)
    if (method === 'POST' && url.pathname === SYNC_PATHS.records) return known(RecordsRequestV1, takeRecords)
    if (method === 'GET' && url.pathname === SYNC_PATHS.roster) {
      const said = url.searchParams.get('contract')
      if (contract === 1 && said !== null) return refusal(400, 'SV_HTTP_VALIDATION', 'contract: is not known here')
      return contract === 1 || said === String(contract) ? roster(Number(url.searchParams.get('cursor'))) : refusal(400, 'SV_INPUT', 'contract: not said')
    }
    return refusal(404, 'SV_NOT_FOUND', url.pathname)
  }

  /** Orders, which may be waited for, and files: what is not answered at once with JSON. */
  const away = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<Answer | 'answered' | undefined> => {
    if (request.method !== 'GET' || request.headers.authorization !== `Bearer ${IDENTITY.credential}`) return undefined
    if (contract === 1) return undefined
    if (url.pathname === SYNC_PATHS.orders) return { status: 200, body: { orders: await line.take(Number(url.searchParams.get('waitMs')), response) } }
    if (!url.pathname.startsWith(`${SYNC_PATHS.firmware}/`)) return undefined
    const file = files.get(url.pathname.slice(SYNC_PATHS.firmware.length + 1))
    if (file === undefined) return undefined
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.length }).end(file)
    return 'answered'
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    bodyBytesMax = Math.max(bodyBytesMax, parts.reduce((sum, part) => sum + part.length, 0))
    const url = new URL(request.url ?? '/', 'https://server')
    requests.push(`${request.method} ${url.pathname}`)
    const body: unknown = parts.length === 0 ? undefined : JSON.parse(Buffer.concat(parts).toString())
    const given = api.intercept?.(url.pathname, body) ?? (await away(request, response, url)) ?? answer(request.method ?? '', url, request.headers.authorization, body)
    if (given === 'silence' || given === 'answered') return
    if (given === 'hang-up') return void request.socket.destroy()
    response.writeHead(given.status, { 'content-type': 'application/json' }).end(JSON.stringify(given.body))
  }

  const server = createServer({ key: tls.keyPem, cert: tls.certPem }, (request, response) => void handle(request, response).catch(() => response.destroy()))
  let connections = 0
  server.on('secureConnection', () => void (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  const api: GatewayApiServer = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: tls.caPem,
    claimToken,
    received,
    requests,
    intercept: undefined,
    publish: (...items) => void pages.push(items),
    order: line.add,
    files,
    accept: (body) => void takeRecords(body as RecordsRequestV1),
    bodyBytesMax: () => bodyBytesMax,
    connections() {
      const counted = connections
      connections = 0
      return counted
    },
    publicKey: () => publicKey,
    forgetAfter(epoch, seq) {
      epochs.get(epoch)?.hashes.splice(seq)
      received.splice(0, received.length, ...received.filter((record) => record.epoch !== epoch || record.seq <= seq))
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
  return api
}

async function makeTls() {
  const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
  const subject = { commonName: 'test server', organisationalUnit: createHash('sha256').update(randomBytes(8)).digest('hex').slice(0, 8), organisation: 'test' }
  const authority = await createAuthority(subject, validity.notBefore, validity.notAfter, systemRandom)
  const server = await issueCertificate(authority, {
    subject: { ...subject, commonName: 'localhost' }, role: 'server', ...validity,
    alternativeNames: [{ type: 'dns', value: 'localhost' }, { type: 'ip', value: '127.0.0.1' }],
  }, systemRandom)
  return { caPem: authority.certPem, ...server }
}
