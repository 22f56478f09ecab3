import type { Visit } from '../../kit/api/pass-types.js'
import type { Tone } from '../../kit/components/tone.js'

export type VisitState = 'coming' | 'now' | 'used' | 'over' | 'ended'

/** Where a visit stands; what the server ended counts first. */
export function visitState(visit: Visit, nowMs: number): VisitState {
  if (visit.endedAtMs !== null) return visit.endCause === 'expired' ? 'over' : 'ended'
  if (visit.validUntilMs <= nowMs) return 'over'
  if (visit.passagesMax !== null && visit.use.passagesIn >= visit.passagesMax) return 'used'
  return visit.validFromMs > nowMs ? 'coming' : 'now'
}

export const VISIT_TONES: Readonly<Record<VisitState, Tone>> = { coming: 'accent', now: 'good', used: 'warn', over: 'calm', ended: 'calm' }
