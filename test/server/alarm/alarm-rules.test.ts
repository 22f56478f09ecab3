import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ALARM_KINDS, ALARM_STATES, type AlarmState } from '#contract/alarm-records.js'
import { type AlarmRegisters, alarmOf, byUrgency, withAlarm } from '../../../server/alarm/alarm-rules.js'
import type { PlacedRecord } from '../../../server/sync/record-place.js'
import { uuid } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { alarm } from '../sync/record-samples.js'

const at = (seq: number, state: AlarmState, operatorRef: string | null = null): PlacedRecord<'alarm.v1'> =>
  ({ place: { gatewayId: uuid(1, 0x9), epoch: 1, seq }, body: alarm(seq, state, { operatorRef, detail: state === 'raised' ? `raised ${seq}` : null }) })
const after = (...records: PlacedRecord<'alarm.v1'>[]): AlarmRegisters => records.reduce<AlarmRegisters>(withAlarm, {})
const GUARD = uuid(3, 0xa)

describe('an alarm as its records tell it', () => {
  it.each<[Array<[number, AlarmState]>, AlarmState]>([
    [[[1, 'raised']], 'raised'],
    [[[1, 'raised'], [2, 'acknowledged']], 'acknowledged'],
    [[[1, 'raised'], [2, 'acknowledged'], [3, 'cleared']], 'cleared'],
    [[[1, 'raised'], [2, 'cleared'], [3, 'acknowledged']], 'cleared'],
    [[[1, 'raised'], [2, 'cleared'], [3, 'raised']], 'raised'],
    [[[1, 'raised'], [2, 'acknowledged'], [3, 'cleared'], [4, 'raised'], [5, 'acknowledged']], 'acknowledged'],
    [[[2, 'acknowledged']], 'acknowledged'],
    [[[3, 'cleared']], 'cleared'],
  ])('%j is %s', (steps, state) => expect(alarmOf(after(...steps.map(([seq, step]) => at(seq, step)))).state).toBe(state))

  it('is the same in whatever order and however often its records are taken', () => {
    const records = fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.constantFrom(...ALARM_STATES)), { minLength: 1, maxLength: 8 })
      .map((steps) => [...new Map(steps).entries()].map(([seq, state]) => at(seq, state)))
    fc.assert(fc.property(records, fc.func(fc.nat()), (all, rank) => {
      const ordered = after(...[...all].sort((a, b) => a.place.seq - b.place.seq))
      const mixed = after(...[...all, ...all].sort((a, b) => rank(a.place.seq) - rank(b.place.seq)))
      expect(alarmOf(mixed)).toEqual(alarmOf(ordered))
    }))
  })

  it('keeps what it was raised with, and says who did what when', () => {
    expect(alarmOf(after(at(5, 'cleared'), at(2, 'acknowledged', GUARD), at(1, 'raised')))).toEqual({
      alarm: 'forced', gateId: 'gate-1', deviceId: 'ctl-1', passageId: null, personRef: null, detail: 'raised 1', state: 'cleared', raisedAtMs: START_WALL_MS + 1,
      acknowledged: { atMs: START_WALL_MS + 2, operatorRef: GUARD }, cleared: { atMs: START_WALL_MS + 5, operatorRef: null }, updatedAtMs: START_WALL_MS + 5,
    })
  })

  it('comes by whether somebody looked, then by urgency, then by age', () => {
    const alarms = [
      { kind: 'held-open', state: 'raised', raisedAtMs: 5 }, { kind: 'fire', state: 'acknowledged', raisedAtMs: 1 }, { kind: 'forced', state: 'raised', raisedAtMs: 9 },
      { kind: 'forced', state: 'raised', raisedAtMs: 2 }, { kind: 'keypad-guessing', state: 'raised', raisedAtMs: 1 },
    ] as const
    expect([...alarms].sort(byUrgency)).toEqual([alarms[3], alarms[2], alarms[0], alarms[4], alarms[1]])
    expect(ALARM_KINDS[0]).toBe('fire')
  })
})
