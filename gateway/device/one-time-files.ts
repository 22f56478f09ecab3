import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type IncomingMessage, type Server, type ServerResponse, createServer as createPlain } from 'node:http'
import { createServer as createTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { gatewayError } from '../errors.js'
import type { ServerTls } from './certificate-authority.js'

/** What is fetched: bytes, a file, or something that is only read when it is asked for; undefined there is "gone". */
export type OfferedContent =
  | { readonly bytes: Uint8Array }
  | { readonly filePath: string }
  | { readonly read: () => Promise<Uint8Array | undefined> }

export type Offer = OfferedContent & {
  readonly contentType: string
  /** Whole downloads until the address is dead. */
  readonly usesMax: number
  readonly ttlMs: number
  /** Only this address of the network may fetch it; absent where it is not known. */
  readonly forAddress?: string
}

/** Files for devices on the estate's network, each under an address that nobody can guess and that soon ends. */
export interface OneTimeFiles {
  /** Resolves with the port once files can be fetched. @throws AppError GW_LISTEN */
  start(): Promise<{ readonly port: number }>
  stop(): Promise<void>
  /** The address to fetch it by. @throws AppError GW_FILES_FULL; Error before `start` */
  offer(offer: Offer): string
  /** Ends an address at once; one that is dead already is no failure. */
  withdraw(url: string): void
}

export interface OneTimeFilesDeps {
  /** Address of the estate's network to listen at, and that devices reach this gateway by. */
  readonly host: string
  /** Name in the links where it is another than `host`. */
  readonly urlHost?: string
  /** 0 takes any free port. */
  readonly port: number
  /** Null for plain HTTP: many terminals trust no authority of ours. */
  readonly tls: ServerTls | null
  readonly clock: Clock
  readonly random: RandomSource
  readonly log: Logger
}

/** 128 bits: guessing one address of a thousand live ones at a million tries a second takes longer than the universe is old. */
const TOKEN_BYTES = 16
const PATH = /^\/f\/([A-Za-z0-9_-]{22})$/
/** Addresses at a time; above it nothing more is offered until some end. A full batch of persons is 1 000. */
const OFFERS_MAX = 4_096
const CONNECTIONS_MAX = 64
const REQUEST_MS_MAX = 30_000
/** `::ffff:192.168.1.5` is 192.168.1.5 on a socket that listens for both. */
const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '')

interface Live {
  readonly offer: Offer
  usesLeft: number
  readonly cancel: CancelTimer
}

/** The content as something to send, with its length; undefined where it is gone. */
async function open(offer: Offer): Promise<{ bytes: number; send: (response: ServerResponse) => void } | undefined> {
  if ('filePath' in offer) {
    const { size } = await stat(offer.filePath)
    return { bytes: size, send: (response) => void createReadStream(offer.filePath).on('error', () => response.destroy()).pipe(response) }
  }
  const bytes = 'bytes' in offer ? offer.bytes : await offer.read()
  return bytes === undefined ? undefined : { bytes: bytes.length, send: (response) => void response.end(bytes) }
}

/** Plain HTTP or HTTPS with `GET /f/{token}` and nothing else. What is unknown, spent or another's gets one and the same 404. */
export function createOneTimeFiles(deps: OneTimeFilesDeps): OneTimeFiles {
  const { clock, random, log } = deps
  const live = new Map<string, Live>()
  let server: Server | undefined
  let origin = ''

  const end = (token: string): void => {
    live.get(token)?.cancel()
    live.delete(token)
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const token = request.method === 'GET' ? PATH.exec(request.url ?? '')?.[1] : undefined
    const held = token === undefined ? undefined : live.get(token)
    const isFor = held?.offer.forAddress === undefined || held.offer.forAddress === plainAddress(request.socket.remoteAddress)
    if (token === undefined || held === undefined || !isFor || held.usesLeft < 1) return void response.writeHead(404).end()
    // Counted before it is sent, so that two fetches at a time are two uses; one that breaks off gives its use back.
    held.usesLeft--
    let isWhole = false
    response.on('finish', () => (isWhole = true))
    response.on('close', () => {
      if (!isWhole) held.usesLeft++
      else if (held.usesLeft < 1) end(token)
    })
    const content = await open(held.offer)
    if (content === undefined) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': held.offer.contentType, 'content-length': content.bytes, 'cache-control': 'no-store' })
    content.send(response)
  }
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => void answer(request, response).catch((error: unknown) => {
    log.error({ err: error }, 'a file could not be handed out')
    response.destroy()
  })

  return {
    start: () => new Promise((resolve, reject) => {
      const { host, urlHost = host, port, tls } = deps
      const made: Server = tls === null ? createPlain(onRequest) : createTls({ cert: tls.certPem, key: tls.keyPem, minVersion: 'TLSv1.2' }, onRequest)
      made.maxConnections = CONNECTIONS_MAX
      made.requestTimeout = REQUEST_MS_MAX
      made.once('error', (cause) => reject(gatewayError('GW_LISTEN', { what: 'files', host, port }, cause)))
      made.listen(port, host, () => {
        server = made
        const taken = (made.address() as AddressInfo).port
        origin = `${tls === null ? 'http' : 'https'}://${urlHost.includes(':') ? `[${urlHost}]` : urlHost}:${taken}`
        resolve({ port: taken })
      })
    }),
    stop: () => new Promise((resolve) => {
      for (const token of [...live.keys()]) end(token)
      if (server === undefined) return resolve()
      server.close(() => resolve())
      server.closeAllConnections()
      server = undefined
    }),
    offer(offer) {
      if (server === undefined) throw new Error('files are offered before they can be fetched')
      if (live.size >= OFFERS_MAX) throw gatewayError('GW_FILES_FULL', { offers: live.size })
      const token = Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url')
      live.set(token, { offer, usesLeft: offer.usesMax, cancel: clock.after(offer.ttlMs, () => live.delete(token)) })
      return `${origin}/f/${token}`
    },
    withdraw(url) {
      const token = PATH.exec(url.slice(origin.length))?.[1]
      if (token !== undefined && url.startsWith(origin)) end(token)
    },
  }
}
