import type { Alarm, AlarmStep, Order } from '../../kit/api/operation-types.js'
import type { IconName } from '../../kit/components/icon-paths.js'
import type { Tone } from '../../kit/components/tone.js'
import { dateTimeText, shortId } from '../../kit/format.js'
import { type Phrase, phrase, phraseOfCode } from '../../kit/words/phrase.js'
import { zhCn } from '../../kit/words/zh-cn.js'

/** Kinds by urgency; those that we do not know come last. */
const KINDS = Object.keys(zhCn.alarm.kind)
/** Somebody may be in danger: red is kept for these. */
const DANGER: ReadonlySet<string> = new Set(['fire', 'duress', 'forced', 'tamper', 'store-failed'])
const ICONS: Readonly<Record<string, IconName>> = { fire: 'fire', 'device-offline': 'offline', 'clock-suspect': 'clock', 'repeated-unknown': 'unknown', 'keypad-guessing': 'pin' }

export const alarmTone = (kind: string): Extract<Tone, 'danger' | 'warn'> => (DANGER.has(kind) ? 'danger' : 'warn')
export const alarmIcon = (kind: string): IconName => ICONS[kind] ?? 'alert'
export const alarmLabel = (kind: string): Phrase => phraseOfCode('alarm.kind', kind, zhCn.alarm.kind)
export const alarmAdvice = (kind: string): Phrase => phraseOfCode('alarm.advice', kind, zhCn.alarm.advice)

const rank = (kind: string): number => {
  const at = KINDS.indexOf(kind)
  return at < 0 ? KINDS.length : at
}
const looked = (alarm: Alarm): number => (alarm.state === 'raised' ? 0 : 1)

/** What nobody looked at yet comes first, then the most urgent, then the longest-standing: the server's order. */
export const byUrgency = (a: Alarm, b: Alarm): number => looked(a) - looked(b) || rank(a.kind) - rank(b.kind) || a.raisedAtMs - b.raisedAtMs

const same = (a: Alarm, b: Alarm): boolean => a.alarmId === b.alarmId && a.estateId === b.estateId

/** The open alarms after one more event: one that was cleared is gone. */
export const withOpen = (alarms: readonly Alarm[], alarm: Alarm): Alarm[] =>
  [...alarms.filter((other) => !same(other, alarm)), ...(alarm.state === 'cleared' ? [] : [alarm])].sort(byUrgency)

/**
 * A list of any state, newest first, after one more event: a known alarm is renewed in its place, a new one joins where
 * it belongs. @param whole the list goes back to the beginning: else what is older than its last is left to its page
 */
export function withAny(alarms: readonly Alarm[], alarm: Alarm, whole: boolean): Alarm[] {
  if (alarms.some((other) => same(other, alarm))) return alarms.map((other) => (same(other, alarm) ? alarm : other))
  const at = alarms.findIndex((other) => other.raisedAtMs < alarm.raisedAtMs)
  if (at < 0) return whole ? [...alarms, alarm] : [...alarms]
  return [...alarms.slice(0, at), alarm, ...alarms.slice(at)]
}

/** Shown at once after asking: until the gateway's record is here it is pending, and nothing more. */
export const asked = (alarm: Alarm, order: Order): Alarm =>
  ({ ...alarm, pending: { orderId: order.orderId, state: order.content['state'] === 'cleared' ? 'cleared' : 'acknowledged', sinceMs: order.createdAtMs } })

/** Where it is: gate, else device, else the gateway's estate alone. */
export const placeLabel = (alarm: Alarm): Phrase | string =>
  alarm.gateName ?? (alarm.deviceId === null ? '' : phrase('alarm.estateDevice', { id: alarm.deviceId }))

/** Who did a step and when; `auto` where nobody did. */
export function stepLabel(step: AlarmStep | null, auto: Phrase): Phrase | undefined {
  if (step === null) return undefined
  const name = step.operatorName ?? (step.operatorRef === null ? auto : phrase('alarm.byDesk', { ref: shortId(step.operatorRef) }))
  return phrase('alarm.stepAt', { name, time: dateTimeText(step.atMs) })
}
