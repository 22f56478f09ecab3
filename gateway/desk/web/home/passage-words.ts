import { type Phrase, phrase, phraseOfCode } from '../../../../server/web/kit/words/phrase.js'
import { zhCn } from '../../../../server/web/kit/words/zh-cn.js'
import type { Passage } from '../desk-api.js'
import { deskZhCn } from '../words/zh-cn.js'

/** Who it was, or why there is no name. */
export function whoPhrase({ who, override }: Passage): { readonly name: string } | { readonly words: Phrase } {
  if (who.kind === 'person') return { name: who.name }
  if (who.kind === 'visitor') return { words: phrase('row.visitor', { name: who.name }) }
  if (who.kind === 'none' && override !== null) return { words: phrase('row.hand') }
  if (who.kind === 'visit-over') return { words: phrase('row.visitOver') }
  return { words: phrase(who.kind === 'erased' ? 'row.erased' : 'row.nobody') }
}

export const wayPhrase = ({ way }: Passage): Phrase => phraseOfCode('way', way, zhCn.way)

/** Why it was refused, who opened by hand, or how the controller answered. */
export function notePhrase({ result, reason, override, operatorName, door }: Passage): Phrase {
  if (result === 'refused' && reason !== null) return phraseOfCode('reason', reason, zhCn.reason)
  const answer = phrase(door === null ? 'row.waiting' : `row.${door.outcome}`)
  if (override === null || door?.outcome !== 'executed') return answer
  const why = phraseOfCode('open.reason', override, deskZhCn.open.reason)
  return operatorName === null ? phrase('row.byHandOnly', { reason: why }) : phrase('row.byHand', { name: operatorName, reason: why })
}

/** The door stayed shut although somebody was let in. */
export const isDoorTrouble = ({ result, door }: Passage): boolean => result === 'granted' && door !== null && door.outcome !== 'executed'
