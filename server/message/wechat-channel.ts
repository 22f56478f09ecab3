import { type TSchema, type Static, Type } from 'typebox'
import type { Clock } from '#kernel/clock.js'
import { parseJson } from '#contract/codec.js'
import type { ChannelHttp } from '../payment/channel/channel-http.js'
import type { DeliveryResult, MessageChannel } from './message-port.js'
import { type TemplateName, valuesOf } from './message-rules.js'
import { createPacer } from './pacer.js'
import { TOKEN_OVER, resultOfError } from './wechat-rules.js'

/** A template of the account, and how it calls our values: `{ amount: 'amount2' }`. */
export interface WechatTemplate {
  readonly id: string
  readonly keys: Readonly<Record<string, string>>
}
export interface WechatSettings {
  /** `https://api.weixin.qq.com` */
  readonly baseUrl: string
  readonly appId: string
  readonly templates: Readonly<Partial<Record<TemplateName, WechatTemplate>>>
  /** Where a message leads: the residents' page. */
  readonly pageUrl: string
  readonly perSecondMax: number
}

export interface WechatMessages extends MessageChannel {
  /** Whose code it is: the person's own id at the account (网页授权 snsapi_base). @returns undefined where the code is none, or nobody answers */
  openIdOf(code: string): Promise<string | undefined>
}

const ANSWER_BYTES_MAX = 65_536
/** A token is given up so long before its end. */
const TOKEN_SPARE_MS = 300_000
const Token = Type.Object({ access_token: Type.String({ minLength: 1 }), expires_in: Type.Number() })
const Sent = Type.Object({ errcode: Type.Integer(), errmsg: Type.Optional(Type.String()), msgid: Type.Optional(Type.Union([Type.Integer(), Type.String()])) })
const Person = Type.Object({ openid: Type.String({ minLength: 10, maxLength: 64 }) })

/** Template messages of the city's WeChat account. A message of one id goes once: the account knows `client_msg_id`. */
export function createWechatChannel(deps: { settings: WechatSettings; secret: string; http: ChannelHttp; clock: Clock }): WechatMessages {
  const { settings, secret, http, clock } = deps
  const { appId, baseUrl } = settings
  const pace = createPacer({ clock, perSecondMax: settings.perSecondMax })
  let token: { readonly text: string; readonly untilMs: number } | undefined

  async function call<S extends TSchema>(schema: S, path: string, body?: object): Promise<Static<S> | undefined> {
    const answer = await http({
      method: body === undefined ? 'GET' : 'POST', url: `${baseUrl}${path}`, bytesMax: ANSWER_BYTES_MAX,
      headers: { 'content-type': 'application/json', 'accept': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const parsed = answer.ok ? parseJson<Static<S>>(schema, answer.value.body.toString('utf8')) : undefined
    return parsed?.ok === true ? parsed.value : undefined
  }
  /** @param fresh not the one that was refused */
  async function tokenNow(fresh = false): Promise<string | undefined> {
    if (!fresh && token !== undefined && clock.monoMs() < token.untilMs) return token.text
    const given = await call(Token, '/cgi-bin/stable_token', { grant_type: 'client_credential', appid: appId, secret, force_refresh: fresh })
    token = given === undefined ? undefined : { text: given.access_token, untilMs: clock.monoMs() + given.expires_in * 1_000 - TOKEN_SPARE_MS }
    return token?.text
  }
  async function post(letter: object, fresh: boolean): Promise<DeliveryResult | 'token-over'> {
    const text = await tokenNow(fresh)
    if (text === undefined) return { outcome: 'not-sent', problem: 'no access token' }
    const answer = await call(Sent, `/cgi-bin/message/template/send?access_token=${encodeURIComponent(text)}`, letter)
    if (answer === undefined) return { outcome: 'unknown', problem: 'no answer' }
    if (!fresh && TOKEN_OVER.includes(answer.errcode)) return 'token-over'
    if (answer.errcode !== 0) return resultOfError(answer.errcode, answer.errmsg ?? '')
    return answer.msgid === undefined ? { outcome: 'unknown', problem: 'no msgid' } : { outcome: 'sent', receipt: String(answer.msgid) }
  }

  return {
    name: 'wechat', proof: 'told',
    reaches: ({ openId, template }) => openId !== null && settings.templates[template] !== undefined,
    async send({ messageId, openId, template, fields }) {
      const known = settings.templates[template]
      if (openId === null || known === undefined) return { outcome: 'refused', problem: 'no WeChat id, or no template' }
      const values = valuesOf(template, fields)
      const data = Object.fromEntries(Object.entries(known.keys).flatMap(([name, key]) => (values[name] === undefined ? [] : [[key, { value: values[name] }]])))
      // Their id of it takes 32 characters.
      const letter = { touser: openId, template_id: known.id, url: settings.pageUrl, client_msg_id: messageId.replaceAll('-', ''), data }
      await pace()
      const first = await post(letter, false)
      const result = first === 'token-over' ? await post(letter, true) : first
      return result === 'token-over' ? { outcome: 'not-sent', problem: 'the access token is refused' } : result
    },
    async openIdOf(code) {
      const query = new URLSearchParams({ appid: appId, secret, code, grant_type: 'authorization_code' }).toString()
      return (await call(Person, `/sns/oauth2/access_token?${query}`))?.openid
    },
  }
}
