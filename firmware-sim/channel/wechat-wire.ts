import { createCipheriv, createSign, createVerify, randomBytes } from 'node:crypto'
import type { SandboxKeys } from './sandbox-keys.js'

type WechatKeys = SandboxKeys['wechat']

const AUTHORIZATION = /^WECHATPAY2-SHA256-RSA2048 (.+)$/
const SKEW_S_MAX = 300

/** Checks a request as WeChat Pay does. @returns undefined where it is the merchant's */
export function requestFault(
  keys: WechatKeys, request: { method: string; url: string; body: string; authorization: string | undefined }, nowMs: number,
): string | undefined {
  const fields = AUTHORIZATION.exec(request.authorization ?? '')?.[1]
  if (fields === undefined) return 'no Authorization of schema WECHATPAY2-SHA256-RSA2048'
  const { mchid, serial_no: serial, timestamp, nonce_str: nonce,
    signature } = Object.fromEntries([...fields.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value])) as Record<string, string>
  if (mchid !== keys.mchid || serial !== keys.merchantSerial) return 'unknown merchant or certificate'
  if (timestamp === undefined || Math.abs(nowMs / 1_000 - Number(timestamp)) > SKEW_S_MAX) return 'timestamp out of range'
  const verifier = createVerify('RSA-SHA256').update(`${request.method}\n${request.url}\n${timestamp}\n${nonce ?? ''}\n${request.body}\n`)
  return verifier.verify(keys.merchantPublicKey, signature ?? '', 'base64') ? undefined : 'signature does not match'
}

/** Headers that make a body WeChat Pay's. @param serial which of its keys it says */
export function signedHeaders(keys: WechatKeys, body: string, nowMs: number, serial = keys.publicKeyId): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1_000))
  const nonce = randomBytes(16).toString('hex')
  return {
    'wechatpay-timestamp': timestamp, 'wechatpay-nonce': nonce, 'wechatpay-serial': serial, 'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
    'wechatpay-signature': createSign('RSA-SHA256').update(`${timestamp}\n${nonce}\n${body}\n`).sign(keys.platformKey, 'base64'),
  }
}

/** AEAD_AES_256_GCM: base64 of ciphertext and tag. */
export function seal(keys: WechatKeys, text: string, associatedData: string): { algorithm: string; ciphertext: string; associated_data: string; nonce: string } {
  const nonce = randomBytes(6).toString('hex')
  const cipher = createCipheriv('aes-256-gcm', keys.apiV3Key, nonce).setAAD(Buffer.from(associatedData))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return { algorithm: 'AEAD_AES_256_GCM', ciphertext: sealed.toString('base64'), associated_data: associatedData, nonce }
}

/** `2026-09-22T08:12:41+08:00` */
export const wechatTime = (beijing: string): string => `${beijing.replace(' ', 'T')}+08:00`
