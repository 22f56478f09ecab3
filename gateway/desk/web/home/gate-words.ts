import type { Tone } from '../../../../server/web/kit/components/tone.js'
import type { IconName } from '../../../../server/web/kit/components/icon-paths.js'
import { type Phrase, phrase, phraseOfCode } from '../../../../server/web/kit/words/phrase.js'
import type { DoorWord, Gate } from '../desk-api.js'
import { deskZhCn } from '../words/zh-cn.js'

/** The one condition of a gate that matters most. */
export type GateCondition = 'fire' | 'forced' | 'held-open' | 'offline' | 'unknown' | 'open' | 'released' | 'locked'

export function conditionOf({ door, online, released }: Gate): GateCondition {
  if (door === 'fire' || door === 'forced') return door
  if (!online) return 'offline'
  if (door === 'held-open') return door
  return door === 'locked' && released ? 'released' : door
}

export const CONDITION_TONES: Readonly<Record<GateCondition, Tone>> = {
  fire: 'danger', forced: 'danger', 'held-open': 'danger', offline: 'warn', unknown: 'warn', open: 'accent', released: 'accent', locked: 'calm',
}
export const CONDITION_ICONS: Readonly<Record<GateCondition, IconName>> = {
  fire: 'fire', forced: 'alert', 'held-open': 'alert', offline: 'offline', unknown: 'unknown', open: 'open', released: 'open', locked: 'lock',
}

/** What became of an order to a door, in one sentence. */
export function answerPhrase({ outcome, reason }: DoorWord, what: 'opening' | 'change'): Phrase {
  if (outcome === 'executed') return phrase(what === 'opening' ? 'desk.open.executed' : 'desk.open.changed')
  if (outcome === 'no-answer') return phrase('desk.open.no-answer')
  return phrase(what === 'opening' ? 'desk.open.refused' : 'desk.open.unchanged', { why: phraseOfCode('desk.open.because', reason ?? 'other', deskZhCn.desk.open.because) })
}
