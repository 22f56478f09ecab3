import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { RECEIPTS, RECEIPT_KEY_FILE } from '../channel/sandbox-keys.js'
import { failSim } from '../errors.js'
import { SMS, SMS_KEY_FILE } from '../message/message-account.js'
import type { DemoPaths } from './demo-state.js'
import type { Supervisor } from './supervisor.js'

export interface RunningChannels {
  /** Of the sandbox: its API, its pages to pay on, and its list of what waits to be paid. */
  readonly origin: string
  /** Of the SMS service beside it: its API, and what phones got. */
  readonly messageOrigin: string
}

/** Starts the sandbox of the payment channels and of the SMS service, with keys that it makes at the first start. */
export async function startChannels(deps: { main: string; paths: DemoPaths; supervisor: Supervisor }): Promise<RunningChannels> {
  const { ready } = await deps.supervisor.start('channels', [deps.main, '--keys', deps.paths.channelKeys, '--messages', deps.paths.messages])
  const { port, messageOrigin } = ready
  if (typeof port !== 'number' || typeof messageOrigin !== 'string') throw failSim('SIM_DEMO_PART', { part: 'channels', what: 'its ready line has no port and messageOrigin' })
  return { origin: `http://127.0.0.1:${port}`, messageOrigin }
}

interface Merchant {
  readonly wechat: { readonly mchid: string; readonly appid: string; readonly merchantSerial: string; readonly publicKeyId: string }
  readonly alipay: { readonly appId: string; readonly sellerId: string }
  readonly files: Readonly<Record<'wechatMerchant' | 'apiV3Key' | 'wechatPublic' | 'alipayMerchant' | 'alipayPublic', string>>
}

/** The server's payment settings for this sandbox, as merchant.json beside the keys tells them. */
export function channelSettings(keysFolder: string, sandbox: string, server: string): object {
  const { wechat, alipay, files } = JSON.parse(readFileSync(join(keysFolder, 'merchant.json'), 'utf8')) as Merchant
  const file = (name: keyof Merchant['files']): string => join(keysFolder, files[name])
  return {
    demo: true,
    wechat: {
      merchantId: wechat.mchid, appId: wechat.appid, merchantSerial: wechat.merchantSerial, privateKeyFile: file('wechatMerchant'), apiV3KeyFile: file('apiV3Key'),
      publicKeyId: wechat.publicKeyId, publicKeyFile: file('wechatPublic'), baseUrl: sandbox, notifyUrl: `${server}/notify/wechat`,
    },
    alipay: {
      appId: alipay.appId, sellerId: alipay.sellerId, privateKeyFile: file('alipayMerchant'), alipayPublicKeyFile: file('alipayPublic'),
      gatewayUrl: `${sandbox}/gateway.do`, billHosts: [new URL(sandbox).host], notifyUrl: `${server}/notify/alipay`,
    },
  }
}

/** The server's settings for the sandbox's platform of electronic receipts. */
export const receiptSettings = (keysFolder: string, sandbox: string): object => ({
  region: RECEIPTS.region, deptCode: RECEIPTS.deptcode, appId: RECEIPTS.appid, baseUrl: `${sandbox}/standard-web/api/standard`,
  keyFile: join(keysFolder, RECEIPT_KEY_FILE), billCode: '0101', author: '示例财务科',
})

/** The server's settings for the sandbox's SMS service. */
export function messageSettings(keysFolder: string, sandbox: string): object {
  const [rentReminder, rentSecondReminder, loginCode] = Object.keys(SMS.templates)
  const { accessKeyId, signName } = SMS
  return { demo: true, sms: { accessKeyId, accessKeySecretFile: join(keysFolder, SMS_KEY_FILE), signName, rentReminder, rentSecondReminder, loginCode, endpoint: sandbox } }
}

/**
 * A port of this machine that is free now: the channels must be told where to send notifies before the server listens.
 * @param wanted 0 for any
 * @throws AppError SIM_DEMO_PORT where something else has it
 */
export function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (cause) => reject(failSim('SIM_DEMO_PORT', { port: wanted, reason: cause.message }, cause)))
    probe.listen(wanted, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
