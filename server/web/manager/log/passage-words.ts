import type { AccessLogItem } from '../../kit/api/types.js'
import { durationText, scoreText, shortId } from '../../kit/format.js'
import { type Phrase, phrase, phraseOfCode } from '../../kit/words/phrase.js'
import { zhCn } from '../../kit/words/zh-cn.js'

export type PassageTone = 'good' | 'warn' | 'calm'

/** Nobody was there to be let in: a camera that saw no usable face is not a person turned away. */
const NOBODY = new Set(['undecodable', 'no-face'])

/** Result as a tag. Red is kept for danger: a refusal is an everyday thing. */
export function resultTag(item: AccessLogItem): { tone: PassageTone; label: Phrase } {
  if (item.result === 'granted') return { tone: 'good', label: phrase('result.granted') }
  return { tone: NOBODY.has(item.reason ?? '') ? 'calm' : 'warn', label: phrase('result.refused') }
}

export type PersonLabel = { readonly name: string } | { readonly words: Phrase }

/** Who opened by hand: by name where the login is known here, else by the end of the number. */
export const operatorLabel = ({ operatorName, operatorRef }: Pick<AccessLogItem, 'operatorName' | 'operatorRef'>): Phrase | string | undefined =>
  operatorName ?? (operatorRef === null ? undefined : phrase('log.deskOperator', { ref: shortId(operatorRef) }))

/** A name, or why there is none. */
export function personLabel(item: AccessLogItem): PersonLabel {
  if (item.visitId !== null && item.personRef === null) return { words: phrase('log.visitor') }
  const operator = operatorLabel(item)
  if (item.personRef === null && operator !== undefined) return { words: phrase('log.handOpened', { name: operator }) }
  if (item.personRef === null) return { words: phrase('person.unknown') }
  return item.personName === null ? { words: phrase('person.erased') } : { name: item.personName }
}

export const refLabel = (personRef: string): Phrase => phrase('person.ref', { ref: shortId(personRef) })

export const reasonLabel = (reason: string): Phrase => phraseOfCode('reason', reason, zhCn.reason)

export const wayLabel = (way: string): Phrase => phraseOfCode('way', way, zhCn.way)

/** What the controller answered; a grant waits for it, a refusal never had a command. */
export function commandLabel(item: AccessLogItem): Phrase {
  if (item.commandOutcome !== null) return phraseOfCode('command', item.commandOutcome, { executed: 1, refused: 1, 'no-answer': 1 })
  return phrase(item.result === 'granted' ? 'command.waiting' : 'command.none')
}

export const commandReasonLabel = (reason: string): Phrase => phraseOfCode('command.reason', reason, zhCn.command.reason)

/** The door stayed shut although the decision was a grant. */
export const isDoorTrouble = (item: AccessLogItem): boolean =>
  item.result === 'granted' && item.commandOutcome !== null && item.commandOutcome !== 'executed'

export const directionLabel = (direction: string): Phrase => phraseOfCode('direction', direction, zhCn.direction)
export const remarkLabel = (remark: string): Phrase => phraseOfCode('remark', remark, zhCn.remark)
export const overrideLabel = (override: string): Phrase => phraseOfCode('override', override, zhCn.override)

/** The row's note: why refused, why somebody opened by hand, or how the door answered. */
export function noteLabel(item: AccessLogItem): Phrase {
  if (item.result === 'refused' && item.reason !== null) return reasonLabel(item.reason)
  if (item.override !== null && !isDoorTrouble(item)) return overrideLabel(item.override)
  return commandLabel(item)
}

/** One sentence in plain words with the figures of that moment. */
export function whyRefused(item: AccessLogItem): Phrase | undefined {
  if (item.result !== 'refused' || item.reason === null) return undefined
  const score = item.score === null ? '' : scoreText(item.score)
  switch (item.reason) {
    case 'not-recognised':
      if (item.gallerySize === null || item.gallerySize === 0 || item.score === null) return phrase('why.not-recognised-empty')
      return phrase('why.not-recognised', { score, threshold: item.threshold === null ? '' : scoreText(item.threshold), count: item.gallerySize })
    case 'not-live': return phrase('why.not-live', { liveness: item.liveness === null ? '–' : scoreText(item.liveness) })
    case 'ambiguous': return phrase('why.ambiguous', { margin: item.margin === null ? '–' : scoreText(item.margin) })
    case 'stale-frame': return phrase('why.stale-frame', { age: item.ageMs === null ? '–' : durationText(item.ageMs) })
    default: return phraseOfCode('why', item.reason, zhCn.why)
  }
}

/** Order in which the stages run. */
export const STAGE_ORDER = ['queue', 'decode', 'detect', 'landmark', 'quality', 'liveness', 'embed', 'match', 'decide', 'commit'] as const

export interface StagePart {
  readonly stage: string
  readonly ms: number
  readonly label: Phrase
}

/** Stages that ran, in order; ones that we do not know come last. */
export function stageParts(timings: Readonly<Record<string, number>>): StagePart[] {
  const rank = (stage: string): number => {
    const at = (STAGE_ORDER as readonly string[]).indexOf(stage)
    return at < 0 ? STAGE_ORDER.length : at
  }
  return Object.entries(timings)
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([stage, ms]) => ({ stage, ms, label: rank(stage) === STAGE_ORDER.length ? phrase('stage.other', { code: stage }) : phrase(`stage.${stage}`) }))
}
