import { createDecipheriv, createSign, createVerify, type KeyObject } from 'node:crypto'

/** Clocks of the two sides may differ by so much (WeChat Pay API v3, 签名验证). */
export const CLOCK_OFFSET_S_MAX = 300
const TAG_BYTES = 16

export interface MerchantKey {
  readonly merchantId: string
  /** Serial number of the merchant's API certificate, hex. */
  readonly serialNo: string
  readonly privateKey: KeyObject
}

/** SHA256 with RSA (PKCS #1 v1.5), base64. */
export const rsaSign = (text: string, key: KeyObject): string => createSign('RSA-SHA256').update(text).sign(key, 'base64')

/** False for anything that is no valid signature, also where it is no base64. */
export function rsaVerify(text: string | Buffer, signature: string, key: KeyObject): boolean {
  try {
    return createVerify('RSA-SHA256').update(text).verify(key, signature, 'base64')
  } catch {
    return false
  }
}

/** Value of the `Authorization` header of one request. @param body exactly what is sent; empty for GET */
export function authorizationOf(
  key: MerchantKey, request: { method: string; pathAndQuery: string; body: string; timestampS: number; nonce: string },
): string {
  const { method, pathAndQuery, body, timestampS, nonce } = request
  const signature = rsaSign(`${method}\n${pathAndQuery}\n${timestampS}\n${nonce}\n${body}\n`, key.privateKey)
  return `WECHATPAY2-SHA256-RSA2048 mchid="${key.merchantId}",serial_no="${key.serialNo}",timestamp="${timestampS}",nonce_str="${nonce}",signature="${signature}"`
}

/** What `getBrandWCPayRequest` takes in WeChat. */
export function bridgeParameters(appId: string, prepayId: string, timestampS: number, nonceStr: string, key: KeyObject): Record<string, string> {
  const timeStamp = String(timestampS)
  const pack = `prepay_id=${prepayId}`
  return { appId, timeStamp, nonceStr, package: pack, signType: 'RSA', paySign: rsaSign(`${appId}\n${timeStamp}\n${nonceStr}\n${pack}\n`, key) }
}

export interface SignedMessage {
  readonly serial: string | null
  readonly timestamp: string | null
  readonly nonce: string | null
  readonly signature: string | null
  readonly body: Buffer
}

export type SignatureFault = 'no-signature' | 'unknown-key' | 'bad-signature' | 'too-old'

/**
 * Whether an answer or notify is WeChat Pay's. `WECHATPAY/SIGNTEST/` is its probe whether we look; it must fail.
 * @param keyOf the key of a serial: a platform certificate's (40 hex) or the public key's (`PUB_KEY_ID_…`)
 * @returns what is wrong, or undefined
 */
export function signatureFault(message: SignedMessage, keyOf: (serial: string) => KeyObject | undefined, nowMs: number): SignatureFault | undefined {
  const { serial, timestamp, nonce, signature, body } = message
  if (serial === null || timestamp === null || nonce === null || signature === null) return 'no-signature'
  const key = keyOf(serial)
  if (key === undefined) return 'unknown-key'
  const text = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')])
  if (signature.startsWith('WECHATPAY/SIGNTEST/') || !rsaVerify(text, signature, key)) return 'bad-signature'
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN
  return Math.abs(nowMs / 1_000 - seconds) <= CLOCK_OFFSET_S_MAX ? undefined : 'too-old'
}

export interface Sealed {
  readonly ciphertext: string
  readonly nonce: string
  readonly associated_data?: string | undefined
}

/** AEAD_AES_256_GCM with the merchant's APIv3 key; undefined where it was not sealed with it. */
export function unseal({ ciphertext, nonce, associated_data: aad = '' }: Sealed, apiV3Key: Buffer): string | undefined {
  const bytes = Buffer.from(ciphertext, 'base64')
  if (bytes.length < TAG_BYTES) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', apiV3Key, Buffer.from(nonce), { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(aad))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
