import type { KeyObject } from 'node:crypto'
import type { Static, TSchema } from 'typebox'
import { parseJson } from '#contract/codec.js'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { err, ok } from '#kernel/result.js'
import type { ChannelHttp, HttpAnswer } from './channel-http.js'
import type { ChannelAnswer, ChannelError } from './channel-port.js'
import { type MerchantKey, type SignedMessage, authorizationOf, signatureFault } from './wechat-signature.js'
import { Failure } from './wechat-schemas.js'

const ANSWER_BYTES_MAX = 1_048_576
const NONCE_BYTES = 16

export interface WechatTransportDeps {
  readonly merchant: MerchantKey
  /** `https://api.mch.weixin.qq.com`, or the sandbox. */
  readonly baseUrl: string
  /** In public-key mode `PUB_KEY_ID_…`: answers are then signed by that key; null asks for a platform certificate's. */
  readonly answerSerial: () => string | null
  readonly keyOf: (serial: string) => KeyObject | undefined
  /** Before every call but that for the keys themselves. */
  readonly prepare?: () => Promise<void>
  readonly http: ChannelHttp
  readonly runtime: { readonly clock: Clock; readonly random: RandomSource }
}

export interface WechatCall<Schema extends TSchema> {
  readonly method: 'GET' | 'POST'
  readonly pathAndQuery: string
  readonly body?: object
  /** Undefined where success has no body (204). */
  readonly schema: Schema | undefined
  /** True for a call that moves something: no answer then means that it may have been carried out. */
  readonly moves: boolean
  /** Keys that the answer brings itself, sealed for the merchant: the answer may be signed with one of those. */
  readonly keysIn?: (text: string) => (serial: string) => KeyObject | undefined
}

/** Codes that say: not now, the same call again later. */
const RETRY_CODES = new Set(['FREQUENCY_LIMITED', 'RATELIMIT_EXCEEDED', 'STATEMENT_CREATING', 'BANK_ERROR'])
const NOT_HERE_CODES = new Set(['ORDER_NOT_EXIST', 'ORDERNOTEXIST', 'RESOURCE_NOT_EXISTS', 'NO_STATEMENT_EXIST'])

export function failureOf(status: number, { code, message = '' }: Static<typeof Failure>, moves: boolean): ChannelError {
  if (NOT_HERE_CODES.has(code)) return { kind: 'not-here', code, message }
  // 401 speaks of this request's signature or clock, never of what was asked before with the same number.
  if (status === 429 || status === 401 || RETRY_CODES.has(code)) return { kind: 'retry', code, message }
  if (status >= 500) return { kind: moves ? 'unknown-result' : 'retry', code, message }
  return { kind: 'refused', code, message }
}

const signedMessage = ({ headers, body }: HttpAnswer): SignedMessage => ({
  serial: headers.get('wechatpay-serial'), timestamp: headers.get('wechatpay-timestamp'),
  nonce: headers.get('wechatpay-nonce'), signature: headers.get('wechatpay-signature'), body,
})

/** Signed requests, verified answers (WeChat Pay API v3). */
export function createWechatTransport(deps: WechatTransportDeps) {
  const { merchant, http, runtime: { clock, random } } = deps
  const origin = deps.baseUrl.replace(/\/$/, '')

  const send = (method: 'GET' | 'POST', pathAndQuery: string, bytesMax: number, body?: string) => {
    const nonce = Buffer.from(random.bytes(NONCE_BYTES)).toString('hex')
    const authorization = authorizationOf(merchant, { method, pathAndQuery, body: body ?? '', timestampS: Math.floor(clock.wallMs() / 1_000), nonce })
    const serial = deps.answerSerial()
    return http({
      method, url: `${origin}${pathAndQuery}`, bytesMax,
      headers: {
        authorization, accept: 'application/json', 'user-agent': 'smart-estates',
        ...(serial === null ? {} : { 'wechatpay-serial': serial }), ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    })
  }

  return {
    /** A path on the channel's own host; undefined where the link leads elsewhere. */
    pathOf(link: string): string | undefined {
      const url = URL.canParse(link) ? new URL(link) : undefined
      return url !== undefined && url.origin === new URL(origin).origin ? `${url.pathname}${url.search}` : undefined
    },

    async call<Schema extends TSchema>(wanted: WechatCall<Schema>): ChannelAnswer<Static<Schema>> {
      const { method, pathAndQuery, schema, moves } = wanted
      if (wanted.keysIn === undefined) await deps.prepare?.()
      const noAnswer = (code: string, message: string): ChannelError => ({ kind: moves ? 'unknown-result' : 'retry', code, message })
      const answer = await send(method, pathAndQuery, ANSWER_BYTES_MAX, wanted.body === undefined ? undefined : JSON.stringify(wanted.body))
      if (!answer.ok) return err(noAnswer('NO_ANSWER', answer.error))
      const { status, body } = answer.value
      const text = body.toString('utf8')
      if (status < 200 || status >= 300) {
        const failure = parseJson<Static<typeof Failure>>(Failure, text)
        return err(failure.ok ? failureOf(status, failure.value, moves) : noAnswer(`HTTP_${status}`, 'no error body'))
      }
      // A 2xx answer without a valid signature is to be treated as forged (官方文档 签名验证): the order may still exist.
      const brought = wanted.keysIn?.(text)
      const fault = signatureFault(signedMessage(answer.value), (serial) => brought?.(serial) ?? deps.keyOf(serial), clock.wallMs())
      if (fault !== undefined) return err({ kind: 'forged', code: fault, message: `answer ${status}: ${fault}` })
      if (schema === undefined) return ok(undefined as Static<Schema>)
      const parsed = parseJson<Static<Schema>>(schema, text)
      return parsed.ok ? parsed : err(noAnswer('ANSWER', parsed.error))
    },

    /** A file: its answer is not signed, its hash is known from the signed one before. */
    async download(pathAndQuery: string, bytesMax: number): ChannelAnswer<Buffer> {
      const answer = await send('GET', pathAndQuery, bytesMax)
      if (!answer.ok) return err({ kind: 'retry', code: 'NO_ANSWER', message: answer.error })
      const { status, body } = answer.value
      return status === 200 ? ok(body) : err({ kind: 'retry', code: `HTTP_${status}`, message: 'the bill could not be downloaded' })
    },
  }
}
export type WechatTransport = ReturnType<typeof createWechatTransport>
