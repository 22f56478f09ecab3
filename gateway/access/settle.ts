import type { GrantOptions, Grants } from './grants.js'
import type { Passing } from './passing.js'
import type { Refusal } from './policy.js'

/** Carries out a decision, whatever the way. Never rejects: a disk that fails opens no door and is told to the observer. */
export type Settle = (passing: Passing, options?: GrantOptions) => Promise<void>

export const createSettle = (deps: {
  grants: Grants; refuse: (passing: Passing, refusal: Refusal) => Promise<string | null>
}): Settle => async (passing, options) => {
  const { decision } = passing
  if (decision.kind === 'granted') return deps.grants.grant(passing, decision, options)
  if (deps.grants.isEcho(passing, decision)) return deps.grants.echo(passing)
  const passageId = await deps.refuse(passing, decision)
  options?.onSettled?.({ outcome: 'refused', reason: decision.reason, passageId })
}
