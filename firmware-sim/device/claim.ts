import 'reflect-metadata'
import { createHash, createHmac, webcrypto } from 'node:crypto'
import { request } from 'node:https'
import * as x509 from '@peculiar/x509'
import { parseJson } from '#contract/codec.js'
import { DEVICE_CLAIM_PATH, type DeviceClaimV1, DeviceClaimedV1 } from '#contract/device-claim.js'
import { failSim } from '../errors.js'

const KEY = { name: 'ECDSA', namedCurve: 'P-256' }
const TIMEOUT_MS = 15_000

/** What a device has once it was claimed; the key never left it. */
export interface ClaimedIdentity {
  readonly caPem: string
  readonly certPem: string
  readonly keyPem: string
  readonly mqttPort: number
}

export interface ClaimWish {
  /** Origin of the gateway's claim address, `https://host:port`. */
  readonly url: string
  readonly deviceId: string
  /** As the installer typed it. */
  readonly code: string
}

/** The body of a claim, with a key of the device's own. */
export async function makeClaim({ deviceId, code }: Pick<ClaimWish, 'deviceId' | 'code'>): Promise<{ claim: DeviceClaimV1; keyPem: string }> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']) as webcrypto.CryptoKeyPair
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: `CN=${deviceId}`, keys, signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' } })
  const csrPem = request.toString('pem')
  const keyPem = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return { claim: { deviceId, csrPem, proof: proofOf(code, `device-claim.v1\n${deviceId}\n${csrPem}`) }, keyPem }
}

const proofOf = (code: string, text: string): string => createHmac('sha256', createHash('sha256').update(code).digest()).update(text).digest('hex')

/** Sends a claim. The gateway's certificate cannot be judged yet: what it answers is, by the code that only it can know. */
export function sendClaim(url: string, claim: object): Promise<{ status: number; text: string }> {
  const body = Buffer.from(JSON.stringify(claim))
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(DEVICE_CLAIM_PATH, url), {
      method: 'POST', rejectUnauthorized: false, agent: false, timeout: TIMEOUT_MS,
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }))
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/**
 * Makes a key, has it signed, and believes the answer only where it proves the code.
 * @throws AppError SIM_CLAIM
 */
export async function claimIdentity({ url, deviceId, code }: ClaimWish): Promise<ClaimedIdentity> {
  const { claim, keyPem } = await makeClaim({ deviceId, code })
  const { status, text } = await sendClaim(url, claim).catch((cause: unknown) => {
    throw failSim('SIM_CLAIM', { deviceId, url, problem: 'no answer' }, cause)
  })
  const answer = status === 201 ? parseJson<DeviceClaimedV1>(DeviceClaimedV1, text) : undefined
  if (answer === undefined || !answer.ok) throw failSim('SIM_CLAIM', { deviceId, url, status, problem: answer?.error ?? text.slice(0, 300) })
  const { caPem, certPem, proof, mqttPort } = answer.value
  if (proof !== proofOf(code, `device-claimed.v1\n${caPem}\n${certPem}`)) throw failSim('SIM_CLAIM', { deviceId, url, problem: 'the answer does not prove the code' })
  return { caPem, certPem, keyPem, mqttPort }
}
