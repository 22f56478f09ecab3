import { type Phrase, phrase, phraseOfCode } from '../../../../server/web/kit/words/phrase.js'
import { zhCn } from '../../../../server/web/kit/words/zh-cn.js'
import type { Passage } from '../desk-api.js'

/** Who it was, or why there is no name. */
export function whoPhrase({ who, override }: Passage): { readonly name: string } | { readonly words: Phrase } {
  if (who.kind === 'person') return { name: who.name }
  if (who.kind === 'visitor') return { words: phrase('desk.row.visitor', { name: who.name }) }
  if (who.kind === 'none' && override !== null) return { words: phrase('desk.row.hand') }
  if (who.kind === 'visit-over') return { words: phrase('desk.row.visitOver') }
  return { words: phrase(who.kind === 'erased' ? 'desk.row.erased' : 'desk.row.nobody') }
}

export const wayPhrase = ({ way }: Passage): Phrase => phraseOfCode('way', way, zhCn.way)

/** Why it was refused, who opened by hand, or how the controller answered. */
export function notePhrase({ result, reason, override, operatorName, door }: Passage): Phrase {
  if (result === 'refused' && reason !== null) return phraseOfCode('reason', reason, zhCn.reason)
  const answer = phrase(door === null ? 'command.waiting' : `command.${door.outcome}`)
  if (override === null || door?.outcome !== 'executed') return answer
  const why = phraseOfCode('override', override, zhCn.override)
  return operatorName === null ? phrase('desk.row.byHandOnly', { reason: why }) : phrase('desk.row.byHand', { name: operatorName, reason: why })
}

/** The door stayed shut although somebody was let in. */
export const isDoorTrouble = ({ result, door }: Passage): boolean => result === 'granted' && door !== null && door.outcome !== 'executed'
