/**
 * The code that a phone shows and changes: `JM1.<credentialId>.<unixSeconds>.<signature>`, the last in base64url without
 * padding: ECDSA P-256 with SHA-256 over everything before the last dot, as 64 bytes r ‖ s (IEEE P1363, what WebCrypto
 * gives). Made on the phone, checked at the gate, with no network at either end.
 */
const FORMAT = /^(JM1\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.([0-9]{9,11}))\.([A-Za-z0-9_-]{86})$/

export interface RotatingCode {
  readonly credentialId: string
  /** The phone's clock: a claim. */
  readonly unixSeconds: number
  /** The text that the signature is over. */
  readonly signedText: string
  /** base64url */
  readonly signature: string
}

/** The text that a phone signs. */
export const rotatingCodeText = (credentialId: string, unixSeconds: number): string => `JM1.${credentialId}.${unixSeconds}`

/** True where a text says that it is such a code, well made or not. */
export const isRotatingCode = (text: string): boolean => text.startsWith('JM1.')

/** Undefined where the text is not exactly such a code. */
export function parseRotatingCode(text: string): RotatingCode | undefined {
  const [, signedText, credentialId, seconds, signature] = FORMAT.exec(text) ?? []
  if (signedText === undefined || credentialId === undefined || signature === undefined) return undefined
  return { credentialId, unixSeconds: Number(seconds), signedText, signature }
}
