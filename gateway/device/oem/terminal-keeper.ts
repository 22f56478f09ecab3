import type { TemplateKeeper } from '../../enrol/template-keeper.js'
import type { TerminalPeople } from './terminal-people.js'

/**
 * The same keeper; an erasure makes everybody who stands on its consent leave the terminals in the very transaction that
 * records it. So the server never sees a face erased here without seeing too which terminal still holds it (I7).
 */
export const guardTemplates = (keeper: TemplateKeeper, people: Pick<TerminalPeople, 'endConsents'>): TemplateKeeper => ({
  ...keeper,
  erase: (erasures, also) => people.endConsents(erasures, (leave) => keeper.erase(erasures, async (tx) => {
    // Photos first: they stand on consents that `also` may delete.
    await leave(tx)
    await also?.(tx)
  })),
})
