import type { Order } from '../../kit/api/operation-types.js'
import type { Tone } from '../../kit/components/tone.js'
import { type Phrase, phrase, phraseOfCode } from '../../kit/words/phrase.js'
import { zhCn } from '../../kit/words/zh-cn.js'

/** True where it may still be carried out: nothing of it has happened yet as far as is known. */
export const isPending = ({ state }: Pick<Order, 'state'>): boolean => state === 'waiting' || state === 'given'

/** Why the gateway did not do it: a word of orders, of passages or of door commands. */
function reasonLabel(code: string): Phrase {
  if (Object.hasOwn(zhCn.order.reason, code)) return phraseOfCode('order.reason', code, zhCn.order.reason)
  if (Object.hasOwn(zhCn.reason, code)) return phraseOfCode('reason', code, zhCn.reason)
  return Object.hasOwn(zhCn.command.reason, code) ? phraseOfCode('command.reason', code, zhCn.command.reason) : phrase('order.reason.other', { code })
}

export function orderLabel({ state, outcomeReason }: Order): Phrase {
  if (state === 'refused') return phrase('order.state.refused', { reason: reasonLabel(outcomeReason ?? '') })
  return phraseOfCode('order.state', state, zhCn.order.state)
}

export const orderTone = ({ state }: Order): Tone => (state === 'done' ? 'good' : isPending({ state }) ? 'accent' : 'warn')
export const orderKindLabel = (kind: string): Phrase => phraseOfCode('order.kind', kind.replace(/\.v\d+$/, ''), zhCn.order.kind)
