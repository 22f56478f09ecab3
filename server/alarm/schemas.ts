import { Type, type Static } from 'typebox'
import { ALARM_KINDS, ALARM_STATES } from '#contract/alarm-records.js'
import { Closed, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import { Note } from '../order/schemas.js'

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const words = <Word extends string>(...all: readonly Word[]) => Type.Unsafe<Word>(Type.Union(all.map((word) => Type.Literal(word))))

const Step = Closed({
  atMs: Type.Integer(), operatorRef: OrNull(UuidText),
  operatorName: OrNull(Type.String({ description: 'Null also for somebody of the estate\'s desk, whose name is known there' })),
})

/** An alarm as the gateway's records tell it, and what was asked of the gateway since. */
export const AlarmView = Closed({
  alarmId: UuidText, estateId: Slug, gatewayId: UuidText, kind: words(...ALARM_KINDS), state: words(...ALARM_STATES),
  gateId: OrNull(Slug), gateName: OrNull(Type.String()), deviceId: OrNull(Slug), passageId: OrNull(UuidText),
  personRef: OrNull(UuidText), personName: OrNull(Type.String({ description: 'Masked for auditors' })),
  detail: OrNull(Type.String()), raisedAtMs: Type.Integer(), acknowledged: OrNull(Step), cleared: OrNull(Step),
  pending: OrNull(Closed({ orderId: UuidText, state: words('acknowledged', 'cleared'), sinceMs: Type.Integer() })),
})
export type AlarmView = Static<typeof AlarmView>

export const OpenAlarmQuery = Closed({ estateId: Type.Optional(Slug) })
export const OpenAlarms = Closed({
  alarms: Type.Array(AlarmView), more: Type.Boolean({ description: 'There are others beside the most urgent ones' }),
})
export const AlarmQuery = Closed({
  estateId: Type.Optional(Slug), kind: Type.Optional(words(...ALARM_KINDS)), gateId: Type.Optional(Slug), deviceId: Type.Optional(Slug),
  fromMs: Type.Optional(WallMs), toMs: Type.Optional(WallMs),
  before: Type.Optional(Type.String({ maxLength: 200, description: '`older` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Items in a page; 50 without it' })),
})
export type AlarmQuery = Static<typeof AlarmQuery>
export const AlarmPage = Closed({ alarms: Type.Array(AlarmView), older: OrNull(Type.String()) })
export const AlarmPlace = Closed({ atMs: WallMs, alarmId: UuidText })
export const AlarmParams = Closed({ estateId: Slug, alarmId: UuidText })
export const AlarmBody = Closed({ note: Note })
