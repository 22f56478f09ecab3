import { createHash } from 'node:crypto'
import type { CredentialSecret } from '#contract/sync-roster.js'
import type { RandomSource } from '#kernel/random.js'

/** 128 bits: nobody guesses one, and the QR code stays coarse enough for a scratched reader. */
const CODE_BYTES = 16

/** A code to be shown as QR. It is given out once: server and gateway keep its SHA-256 alone. */
export function printedCode(random: RandomSource): { code: string; secret: CredentialSecret } {
  const code = `JT1.${Buffer.from(random.bytes(CODE_BYTES)).toString('base64url')}`
  return { code, secret: { kind: 'token', sha256: createHash('sha256').update(code).digest('hex') } }
}
