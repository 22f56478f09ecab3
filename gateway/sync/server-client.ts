import { Agent, request, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { TSchema } from 'typebox'
import { parseJson } from '#contract/codec.js'
import {
  ApiErrorV1, CONTRACT_VERSION, LIFE_HEADER, ClaimResponseV1, EpochResponseV1, RecordsResponseV1, RosterResponseV1, SYNC_PATHS,
  type ClaimRequestV1, type EpochRequestV1, type RecordsRequestV1,
} from '#contract/sync-api.js'
import { OrdersEnvelope } from '#contract/sync-orders.js'
import { TILL_PATHS, TillBillsResponseV1, TillOrderResponseV1, type TillBillsRequestV1, type TillOrderRequestV1 } from '#contract/till-api.js'
import type { Clock } from '#kernel/clock.js'
import { LIMITS } from '#kernel/limits.js'
import { type Result, err, ok } from '#kernel/result.js'
import { type Downloaded, downloadTo } from './file-download.js'
import { type ReadOrders, readOrders } from './read-orders.js'

/** Why a call to the server brought no answer of the contract. */
export type ServerCallError =
  /** No complete answer: name, connection, TLS, timeout, or the client was stopped. */
  | { readonly kind: 'unreachable'; readonly message: string }
  /** The server answered with an error; its code decides, its text is for people. */
  | { readonly kind: 'refused'; readonly status: number; readonly code: string; readonly message: string }
  /** The server answered with something that the contract does not know. */
  | { readonly kind: 'invalid'; readonly message: string }

export type ServerAnswer<T> = Promise<Result<T, ServerCallError>>

/** The server's gateway API. No call throws; none repeats itself, but for `roster` at a server of the first contract, which knows no `contract` in the question. */
export interface ServerClient {
  claim(body: ClaimRequestV1): ServerAnswer<ClaimResponseV1>
  epoch(credential: string, body: EpochRequestV1, timeoutMs?: number): ServerAnswer<EpochResponseV1>
  records(credential: string, body: RecordsRequestV1): ServerAnswer<RecordsResponseV1>
  roster(credential: string, cursor: number): ServerAnswer<RosterResponseV1>
  /**
   * @param question.waitMs how long the server may wait for an order before it answers that there is none
   * @param question.life UUID of this process: an opening that one process heard of is for no later one
   * @param signal ends the wait from this side, as unreachable
   */
  orders(credential: string, question: { waitMs: number; life: string }, timeoutMs: number, signal?: AbortSignal): ServerAnswer<ReadOrders>
  /** The file of a firmware order, into a new file at `path`. @throws what the disk throws */
  firmware(credential: string, jobId: string, path: string, bytesMax: number): ServerAnswer<Downloaded>
  tillBills(credential: string, body: TillBillsRequestV1, timeoutMs: number): ServerAnswer<TillBillsResponseV1>
  tillOrder(credential: string, body: TillOrderRequestV1, timeoutMs: number): ServerAnswer<TillOrderResponseV1>
  tillOrderState(credential: string, outTradeNo: string, timeoutMs: number): ServerAnswer<TillOrderResponseV1>
  /** Ends open requests as unreachable and closes kept connections; later calls are unreachable too. */
  stop(): void
}

/** True where the same call may succeed later without anybody doing anything. */
export const isTransient = (error: ServerCallError): boolean =>
  error.kind === 'unreachable' || (error.kind === 'refused' && (error.status >= 500 || error.status === 429))

/** One line for logs and operators. */
export const describeCallError = (error: ServerCallError): string =>
  error.kind === 'refused' ? `${error.status} ${error.code}: ${error.message}` : `${error.kind}: ${error.message}`

interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly credential?: string
  readonly body?: object
  readonly schema: TSchema
  readonly timeoutMs?: number | undefined
  /** Ends this call alone. */
  readonly signal?: AbortSignal | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * @param deps.url origin of the server, `https://host[:port]`
 * @param deps.ca PEM of the authorities to trust instead of the system's, or null
 * @param deps.requestTimeoutMs from the first byte sent to the last byte received
 */
export function createServerClient(deps: { url: string; ca: string | null; requestTimeoutMs: number; clock: Clock }): ServerClient {
  const origin = new URL(deps.url)
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ...(deps.ca === null ? {} : { ca: deps.ca }) })
  const stopping = new AbortController()

  const call = async <T>(wanted: Call): ServerAnswer<T> => {
    const body = wanted.body === undefined ? undefined : Buffer.from(JSON.stringify(wanted.body))
    const options: RequestOptions = {
      agent,
      method: wanted.method,
      signal: wanted.signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, wanted.signal]),
      headers: {
        accept: 'application/json',
        ...(wanted.credential === undefined ? {} : { authorization: `Bearer ${wanted.credential}` }),
        ...wanted.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
      },
    }
    const received = await exchange(new URL(wanted.path, origin), options, body, wanted.timeoutMs ?? deps.requestTimeoutMs, deps.clock)
    if (!received.ok) return received
    const { status, text } = received.value
    if (status >= 200 && status < 300) {
      const parsed = parseJson<T>(wanted.schema, text)
      return parsed.ok ? parsed : err({ kind: 'invalid', message: `answer ${status}: ${parsed.error}` })
    }
    const problem = parseJson<{ code: string; message: string }>(ApiErrorV1, text)
    if (!problem.ok) return err({ kind: 'refused', status, code: 'UNKNOWN', message: `status ${status} without an error body` })
    return err({ kind: 'refused', status, code: problem.value.code, message: problem.value.message })
  }

  return {
    claim: (body) => call({ method: 'POST', path: SYNC_PATHS.claim, body, schema: ClaimResponseV1 }),
    epoch: (credential, body, timeoutMs) =>
      call({ method: 'POST', path: SYNC_PATHS.epoch, credential, body, schema: EpochResponseV1, timeoutMs }),
    records: (credential, body) => call({ method: 'POST', path: SYNC_PATHS.records, credential, body, schema: RecordsResponseV1 }),
    async roster(credential, cursor) {
      const ask = (contract: string): ServerAnswer<RosterResponseV1> => call({
        method: 'GET', path: `${SYNC_PATHS.roster}?cursor=${cursor}&limit=${LIMITS.rosterPageItemsMax}${contract}`, credential, schema: RosterResponseV1,
      })
      const answer = await ask(`&contract=${CONTRACT_VERSION}`)
      const isUnknown = !answer.ok && answer.error.kind === 'refused' && answer.error.status === 400
      return isUnknown ? ask('') : answer
    },
    async orders(credential, { waitMs, life }, timeoutMs, signal) {
      const answer = await call<{ orders: unknown[] }>({
        method: 'GET', path: `${SYNC_PATHS.orders}?waitMs=${waitMs}`, credential, schema: OrdersEnvelope, timeoutMs, signal, headers: { [LIFE_HEADER]: life },
      })
      return answer.ok ? ok(readOrders(answer.value.orders)) : answer
    },
    firmware: (credential, jobId, path, bytesMax) => downloadTo(path, new URL(`${SYNC_PATHS.firmware}/${jobId}`, origin), {
      agent, method: 'GET', signal: stopping.signal, headers: { authorization: `Bearer ${credential}` },
    }, { bytesMax, silenceMs: deps.requestTimeoutMs, clock: deps.clock }),
    tillBills: (credential, body, timeoutMs) => call({ method: 'POST', path: TILL_PATHS.bills, credential, body, schema: TillBillsResponseV1, timeoutMs }),
    tillOrder: (credential, body, timeoutMs) => call({ method: 'POST', path: TILL_PATHS.orders, credential, body, schema: TillOrderResponseV1, timeoutMs }),
    tillOrderState: (credential, outTradeNo, timeoutMs) =>
      call({ method: 'GET', path: `${TILL_PATHS.orders}/${encodeURIComponent(outTradeNo)}`, credential, schema: TillOrderResponseV1, timeoutMs }),
    stop() {
      stopping.abort()
      agent.destroy()
    },
  }
}

/** Node gives several failed addresses as one error without a text; its code says as much. */
const unreachable = (error: NodeJS.ErrnoException): Result<never, ServerCallError> =>
  err({ kind: 'unreachable', message: error.message === '' ? (error.code ?? 'no connection') : error.message })

/** One request and its whole answer as text; an answer above `LIMITS.syncBodyBytesMax` is cut off and invalid. */
function exchange(
  url: URL, options: RequestOptions, body: Buffer | undefined, timeoutMs: number, clock: Clock,
): ServerAnswer<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const settle = (result: Awaited<ServerAnswer<{ status: number; text: string }>>): void => {
      cancelTimeout()
      resolve(result)
    }
    const outgoing = request(url, options, (answer: IncomingMessage) => {
      const parts: Buffer[] = []
      let bytes = 0
      answer.on('data', (part: Buffer) => {
        bytes += part.length
        if (bytes > LIMITS.syncBodyBytesMax) {
          settle(err({ kind: 'invalid', message: `answer longer than ${LIMITS.syncBodyBytesMax} bytes` }))
          outgoing.destroy()
        } else parts.push(part)
      })
      answer.on('end', () => settle(ok({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') })))
      answer.on('error', (error) => settle(unreachable(error)))
    })
    const cancelTimeout = clock.after(timeoutMs, () => {
      settle(err({ kind: 'unreachable', message: `no answer within ${timeoutMs} ms` }))
      outgoing.destroy()
    })
    outgoing.on('error', (error) => settle(unreachable(error)))
    outgoing.end(body)
  })
}
