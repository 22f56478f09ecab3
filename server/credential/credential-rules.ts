import { createPublicKey } from 'node:crypto'

/** A card's number as readers say it, whatever was typed between its digits; undefined where it is none. */
export function cardNumber(typed: string): string | undefined {
  const number = typed.toLowerCase().replace(/[\s:.-]/g, '')
  return /^[0-9a-f]{4,32}$/.test(number) ? number : undefined
}

/** The key in the one form that the wire has (SPKI DER, base64); undefined where it is no ECDSA P-256 public key. */
export function phoneKey(text: string): string | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return undefined
    return key.export({ format: 'der', type: 'spki' }).toString('base64')
  } catch {
    return undefined
  }
}

const SHOWN_CHARS = 4
/** The end of a number: enough to tell two cards apart, too little to copy one. */
export const hintOf = (number: string): string => `…${number.slice(-SHOWN_CHARS)}`
