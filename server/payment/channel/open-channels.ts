import { type KeyObject, createPrivateKey, createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import { ok } from '#kernel/result.js'
import { secretOf } from '../../secret-file.js'
import { createAlipayChannel } from './alipay-channel.js'
import { createAlipayTransport } from './alipay-transport.js'
import { createChannelHttp } from './channel-http.js'
import type { ChannelAnswer, ChannelName, PayChannel } from './channel-port.js'
import { createWechatChannel } from './wechat-channel.js'
import { type PlatformCertificate, certificatesIn, createPlatformKeys, keyAmong } from './wechat-certificates.js'
import { CertificateList } from './wechat-schemas.js'
import { type WechatTransport, createWechatTransport } from './wechat-transport.js'

export interface WechatSettings {
  readonly merchantId: string
  readonly appId: string
  readonly merchantSerial: string
  readonly privateKeyFile: string
  readonly apiV3KeyFile: string
  /** Public-key mode; null where only platform certificates are used. */
  readonly publicKeyId: string | null
  readonly publicKeyFile: string | null
  /** Certificate mode, and both during a switch to the public key. */
  readonly platformCertificates: boolean
  readonly baseUrl: string
  readonly notifyUrl: string
}
export interface AlipaySettings {
  readonly appId: string
  readonly sellerId: string
  readonly privateKeyFile: string
  readonly alipayPublicKeyFile: string
  readonly gatewayUrl: string
  readonly billHosts: readonly string[]
  readonly notifyUrl: string
}
export interface ChannelSettings {
  readonly wechat: WechatSettings | null
  readonly alipay: AlipaySettings | null
  /** Longest time for one exchange with a channel. */
  readonly timeoutMs: number
}

const API_V3_KEY_BYTES = 32
function keyOf(setting: string, make: () => KeyObject): KeyObject {
  try {
    const key = make()
    if (key.asymmetricKeyType !== 'rsa') throw new TypeError(`no RSA key but ${String(key.asymmetricKeyType)}`)
    return key
  } catch (cause) {
    throw new Error(`${setting}: no RSA key in PEM`, { cause })
  }
}

/** Signed by a certificate that it brings itself, sealed with the APIv3 key (获取平台证书列表). */
export async function fetchCertificates(transport: WechatTransport, apiV3Key: Buffer, clock: Clock): ChannelAnswer<PlatformCertificate[]> {
  let found: PlatformCertificate[] = []
  const answer = await transport.call({
    method: 'GET', pathAndQuery: '/v3/certificates', schema: CertificateList, moves: false,
    keysIn: (text) => { found = certificatesIn(text, apiV3Key); return keyAmong(found, clock.wallMs()) },
  })
  return answer.ok ? ok(found) : answer
}

async function publicKeyOf({ publicKeyId: id, publicKeyFile, platformCertificates }: WechatSettings): Promise<{ id: string; key: KeyObject } | null> {
  if ((id === null) !== (publicKeyFile === null)) throw new Error('payment.wechat: publicKeyId and publicKeyFile belong together')
  if (id === null || publicKeyFile === null) {
    if (!platformCertificates) throw new Error('payment.wechat: nothing to check signatures with: set publicKeyId and publicKeyFile, platformCertificates, or all')
    return null
  }
  const text = await readFile(publicKeyFile, 'utf8')
  return { id, key: keyOf('payment.wechat.publicKeyFile', () => createPublicKey(text)) }
}

async function openWechat(settings: WechatSettings, deps: { clock: Clock; random: RandomSource; timeoutMs: number }): Promise<PayChannel> {
  const { clock, random, timeoutMs } = deps
  const { merchantId, appId, publicKeyId, notifyUrl } = settings
  const privateKeyText = await secretOf('payment.wechat.privateKeyFile', settings.privateKeyFile)
  const privateKey = keyOf('payment.wechat.privateKeyFile', () => createPrivateKey(privateKeyText))
  const apiV3Key = Buffer.from(await secretOf('payment.wechat.apiV3KeyFile', settings.apiV3KeyFile))
  if (apiV3Key.length !== API_V3_KEY_BYTES) throw new Error(`payment.wechat.apiV3KeyFile: ${apiV3Key.length} bytes, an APIv3 key has ${API_V3_KEY_BYTES}`)
  const keys = createPlatformKeys({
    publicKey: await publicKeyOf(settings), clock, certificates: settings.platformCertificates ? () => fetchCertificates(transport, apiV3Key, clock) : null,
  })
  const transport: WechatTransport = createWechatTransport({
    merchant: { merchantId, serialNo: settings.merchantSerial, privateKey }, baseUrl: settings.baseUrl, answerSerial: () => publicKeyId, keyOf: keys.keyOf,
    prepare: keys.refreshIfDue, http: createChannelHttp({ clock, timeoutMs }), runtime: { clock, random },
  })
  return createWechatChannel({ merchant: { merchantId, appId, privateKey, apiV3Key }, notifyUrl, transport, keyOf: keys.keyOf, clock, random })
}

async function openAlipay(settings: AlipaySettings, deps: { clock: Clock; timeoutMs: number }): Promise<PayChannel> {
  const { clock, timeoutMs } = deps
  const { appId, sellerId, gatewayUrl, billHosts, notifyUrl } = settings
  const privateKeyText = await secretOf('payment.alipay.privateKeyFile', settings.privateKeyFile)
  const privateKey = keyOf('payment.alipay.privateKeyFile', () => createPrivateKey(privateKeyText))
  const publicKeyText = await readFile(settings.alipayPublicKeyFile, 'utf8')
  const alipayKey = keyOf('payment.alipay.alipayPublicKeyFile', () => createPublicKey(publicKeyText))
  const http = createChannelHttp({ clock, timeoutMs })
  const transport = createAlipayTransport({ appId, privateKey, alipayKey, gatewayUrl, http, clock })
  return createAlipayChannel({ merchant: { appId, sellerId, alipayKey }, notifyUrl, billHosts, transport, http, clock })
}

/** The channels that are set up, with their keys. @throws Error that names the setting and what is wrong with it */
export async function openChannels(settings: ChannelSettings, deps: { clock: Clock; random: RandomSource }): Promise<ReadonlyMap<ChannelName, PayChannel>> {
  const { timeoutMs } = settings
  const channels = new Map<ChannelName, PayChannel>()
  if (settings.wechat !== null) channels.set('wechat', await openWechat(settings.wechat, { ...deps, timeoutMs }))
  if (settings.alipay !== null) channels.set('alipay', await openAlipay(settings.alipay, { ...deps, timeoutMs }))
  return channels
}
