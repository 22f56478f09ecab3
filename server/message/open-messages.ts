import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { createChannelHttp } from '../payment/channel/channel-http.js'
import { secretOf } from '../secret-file.js'
import type { MessageChannel } from './message-port.js'
import { createSmsChannel } from './sms-channel.js'
import { type WechatMessages, createWechatChannel } from './wechat-channel.js'

export interface MessageSettings {
  readonly timeoutMs: number
  readonly sms: {
    readonly accessKeyId: string
    readonly accessKeySecretFile: string
    readonly signName: string
    readonly rentReminder: string
    readonly rentSecondReminder: string
    readonly loginCode: string
    readonly endpoint: string
    readonly perSecondMax: number
  } | null
  readonly wechat: {
    readonly appId: string
    readonly appSecretFile: string
    readonly callbackTokenFile: string
    readonly rentReminder: string
    readonly rentSecondReminder: string
    readonly amountKey: string
    readonly dueDateKey: string
    readonly daysKey: string
    readonly pageUrl: string
    readonly baseUrl: string
    readonly perSecondMax: number
  } | null
}

/** Ways to phones that are set up. */
export interface Messaging {
  readonly sms: MessageChannel | null
  readonly wechat: { readonly channel: WechatMessages; readonly appId: string; readonly callbackToken: string } | null
}

/** The vendors of messages that are set up, with their secrets. @throws Error that names the setting and what is wrong with it */
export async function openMessages({ timeoutMs, sms, wechat }: MessageSettings, deps: { clock: Clock; random: RandomSource }): Promise<Messaging> {
  const { clock, random } = deps
  const http = createChannelHttp({ clock, timeoutMs })
  return {
    sms: sms === null ? null : createSmsChannel({
      settings: { ...sms, templates: { 'rent-reminder': sms.rentReminder, 'rent-second-reminder': sms.rentSecondReminder, 'login-code': sms.loginCode } },
      secret: await secretOf('message.sms.accessKeySecretFile', sms.accessKeySecretFile), http, clock, random,
    }),
    wechat: wechat === null ? null : {
      appId: wechat.appId, callbackToken: await secretOf('message.wechat.callbackTokenFile', wechat.callbackTokenFile),
      channel: createWechatChannel({
        settings: {
          ...wechat, templates: {
            'rent-reminder': { id: wechat.rentReminder, keys: { amount: wechat.amountKey, dueDate: wechat.dueDateKey } },
            'rent-second-reminder': { id: wechat.rentSecondReminder, keys: { amount: wechat.amountKey, dueDate: wechat.dueDateKey, days: wechat.daysKey } },
          },
        },
        secret: await secretOf('message.wechat.appSecretFile', wechat.appSecretFile), http, clock,
      }),
    },
  }
}
