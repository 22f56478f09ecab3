import { type Machine, to } from '#kernel/fsm.js'
import { type CaseAction, tierOf } from './case-actions.js'

/** `auto`: explained by itself. `cleared`: a later look found it gone. */
export const CASE_STATES = ['open', 'proposed', 'approved', 'cleared', 'auto'] as const
export type CaseStateName = (typeof CASE_STATES)[number]

export interface Proposal {
  readonly action: CaseAction
  readonly reason: string
  readonly makerId: string
  readonly atMs: number
  readonly approvals: ReadonlyArray<{ readonly by: string; readonly atMs: number; readonly head: boolean }>
}
export interface CaseState {
  readonly state: CaseStateName
  readonly riskFen: number
  readonly proposal: Proposal | null
}
export type CaseInput =
  /** A run found it, the same as it was or with other content. */
  | { readonly kind: 'found'; readonly same: boolean; readonly settled: boolean }
  /** A run looked and did not find it, or found it in a later bill. `held`: what was agreed on stands in suspense because of it. */
  | { readonly kind: 'gone'; readonly held: boolean }
  | { readonly kind: 'propose'; readonly proposal: Omit<Proposal, 'approvals'> }
  | { readonly kind: 'approve'; readonly by: string; readonly atMs: number; readonly head: boolean }
  | { readonly kind: 'reject' }
  | { readonly kind: 'reopen' }
export type CaseEffect = { readonly kind: 'carry-out'; readonly action: CaseAction }

const OPEN = { state: 'open', proposal: null } as const

function onApprove(one: CaseState, { by, atMs, head }: Extract<CaseInput, { kind: 'approve' }>): ReturnType<typeof nextCase> {
  const { proposal } = one
  if (one.state !== 'proposed' || proposal === null || approvalProblem(proposal, by) !== undefined) return undefined
  const approvals = [...proposal.approvals, { by, atMs, head }]
  const tier = tierOf(one.riskFen)
  const enough = approvals.length >= tier.checkers && (!tier.head || approvals.some((each) => each.head))
  const agreed = { ...one, proposal: { ...proposal, approvals } }
  return enough ? to({ ...agreed, state: 'approved' as const }, { kind: 'carry-out', action: proposal.action }) : to(agreed)
}

/** Why this person cannot agree to it; undefined where they can. */
export function approvalProblem(proposal: Proposal, by: string): 'maker' | 'again' | undefined {
  if (proposal.makerId === by) return 'maker'
  return proposal.approvals.some((each) => each.by === by) ? 'again' : undefined
}

/**
 * Pure. Undefined where the input changes nothing or cannot be. What was approved stays so until its content changes or somebody opens it again;
 * what stands in suspense, until it is gone.
 */
export const nextCase: Machine<CaseState, CaseInput, CaseEffect> = (one, input) => {
  switch (input.kind) {
    case 'found':
      if (input.settled) return one.state === 'auto' ? undefined : to({ ...one, state: 'auto', proposal: null })
      if (one.state === 'cleared' || one.state === 'auto') return to({ ...one, ...OPEN })
      return input.same || one.state === 'open' ? undefined : to({ ...one, ...OPEN })
    case 'gone': return one.state === 'open' || one.state === 'proposed' || (one.state === 'approved' && input.held) ? to({ ...one, state: 'cleared', proposal: null }) : undefined
    case 'propose': return one.state === 'open' ? to({ ...one, state: 'proposed', proposal: { ...input.proposal, approvals: [] } }) : undefined
    case 'approve': return onApprove(one, input)
    case 'reject': return one.state === 'proposed' ? to({ ...one, ...OPEN }) : undefined
    case 'reopen': return one.state === 'approved' || one.state === 'cleared' ? to({ ...one, ...OPEN }) : undefined
  }
}
