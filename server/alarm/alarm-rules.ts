import { ALARM_KINDS, type AlarmKind, type AlarmState, type AlarmV1 } from '#contract/alarm-records.js'
import { type PlacedRecord, type Register, isAfter, later } from '../sync/record-place.js'

/** What each record of an alarm says. */
export type AlarmFacts = Pick<AlarmV1, 'alarm' | 'gateId' | 'deviceId' | 'passageId' | 'personRef' | 'detail' | 'operatorRef'>

/** An alarm as its records tell it: each step with the place of the record that said it last. */
export type AlarmRegisters = { readonly [State in AlarmState]?: Register<AlarmFacts> }

/** The registers after one more record, whatever the order in which records are taken. */
export function withAlarm(known: AlarmRegisters, { place, body }: PlacedRecord<'alarm.v1'>): AlarmRegisters {
  const { state, occurredAtMs, alarm, gateId, deviceId, passageId, personRef, detail, operatorRef } = body
  const said = { ...place, atMs: occurredAtMs, value: { alarm, gateId, deviceId, passageId, personRef, detail, operatorRef } }
  return { ...known, [state]: later(known[state], said) }
}

export interface AlarmStep {
  readonly atMs: number
  /** Who did it by hand; null where nobody did. */
  readonly operatorRef: string | null
}

export interface AlarmCondition extends Omit<AlarmFacts, 'operatorRef'> {
  readonly state: AlarmState
  /** Of its earliest known step as long as the record that raised it is not here. */
  readonly raisedAtMs: number
  readonly acknowledged: AlarmStep | null
  readonly cleared: AlarmStep | null
  readonly updatedAtMs: number
}

const stepOf = (register: Register<AlarmFacts> | undefined): AlarmStep | null =>
  register === undefined ? null : { atMs: register.atMs, operatorRef: register.value.operatorRef }

/** @throws TypeError without any step */
export function alarmOf({ raised, acknowledged, cleared }: AlarmRegisters): AlarmCondition {
  // Raised anew under the same id, it must be looked at again.
  const since = (step: Register<AlarmFacts> | undefined) => (step === undefined || raised === undefined || isAfter(step, raised) ? step : undefined)
  const [ack, end] = [since(acknowledged), since(cleared)]
  const first = raised ?? ack ?? end
  const last = [raised, ack, end].reduce((best, step) => (step !== undefined && (best === undefined || isAfter(step, best)) ? step : best), first)
  if (first === undefined || last === undefined) throw new TypeError('an alarm without any record')
  const { operatorRef: _, ...facts } = first.value
  return {
    ...facts, state: end !== undefined ? 'cleared' : ack !== undefined ? 'acknowledged' : 'raised',
    raisedAtMs: first.atMs, acknowledged: stepOf(ack), cleared: stepOf(end), updatedAtMs: last.atMs,
  }
}

/** The most urgent first, then what nobody looked at yet, then the longest-standing. */
export function byUrgency(a: { kind: AlarmKind; state: AlarmState; raisedAtMs: number }, b: { kind: AlarmKind; state: AlarmState; raisedAtMs: number }): number {
  const looked = (state: AlarmState): number => (state === 'raised' ? 0 : 1)
  return looked(a.state) - looked(b.state) || ALARM_KINDS.indexOf(a.kind) - ALARM_KINDS.indexOf(b.kind) || a.raisedAtMs - b.raisedAtMs
}
