import { createHash, createPublicKey, verify } from 'node:crypto'
import type { RotatingCode } from '#contract/rotating-code.js'

/** SHA-256 of a code's text, hex: what the roster knows of a code that was sent or printed. */
export const codeDigest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** @param publicKey SPKI DER, base64. False also where it is no P-256 key: then nothing is signed by it */
export function isSignedBy(code: RotatingCode, publicKey: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return false
    return verify('sha256', Buffer.from(code.signedText), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(code.signature, 'base64url'))
  } catch {
    return false
  }
}

/** True where phone and gateway are no further apart than they may be, either way. */
export const isCurrent = (code: Pick<RotatingCode, 'unixSeconds'>, nowWallMs: number, windowSeconds: number): boolean =>
  Math.abs(nowWallMs / 1_000 - code.unixSeconds) <= windowSeconds
