import { type KeyObject, createPrivateKey, sign } from 'node:crypto'
import type { ReaderWay } from '#contract/reader-messages.js'
import { rotatingCodeText } from '#contract/rotating-code.js'

/** What somebody carries: a card, a PIN, a printed code, or a phone that shows a new code every time. */
export type Carried =
  | { readonly way: 'card'; readonly number: string }
  | { readonly way: 'pin'; readonly number: string; readonly pin: string }
  | { readonly way: 'qr'; readonly text: string }
  | { readonly way: 'phone'; readonly credentialId: string; readonly key: KeyObject }

/** What a reader reads. */
export interface Shown {
  readonly way: ReaderWay
  readonly value: string
}

/** @param pem PKCS#8 of an ECDSA P-256 key. @throws Error where it is none */
export function phoneKey(pem: string): KeyObject {
  const key = createPrivateKey(pem)
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('not an ECDSA P-256 key')
  return key
}

/** @param phoneWallMs the phone's own clock */
export function shownBy(carried: Carried, phoneWallMs: number): Shown {
  switch (carried.way) {
    case 'card': return { way: 'card', value: carried.number }
    case 'pin': return { way: 'pin', value: `${carried.number}*${carried.pin}` }
    case 'qr': return { way: 'qr', value: carried.text }
    case 'phone': {
      const text = rotatingCodeText(carried.credentialId, Math.floor(phoneWallMs / 1_000))
      const signature = sign('sha256', Buffer.from(text), { key: carried.key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
      return { way: 'qr', value: `${text}.${signature}` }
    }
  }
}
