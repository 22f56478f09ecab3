import { type Static, Type } from 'typebox'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { parseJson } from '#contract/codec.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import type { ChannelHttp } from '../payment/channel/channel-http.js'
import { resultOfRefusal } from './aliyun-rules.js'
import { signedCall } from './aliyun-signature.js'
import type { DeliveryNews, DeliveryResult, MessageChannel } from './message-port.js'
import { type TemplateName, valuesOf } from './message-rules.js'
import { createPacer } from './pacer.js'

export interface SmsSettings {
  /** `https://dysmsapi.aliyuncs.com` */
  readonly endpoint: string
  readonly accessKeyId: string
  /** 短信签名 as it was approved, without brackets. */
  readonly signName: string
  /** Codes of the approved templates; their variables are those of `valuesOf`. */
  readonly templates: Readonly<Record<TemplateName, string>>
  readonly perSecondMax: number
}

const VERSION = '2017-05-25'
const ANSWER_BYTES_MAX = 65_536
const NONCE_BYTES = 16
const Answer = Type.Object({ Code: Type.String(), Message: Type.Optional(Type.String()), BizId: Type.Optional(Type.String()) })
const Details = Type.Object({
  Code: Type.String(),
  SmsSendDetailDTOs: Type.Optional(Type.Object({
    SmsSendDetailDTO: Type.Array(Type.Object({
      OutId: Type.Optional(Type.String()), SendStatus: Type.Integer(), ErrCode: Type.Optional(Type.String()), ReceiveDate: Type.Optional(Type.String()),
    })),
  })),
})
/** 1 waits for the operator, 2 failed, 3 arrived. */
const FAILED = 2
const ARRIVED = 3

/** `2026-09-22 10:00:03`, Beijing time. */
const msOf = (text: string | undefined): number => Date.parse(`${(text ?? '').replace(' ', 'T')}+08:00`)

/** SMS by Alibaba Cloud: SendSms, and QuerySendDetails for what became of it. */
export function createSmsChannel(deps: { settings: SmsSettings; secret: string; http: ChannelHttp; clock: Clock; random: RandomSource }): MessageChannel {
  const { settings, secret, http, clock, random } = deps
  const { host } = new URL(settings.endpoint)
  const pace = createPacer({ clock, perSecondMax: settings.perSecondMax })

  /** @returns the body, or undefined where nobody knows whether the call arrived */
  async function call(action: string, params: Readonly<Record<string, string>>): Promise<string | undefined> {
    const nonce = Buffer.from(random.bytes(NONCE_BYTES)).toString('hex')
    const date = `${new Date(clock.wallMs()).toISOString().slice(0, 19)}Z`
    const { query, headers } = signedCall({ host, action, version: VERSION, params, date, nonce }, { id: settings.accessKeyId, secret })
    const { host: _host, ...sent } = headers
    const answer = await http({ method: 'POST', url: `${settings.endpoint}/?${query}`, headers: { ...sent, accept: 'application/json' }, bytesMax: ANSWER_BYTES_MAX })
    return answer.ok ? answer.value.body.toString('utf8') : undefined
  }

  return {
    name: 'sms', proof: 'asked',
    reaches: ({ phone }) => phone !== null,
    async send({ messageId, phone, template, fields }): Promise<DeliveryResult> {
      if (phone === null) return { outcome: 'refused', problem: 'no phone number' }
      await pace()
      const text = await call('SendSms', {
        PhoneNumbers: phone, SignName: settings.signName, TemplateCode: settings.templates[template], TemplateParam: JSON.stringify(valuesOf(template, fields)), OutId: messageId,
      })
      if (text === undefined) return { outcome: 'unknown', problem: 'no answer' }
      const answer = parseJson<Static<typeof Answer>>(Answer, text)
      if (!answer.ok) return { outcome: 'unknown', problem: 'an answer that is none' }
      const { Code, Message = '', BizId } = answer.value
      if (Code !== 'OK') return resultOfRefusal(Code, Message)
      return BizId === undefined ? { outcome: 'unknown', problem: 'no BizId' } : { outcome: 'sent', receipt: BizId }
    },
    async ask({ messageId, receipt, phone, sentAtMs }): Promise<DeliveryNews> {
      await pace()
      const params = { PhoneNumber: phone, BizId: receipt, SendDate: civilDateOf(sentAtMs).replaceAll('-', ''), PageSize: '10', CurrentPage: '1' }
      const answer = parseJson<Static<typeof Details>>(Details, await call('QuerySendDetails', params) ?? '')
      const details = answer.ok ? answer.value.SmsSendDetailDTOs?.SmsSendDetailDTO ?? [] : []
      const detail = details.find((each) => each.OutId === messageId) ?? (details.length === 1 ? details[0] : undefined)
      if (detail?.SendStatus === ARRIVED) return { delivery: 'delivered', atMs: msOf(detail.ReceiveDate) || clock.wallMs() }
      return detail?.SendStatus === FAILED ? { delivery: 'failed', problem: detail.ErrCode ?? 'failed' } : { delivery: 'waiting' }
    },
  }
}
