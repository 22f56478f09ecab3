import type { RefusalReason } from '#contract/passage-record.js'
import type { GateV1, PermitV1 } from '#contract/sync-roster.js'
import type { FaceOutcome } from '../face/types.js'
import type { ControllerClock } from './ports.js'

/** An outcome that is one: a face that may yet be let in with its next frame is not decided about. */
export type DecidedOutcome = Exclude<FaceOutcome, { kind: 'undecided' }>

export interface DecisionInput {
  readonly outcome: DecidedOutcome
  /** The gate that the camera watches. */
  readonly gate: GateV1 | undefined
  /** Permits of the matched person, if there is one. */
  readonly permits: readonly PermitV1[]
  /** Whether the matched person's consent stands now. */
  readonly consented: boolean
  readonly nowWallMs: number
  /** Milliseconds since capture, as far as anyone can tell: never less than since receipt. */
  readonly frameAgeMs: number
  readonly frameAgeMsMax: number
  readonly controller: ControllerClock | undefined
}

export type Decision =
  | { readonly kind: 'granted'; readonly gate: GateV1; readonly personRef: string; readonly permitId: string; readonly controller: ControllerClock }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly personRef: string | null; readonly permitId: string | null }

const refused = (reason: RefusalReason, personRef: string | null = null, permitId: string | null = null): Decision =>
  ({ kind: 'refused', reason, personRef, permitId })

const isValid = (permit: PermitV1, nowWallMs: number): boolean => permit.validFromMs <= nowWallMs && nowWallMs < permit.validUntilMs

/**
 * May this face pass this gate now? First the camera and the face, then the person's right, then whether an opening
 * can still be on time. Pure, and without any input about money.
 */
export function decide(input: DecisionInput): Decision {
  const { outcome, gate, controller, nowWallMs } = input
  if (gate === undefined) return refused('gate-unknown')
  if (outcome.kind === 'failed') return refused('engine-failed')
  if (outcome.kind === 'refused') return refused(outcome.reason)
  // Without a consent that stands now nobody may be recognised: to the log this is a stranger (PIPL art. 15, 29).
  if (!input.consented) return refused('not-recognised')
  const { personRef } = outcome
  const permits = input.permits.filter((permit) => permit.personRef === personRef && permit.gateIds.includes(gate.gateId))
  if (permits.length === 0) return refused('no-permit', personRef)
  const permit = permits.find((candidate) => isValid(candidate, nowWallMs))
  if (permit === undefined) return refused('outside-validity', personRef)
  // Written so that an age that is no number is refused too.
  if (!(input.frameAgeMs <= input.frameAgeMsMax)) return refused('stale-frame', personRef, permit.permitId)
  if (controller === undefined) return refused('controller-offline', personRef, permit.permitId)
  return { kind: 'granted', gate, personRef, permitId: permit.permitId, controller }
}
