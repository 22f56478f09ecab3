import type { DifferenceCase } from '../../kit/api/finance-types.js'
import type { User } from '../../kit/api/types.js'
import { mayAt } from '../../kit/session.js'

/** What the one key does: propose the default, or agree to what somebody else proposed. */
export type Acceptance = 'propose' | 'approve'
/** Why it does nothing. */
export type Obstacle = 'done' | 'role' | 'own' | 'agreed'

/** What accepting a case means for this person. The server decides; this says it before it is asked. */
export function acceptanceOf(one: DifferenceCase, user: User | null | undefined): { readonly can: Acceptance } | { readonly cannot: Obstacle } {
  if (one.state === 'open') return mayAt(user, one.estateId, ['finance-maker']) ? { can: 'propose' } : { cannot: 'role' }
  if (one.state !== 'proposed' || one.proposal === null) return { cannot: 'done' }
  if (one.proposal.makerId === user?.userId) return { cannot: 'own' }
  if (!mayAt(user, one.estateId, ['finance-checker'])) return { cannot: 'role' }
  return one.proposal.approvals.some((approval) => approval.by === user?.userId) ? { cannot: 'agreed' } : { can: 'approve' }
}

export const canAccept = (user: User | null | undefined) => (one: DifferenceCase): boolean => 'can' in acceptanceOf(one, user)

/** How many more must agree before it is done. */
export const approvalsLeft = ({ checkers, proposal }: DifferenceCase): number => Math.max(0, checkers - (proposal?.approvals.length ?? 0))
