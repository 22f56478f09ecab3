import type { KeyObject } from 'node:crypto'
import type { Static, TSchema } from 'typebox'
import { parseJson } from '#contract/codec.js'
import type { Clock } from '#kernel/clock.js'
import { err } from '#kernel/result.js'
import { type Parameters, signParameters, signedPart } from './alipay-signature.js'
import { Verdict } from './alipay-schemas.js'
import type { ChannelHttp } from './channel-http.js'
import type { ChannelAnswer, ChannelError } from './channel-port.js'
import { chinaTime } from './china-time.js'
import { rsaVerify } from './wechat-signature.js'

const ANSWER_BYTES_MAX = 1_048_576

export interface AlipayTransportDeps {
  readonly appId: string
  readonly privateKey: KeyObject
  /** Alipay's own public key: what it signs answers and notifies with. */
  readonly alipayKey: KeyObject
  /** `https://openapi.alipay.com/gateway.do`, or the sandbox. */
  readonly gatewayUrl: string
  readonly http: ChannelHttp
  readonly clock: Clock
}

export interface AlipayCall<Schema extends TSchema> {
  readonly method: string
  readonly content: object
  readonly schema: Schema
  /** True for a call that moves something: no answer then means that it may have been carried out. */
  readonly moves: boolean
  readonly extra?: Parameters
}

const NOT_HERE = new Set(['ACQ.TRADE_NOT_EXIST', 'ACQ.REFUND_NOT_EXIST', 'isp.bill_not_exist'])
const UNKNOWN = new Set(['ACQ.SYSTEM_ERROR', 'aop.ACQ.SYSTEM_ERROR', 'isp.unknow-error'])

export function verdictError({ code, sub_code: subCode = '', msg = '', sub_msg: subMsg = '' }: Verdict, moves: boolean): ChannelError | undefined {
  if (code === '10000') return undefined
  const error = { code: subCode === '' ? code : subCode, message: subMsg === '' ? msg : subMsg }
  if (NOT_HERE.has(subCode)) return { kind: 'not-here', ...error }
  if (code === '20000' || UNKNOWN.has(subCode)) return { kind: moves ? 'unknown-result' : 'retry', ...error }
  if (code === '40006' || /limit|frequen/i.test(subCode)) return { kind: 'retry', ...error }
  return { kind: 'refused', ...error }
}

/** Requests and answers of the OpenAPI gateway, signed with RSA2 both ways. */
export function createAlipayTransport(deps: AlipayTransportDeps) {
  const { appId, privateKey, http, clock } = deps

  const sign = (method: string, content: object, extra: Parameters = {}): Record<string, string> => {
    const parameters = {
      app_id: appId, method, format: 'JSON', charset: 'utf-8', sign_type: 'RSA2', timestamp: chinaTime(clock.wallMs()), version: '1.0', ...extra,
      biz_content: JSON.stringify(content),
    }
    return { ...parameters, sign: signParameters(parameters, privateKey) }
  }

  return {
    /** Address of a page that the payer's browser opens. */
    pageUrl: (method: string, content: object, extra: Parameters): string => `${deps.gatewayUrl}?${new URLSearchParams(sign(method, content, extra))}`,

    async call<Schema extends TSchema>({ method, content, schema, moves, extra }: AlipayCall<Schema>): ChannelAnswer<Static<Schema>> {
      const noAnswer = (code: string, message: string): ReturnType<typeof err<ChannelError>> => err({ kind: moves ? 'unknown-result' : 'retry', code, message })
      const { biz_content: bizContent = '', ...open } = sign(method, content, extra)
      const answer = await http({
        method: 'POST', url: `${deps.gatewayUrl}?${new URLSearchParams(open)}`, bytesMax: ANSWER_BYTES_MAX,
        headers: { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8', 'user-agent': 'smart-estates' },
        body: new URLSearchParams({ biz_content: bizContent }).toString(),
      })
      if (!answer.ok) return noAnswer('NO_ANSWER', answer.error)
      const text = answer.value.body.toString('utf8')
      if (answer.value.status !== 200) return noAnswer(`HTTP_${answer.value.status}`, 'the gateway did not answer')
      const whole = parseJson<Record<string, unknown>>({ type: 'object' }, text)
      const name = `${method.replaceAll('.', '_')}_response`
      const part = signedPart(text, name) ?? signedPart(text, 'error_response')
      const signature = whole.ok ? whole.value['sign'] : undefined
      if (!whole.ok || part === undefined) return noAnswer('ANSWER', 'no answer to this method')
      const verdict = parseJson<Verdict>(Verdict, part)
      if (!verdict.ok) return noAnswer('ANSWER', verdict.error)
      const error = verdictError(verdict.value, moves)
      // The gateway answers a request that it could not read without a signature; nothing is built on such an answer.
      if (typeof signature !== 'string' || !rsaVerify(part, signature, deps.alipayKey)) {
        if (error !== undefined && signature === undefined) return err(error.kind === 'not-here' ? { ...error, kind: 'retry' } : error)
        return err({ kind: 'forged', code: 'SIGN', message: 'the answer is not signed by Alipay' })
      }
      if (error !== undefined) return err(error)
      const parsed = parseJson<Static<Schema>>(schema, part)
      return parsed.ok ? parsed : noAnswer('ANSWER', parsed.error)
    },
  }
}
export type AlipayTransport = ReturnType<typeof createAlipayTransport>
