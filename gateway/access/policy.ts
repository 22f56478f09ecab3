import type { DoorMode } from '#contract/device-messages.js'
import type { PASSAGE_REMARKS, RefusalReason } from '#contract/passage-record.js'
import type { PermitV2, VisitV1 } from '#contract/sync-roster.js'
import { type RosterFreshness, standsLong } from './freshness-rules.js'
import { type GroupDoor, isInterlocked } from './interlock-rules.js'
import { type AreaNow, isAreaFull } from './occupancy-rules.js'
import { type Crossing, passback } from './passback-rules.js'
import { type Times, rightOf, visitRefusal } from './permit-rules.js'
import type { ControllerClock, DevicePlace } from './ports.js'

export type Remark = (typeof PASSAGE_REMARKS)[number]

interface Shown {
  /** What was presented; null for a face. */
  readonly credentialId: string | null
  /** False where the credential's own time has not begun or is over. */
  readonly counts: boolean
  /** It was used here before, and may be used once. */
  readonly used: boolean
  readonly remarks: readonly Remark[]
}

/** Who stands there, as far as a face or a credential tells. */
export type Claim =
  | { readonly kind: 'nobody'; readonly reason: RefusalReason; readonly credentialId: string | null }
  | { readonly kind: 'person'; readonly personRef: string } & Shown
  | { readonly kind: 'visitor'; readonly visitId: string; readonly visit: VisitV1 | undefined; readonly passages: number; readonly agreedHere: boolean } & Shown

/** How the gate and the area behind it stand at this moment. */
export interface GateNow {
  readonly fire: boolean
  readonly mode: DoorMode
  /** Of the one who asks. */
  readonly lastCrossing: Crossing | undefined
  readonly area: AreaNow
  /** The other gates of its interlock group. */
  readonly group: readonly GroupDoor[]
  readonly controller: ControllerClock | undefined
  readonly roster: RosterFreshness
}

export interface Question {
  readonly claim: Claim
  /** Where the device stands. */
  readonly place: DevicePlace | undefined
  readonly now: GateNow
  /** Permits of the person, if it is one. */
  readonly permits: readonly PermitV2[]
  readonly times: Times
  /** Milliseconds since what was seen or presented, as far as anyone can tell: never less than since receipt. */
  readonly ageMs: number
  readonly ageMsMax: number
}

interface Who {
  readonly personRef: string | null
  readonly permitId: string | null
  readonly credentialId: string | null
  readonly visitId: string | null
}

export type Grant = Who & DevicePlace & {
  readonly kind: 'granted'
  readonly controller: ControllerClock
  /** Whom anti-passback, occupancy and the pause after a grant count; null where nobody is told apart. */
  readonly holder: string | null
  readonly remarks: readonly Remark[]
}
export type Refusal = Who & { readonly kind: 'refused'; readonly reason: RefusalReason; readonly holder: string | null; readonly remarks: readonly Remark[] }
export type Decision = Grant | Refusal

export const NOBODY: Who = { personRef: null, permitId: null, credentialId: null, visitId: null }

/** Whom a claim names, for what is counted by person. */
export const holderOf = (claim: Claim): string | null => (claim.kind === 'person' ? claim.personRef : claim.kind === 'visitor' ? claim.visitId : null)

/** `standsLong`: on a roster of any age. */
type Right = { readonly who: Who; readonly isStaff: boolean; readonly standsLong: boolean; readonly reason: RefusalReason | undefined }

/** The claim's right at this gate, whatever the gate is doing. */
function rightNow(claim: Exclude<Claim, { kind: 'nobody' }>, { gate }: DevicePlace, { permits, times }: Question, lenient: boolean): Right {
  const question = { gateId: gate.gateId, times, lenient }
  const { credentialId } = claim
  if (claim.kind === 'visitor') {
    const who = { ...NOBODY, credentialId, visitId: claim.visitId }
    // What was agreed at the estate's own desk is ended there.
    return { who, isStaff: false, standsLong: claim.agreedHere, reason: visitRefusal(claim.visit, claim.passages, question) }
  }
  const right = rightOf(permits, claim.personRef, question)
  const who = { ...NOBODY, credentialId, personRef: claim.personRef }
  if (right.kind === 'refused') return { who: { ...who, permitId: right.permitId }, isStaff: false, standsLong: false, reason: right.reason }
  return { who: { ...who, permitId: right.permit.permitId }, isStaff: right.permit.role === 'staff', standsLong: standsLong(right.permit), reason: undefined }
}

/** What the gate itself has against it; fire overrides all of it. */
function gateRefusal({ gate: { rules }, direction }: DevicePlace, { now, times }: Question, isStaff: boolean): RefusalReason | 'remark' | undefined {
  if (now.mode === 'kept-locked' && direction === 'in' && !isStaff) return 'kept-locked'
  const back = passback(rules, direction, now.lastCrossing, times.nowWallMs)
  if (back === 'refuse') return 'anti-passback'
  if (isAreaFull(rules, direction, now.area)) return 'area-full'
  if (isInterlocked(now.group)) return 'interlocked'
  return back === 'remark' ? 'remark' : undefined
}

/**
 * May this one pass this gate now? One order of questions for every way: who it is, their right, the gate, and whether an
 * opening can still be on time. Pure, and without any input about money.
 */
export function decide(question: Question): Decision {
  const { claim, place, now } = question
  const holder = holderOf(claim)
  const refused = (reason: RefusalReason, who: Who = NOBODY): Refusal => ({ kind: 'refused', reason, ...who, holder, remarks: claim.kind === 'nobody' ? [] : claim.remarks })
  if (place === undefined) return refused('gate-unknown')
  if (claim.kind === 'nobody') return refused(claim.reason, { ...NOBODY, credentialId: claim.credentialId })
  // Towards the way out, and where it burns, no date and no schedule holds anybody.
  const lenient = now.fire || place.direction === 'out'
  const { who, isStaff, standsLong: standsOnOld, reason } = rightNow(claim, place, question, lenient)
  if (reason !== undefined) return refused(reason, who)
  if (!claim.counts && !lenient) return refused('outside-validity', who)
  if (now.roster === 'too-old' && !standsOnOld && !lenient) return refused('stale-roster', who)
  const remarks = [...claim.remarks, ...(now.roster === 'current' ? [] : ['stale-roster' as const])]
  if (!now.fire) {
    const against = gateRefusal(place, question, isStaff)
    if (against !== undefined && against !== 'remark') return refused(against, who)
    if (against === 'remark') remarks.push('anti-passback')
  }
  if (claim.used) return refused('repeated-code', who)
  // Written so that an age that is no number is refused too.
  if (!(question.ageMs <= question.ageMsMax)) return refused('stale-frame', who)
  if (now.controller === undefined) return refused('controller-offline', who)
  return { kind: 'granted', ...place, controller: now.controller, ...who, holder, remarks }
}

/** Somebody at the desk or the server opens: only what keeps a gate from opening safely, or at all, stands against it. */
export function decideByHand(place: DevicePlace, now: Pick<GateNow, 'fire' | 'group' | 'controller'>, isEmergency: boolean): Decision {
  const refused = (reason: RefusalReason): Refusal => ({ kind: 'refused', reason, ...NOBODY, holder: null, remarks: [] })
  if (!now.fire && !isEmergency && isInterlocked(now.group)) return refused('interlocked')
  if (now.controller === undefined) return refused('controller-offline')
  return { kind: 'granted', ...place, controller: now.controller, ...NOBODY, holder: null, remarks: [] }
}
