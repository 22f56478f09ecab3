import { Type, type Static } from 'typebox'
import { recordCommon } from './record-common.js'
import { Closed, Nullable, ShortText, Slug, UuidText } from './wire-types.js'

export const ALARM_KINDS = [
  'fire', 'duress', 'forced', 'tamper', 'held-open', 'device-offline', 'device-fault', 'clock-suspect', 'disk-low', 'store-failed', 'frames-refused',
  'repeated-unknown', 'repeated-refusal', 'keypad-guessing', 'roster-stale', 'backup-failed',
] as const
export type AlarmKind = (typeof ALARM_KINDS)[number]
export const ALARM_STATES = ['raised', 'acknowledged', 'cleared'] as const
export type AlarmState = (typeof ALARM_STATES)[number]

/**
 * A step in the life of an alarm: raised by what happened, acknowledged by somebody who looks after it, cleared when its
 * cause is gone or, where the cause cannot be measured, by hand. An alarm may be cleared before it is acknowledged.
 */
export const AlarmV1 = Closed({
  kind: Type.Literal('alarm.v1'), ...recordCommon,
  alarmId: UuidText,
  alarm: Type.Enum(ALARM_KINDS),
  state: Type.Enum(ALARM_STATES),
  gateId: Nullable(Slug),
  deviceId: Nullable(Slug),
  passageId: Nullable(UuidText),
  personRef: Nullable(UuidText),
  /** What was measured, for people: `3.2 GB free`, `offset 41 s`; null where the kind says it all. Never a name. */
  detail: Nullable(ShortText),
  /** Who acknowledged or cleared it by hand; null where nobody did. */
  operatorRef: Nullable(UuidText),
})
export type AlarmV1 = Static<typeof AlarmV1>
