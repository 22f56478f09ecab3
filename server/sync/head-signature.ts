import { createPublicKey, type KeyObject } from 'node:crypto'
import type { SignedHeadV1 } from '#contract/sync-api.js'
import { verifyHead } from '#kernel/hash-chain.js'

/** The Ed25519 public key in SPKI DER, base64; undefined where it is anything else. */
export function signingKeyOf(text: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
    return key.asymmetricKeyType === 'ed25519' ? key : undefined
  } catch {
    return undefined
  }
}

/** True where the head is of this gateway and signed with the key that it claimed with. */
export function headIsSigned(gateway: { readonly gatewayId: string; readonly signingPublicKey: string }, head: SignedHeadV1): boolean {
  const key = signingKeyOf(gateway.signingPublicKey)
  const { epoch, seq, hash, signature } = head
  return key !== undefined && verifyHead({ gatewayId: gateway.gatewayId, epoch, seq, hash }, signature, key)
}
