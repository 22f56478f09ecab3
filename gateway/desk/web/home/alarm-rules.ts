import { type Phrase, phraseOfCode } from '../../../../server/web/kit/words/phrase.js'
import { zhCn } from '../../../../server/web/kit/words/zh-cn.js'
import type { Alarm } from '../desk-api.js'

/** The most urgent first; what stands in the same line is sorted by age, the newest first. */
const URGENCY = [
  'fire', 'duress', 'forced', 'tamper', 'held-open', 'keypad-guessing', 'store-failed', 'frames-refused', 'disk-low', 'device-offline', 'device-fault', 'clock-suspect',
  'repeated-unknown', 'repeated-refusal', 'roster-stale', 'backup-failed',
]
const rank = ({ alarm, state }: Alarm): number => {
  const at = URGENCY.indexOf(alarm)
  return (at < 0 ? URGENCY.length : at) + (state === 'acknowledged' ? URGENCY.length + 1 : 0)
}

export const byUrgency = (alarms: readonly Alarm[]): readonly Alarm[] =>
  [...alarms].sort((one, other) => rank(one) - rank(other) || other.raisedAtMs - one.raisedAtMs)

export const alarmName = ({ alarm }: Pick<Alarm, 'alarm'>): Phrase => phraseOfCode('alarm.kind', alarm, zhCn.alarm.kind)
