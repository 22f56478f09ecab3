import type { RefusalReason } from '#contract/passage-record.js'
import type { ReaderWay } from '#contract/reader-messages.js'
import type { Claim } from './policy.js'

/** Somebody presents something at a reader. */
export interface Presented {
  readonly readerId: string
  readonly gateId: string | undefined
  readonly way: ReaderWay
  /** Never logged. */
  readonly value: string
}

export interface Identified {
  readonly claim: Claim
  /** What the reader may show where it differs: it does not tell a wrong number from a wrong PIN. */
  readonly shownReason?: RefusalReason
  /** Nothing is accepted from this reader before. */
  readonly retryAfterMs: number
  /** Of a code that may be used once at this gate. */
  readonly codeKey?: string
  /** Names what was presented among what is presented at this reader. */
  readonly attemptKey: string
}

/** Nobody's, as far as can be told. */
export const nobody = (way: ReaderWay, reason: RefusalReason, credentialId: string | null = null): Identified =>
  ({ claim: { kind: 'nobody', reason, credentialId }, retryAfterMs: 0, attemptKey: credentialId ?? way })
