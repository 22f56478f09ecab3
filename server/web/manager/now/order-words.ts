import type { Order } from '../../kit/api/operation-types.js'
import type { Tone } from '../../kit/components/tone.js'
import { type Phrase, phrase, phraseOfCode } from '../../kit/words/phrase.js'
import { zhCn } from '../../kit/words/zh-cn.js'

/** True where it may still be carried out: nothing of it has happened yet as far as is known. */
export const isPending = ({ state }: Pick<Order, 'state'>): boolean => state === 'waiting' || state === 'given'

export function orderLabel({ state, outcomeReason }: Order): Phrase {
  if (state === 'refused') return phrase('order.state.refused', { reason: phraseOfCode('order.reason', outcomeReason ?? '', zhCn.order.reason) })
  return phraseOfCode('order.state', state, zhCn.order.state)
}

export const orderTone = ({ state }: Order): Tone => (state === 'done' ? 'good' : isPending({ state }) ? 'accent' : 'warn')
export const orderKindLabel = (kind: string): Phrase => phraseOfCode('order.kind', kind.replace(/\.v\d+$/, ''), zhCn.order.kind)
