import type { FaceOutcome } from '../face/types.js'
import type { GateV2 } from '#contract/sync-roster.js'
import type { Claim } from './policy.js'

/** An outcome that is one: a face that may yet be let in with its next frame is not decided about. */
export type DecidedOutcome = Exclude<FaceOutcome, { kind: 'undecided' }>

const asksForAnother = (gate: GateV2 | undefined): boolean => gate?.faceFreeWays.some((way) => way !== 'guard') === true

/** Who a face is. Without a consent that stands now nobody may be recognised: to the log this is a stranger (PIPL art. 15, 29). */
export function faceClaim(outcome: DecidedOutcome, consented: boolean, gate: GateV2 | undefined): Claim {
  const nobody = (reason: Extract<Claim, { kind: 'nobody' }>['reason']): Claim => ({ kind: 'nobody', reason, credentialId: null })
  if (outcome.kind === 'failed') return nobody('engine-failed')
  const raised = outcome.scores.lookAlike === true
  // A look-alike whose lead does not suffice is not told to try again and again, but to show what nobody looks like.
  if (outcome.kind === 'refused') return nobody(outcome.reason === 'ambiguous' && raised && asksForAnother(gate) ? 'second-factor' : outcome.reason)
  if (!consented) return nobody('not-recognised')
  return { kind: 'person', personRef: outcome.personRef, credentialId: null, counts: true, used: false, remarks: raised ? ['raised-threshold'] : [] }
}
