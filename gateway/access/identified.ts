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
  /** Who it is, as the roster and the counts are when it is asked: in the moment of the decision, and not before. */
  readonly claimNow: () => Claim
  /** What the reader may show where it differs: it does not tell a wrong number from a wrong PIN. */
  readonly shownReason?: RefusalReason
  /** Nothing is accepted from this reader before. */
  readonly retryAfterMs: number
  /** Of a code that may be used once at this gate. */
  readonly codeKey?: string
  /** Names what was presented among what is presented at this reader. */
  readonly attemptKey: string
}

export const nobodyClaim = (reason: RefusalReason, credentialId: string | null): Claim => ({ kind: 'nobody', reason, credentialId })

/** Nobody's, as far as can be told. */
export const nobody = (way: ReaderWay, reason: RefusalReason, credentialId: string | null = null): Identified =>
  ({ claimNow: () => nobodyClaim(reason, credentialId), retryAfterMs: 0, attemptKey: credentialId ?? way })
