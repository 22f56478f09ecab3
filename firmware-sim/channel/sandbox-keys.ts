import 'reflect-metadata'
import { X509CertificateGenerator } from '@peculiar/x509'
import { type KeyObject, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReceiptAccount } from '../receipt/receipt-platform.js'

/** Who the merchant is to both channels, and the secrets of both sides. Made up, for the sandbox alone. */
export interface SandboxKeys {
  readonly wechat: {
    readonly mchid: string
    readonly appid: string
    readonly merchantSerial: string
    readonly merchantPublicKey: KeyObject
    readonly apiV3Key: Buffer
    readonly publicKeyId: string
    readonly platformKey: KeyObject
    readonly certificateSerial: string
    readonly certificatePem: string
  }
  readonly alipay: { readonly appId: string; readonly sellerId: string; readonly merchantPublicKey: KeyObject; readonly platformKey: KeyObject }
  /** Of the platform for electronic receipts. */
  readonly receipts: ReceiptAccount
}

const FILES = {
  wechatMerchant: 'wechat-merchant-private.pem', wechatPlatform: 'sandbox-wechat-private.pem', wechatPublic: 'wechat-platform-public.pem',
  wechatCertificate: 'wechat-platform-certificate.pem',
  apiV3Key: 'wechat-apiv3.key', alipayMerchant: 'alipay-merchant-private.pem', alipayPlatform: 'sandbox-alipay-private.pem', alipayPublic: 'alipay-public.pem',
  merchant: 'merchant.json',
} as const

const MERCHANT = {
  wechat: {
    mchid: '1900000109', appid: 'wx8888888888888888', merchantSerial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    publicKeyId: 'PUB_KEY_ID_0119000001092026092200000000000001', certificateSerial: '7132D72A03E93CDDF8C03BBD1F37EEDF00000001',
  },
  alipay: { appId: '2021000000000001', sellerId: '2088021109625633' },
} as const

const RSA_BITS = 2_048
const YEARS_5_MS = 5 * 365 * 86_400_000

async function certificateOf(privatePem: string, publicPem: string, nowMs: number): Promise<string> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const { subtle } = webcrypto
  const keys = {
    privateKey: await subtle.importKey('pkcs8', createPrivateKey(privatePem).export({ type: 'pkcs8', format: 'der' }), algorithm, true, ['sign']),
    publicKey: await subtle.importKey('spki', createPublicKey(publicPem).export({ type: 'spki', format: 'der' }), algorithm, true, ['verify']),
  }
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: MERCHANT.wechat.certificateSerial, name: 'CN=sandbox, O=WeChat Pay sandbox', notBefore: new Date(nowMs - 60_000), notAfter: new Date(nowMs + YEARS_5_MS),
    signingAlgorithm: algorithm, keys: keys as never,
  }, webcrypto as never)
  return certificate.toString('pem')
}

async function make(folder: string, nowMs: number): Promise<void> {
  const pair = () => generateKeyPairSync('rsa', { modulusLength: RSA_BITS, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki',
    format: 'pem' } })
  const [wechatMerchant, wechatPlatform, alipayMerchant, alipayPlatform] = [pair(), pair(), pair(), pair()]
  const files: Record<string, string> = {
    [FILES.wechatMerchant]: wechatMerchant.privateKey, [FILES.wechatPlatform]: wechatPlatform.privateKey, [FILES.wechatPublic]: wechatPlatform.publicKey,
    [FILES.wechatCertificate]: await certificateOf(wechatPlatform.privateKey, wechatPlatform.publicKey, nowMs),
    [FILES.apiV3Key]: randomBytes(16).toString('hex'),
    [FILES.alipayMerchant]: alipayMerchant.privateKey, [FILES.alipayPlatform]: alipayPlatform.privateKey, [FILES.alipayPublic]: alipayPlatform.publicKey,
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 })
  // Last: a folder without it is made anew.
  await writeFile(join(folder, FILES.merchant), `${JSON.stringify({ ...MERCHANT, files: FILES }, null, 2)}\n`, { mode: 0o600 })
}

/** Who the merchant is to the platform for electronic receipts. */
export const RECEIPTS = { region: '440700', deptcode: '001001', appid: 'SANDBOX1' } as const
export const RECEIPT_KEY_FILE = 'receipt-key.txt'

async function receiptKey(folder: string): Promise<string> {
  const path = join(folder, RECEIPT_KEY_FILE)
  const known = await readFile(path, 'utf8').catch(() => undefined)
  if (known !== undefined) return known
  const key = randomBytes(13).toString('hex')
  await writeFile(path, key, { mode: 0o600 })
  return key
}

/** Reads the folder's keys, made at first use. `merchant.json` tells the merchant which file is which. */
export async function openSandboxKeys(folder: string, nowMs: number): Promise<SandboxKeys> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
  if (await read(FILES.merchant).catch(() => undefined) === undefined) await make(folder, nowMs)
  return {
    receipts: { ...RECEIPTS, key: await receiptKey(folder) },
    wechat: {
      ...MERCHANT.wechat, merchantPublicKey: createPublicKey(await read(FILES.wechatMerchant)), apiV3Key: Buffer.from(await read(FILES.apiV3Key)),
      platformKey: createPrivateKey(await read(FILES.wechatPlatform)), certificatePem: await read(FILES.wechatCertificate),
    },
    alipay: { ...MERCHANT.alipay, merchantPublicKey: createPublicKey(await read(FILES.alipayMerchant)), platformKey: createPrivateKey(await read(FILES.alipayPlatform)) },
  }
}
