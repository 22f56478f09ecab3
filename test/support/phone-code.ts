import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { rotatingCodeText } from '#contract/rotating-code.js'

/** A phone with a key of its own. */
export interface Phone {
  /** As the roster has it: SPKI DER, base64. */
  readonly publicKey: string
  code(credentialId: string, unixSeconds: number): string
}

export function createPhone(namedCurve = 'prime256v1'): Phone {
  const { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ec', { namedCurve })
  return {
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    code(credentialId, unixSeconds) {
      const text = rotatingCodeText(credentialId, unixSeconds)
      return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
    },
  }
}
