import type { StoredPass } from './pass-store.js'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const

const base64 = (bytes: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(bytes)))
const base64Url = (bytes: ArrayBuffer): string => base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')

/** A new key that nothing can read out, and its public half as SPKI DER in base64. */
export async function makeKey(subtle: SubtleCrypto): Promise<{ privateKey: CryptoKey; publicKey: string }> {
  const { privateKey, publicKey } = await subtle.generateKey(ALGORITHM, false, ['sign', 'verify'])
  return { privateKey, publicKey: base64(await subtle.exportKey('spki', publicKey)) }
}

/**
 * What the QR code says: `JM1.<credentialId>.<unix seconds>.<signature>`, ECDSA P-256 with SHA-256 over what stands before the last
 * dot, r ‖ s in base64url. Made here, checked at the gate, with no network at either end.
 */
export async function codeText(subtle: SubtleCrypto, pass: Pick<StoredPass, 'credentialId' | 'privateKey'>, nowMs: number): Promise<string> {
  const text = `JM1.${pass.credentialId}.${Math.floor(nowMs / 1_000)}`
  const signature = await subtle.sign(SIGNATURE, pass.privateKey, new TextEncoder().encode(text))
  return `${text}.${base64Url(signature)}`
}
