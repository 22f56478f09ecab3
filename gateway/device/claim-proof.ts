import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { DeviceClaimV1, DeviceClaimedV1 } from '#contract/device-claim.js'

/** SHA-256 of a code's text, hex: all that is kept of it. */
export const codeSha256Of = (code: string): string => createHash('sha256').update(code).digest('hex')

const hmac = (codeSha256: string, text: string): Buffer => createHmac('sha256', Buffer.from(codeSha256, 'hex')).update(text).digest()

/** True where whoever made the claim knows the code. Takes the same time whatever is wrong. */
export function claimProves(codeSha256: string, { deviceId, csrPem, proof }: DeviceClaimV1): boolean {
  return timingSafeEqual(hmac(codeSha256, `device-claim.v1\n${deviceId}\n${csrPem}`), Buffer.from(proof, 'hex'))
}

/** Shows the device that this gateway knows the code, and so that authority and certificate are the estate's. */
export const claimedProof = (codeSha256: string, { caPem, certPem }: Pick<DeviceClaimedV1, 'caPem' | 'certPem'>): string =>
  hmac(codeSha256, `device-claimed.v1\n${caPem}\n${certPem}`).toString('hex')
