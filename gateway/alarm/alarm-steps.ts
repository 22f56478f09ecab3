import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Stamper } from '#kernel/record-stamp.js'
import { type AlarmInput, type AlarmLife, alarmMachine } from './alarm-machine.js'
import type { AlarmNews, AlarmPlace, AlarmRow, AlarmWork, EndedPlace } from './ports.js'

/** Something that began or ended, where an alarm may be. */
export type AlarmSignal = { readonly kind: 'raise'; readonly news: AlarmNews } | { readonly kind: 'gone'; readonly place: EndedPlace }

export const placeOf = (signal: AlarmSignal): AlarmPlace => (signal.kind === 'raise' ? signal.news : signal.place)

export const isSamePlace = (one: AlarmPlace, other: AlarmPlace): boolean =>
  one.alarm === other.alarm && one.gateId === other.gateId && one.deviceId === other.deviceId

/** Moves alarms inside a transaction: the row follows the machine, and the log follows the row. */
export interface AlarmSteps {
  /** @returns true where something changed */
  signal(tx: AlarmWork, signal: AlarmSignal): Promise<boolean>
  /** By hand. @returns false where there is no such alarm, or nothing to be done */
  byHand(tx: AlarmWork, alarmId: string, input: 'acknowledge' | 'clear', operatorRef: string): Promise<boolean>
}

export function createAlarmSteps(deps: { clock: Clock; ids: IdSource; stamp: Stamper }): AlarmSteps {
  const { clock, ids, stamp } = deps

  const fresh = ({ alarm, gateId, deviceId, ...more }: AlarmNews): Omit<AlarmRow, 'phase'> => ({
    alarmId: ids.uuid(), alarm, gateId, deviceId, passageId: more.passageId ?? null, personRef: more.personRef ?? null,
    detail: more.detail ?? null, raisedAtMs: clock.wallMs(),
  })
  const step = async (tx: AlarmWork, held: AlarmRow | undefined, news: AlarmNews, input: AlarmInput, operatorRef: string | null): Promise<boolean> => {
    const state: AlarmLife = held?.phase ?? { kind: 'none' }
    const moved = alarmMachine(news.alarm)(state, input)
    if (moved === undefined) return false
    const isAnother = input.kind === 'raise' && state.kind !== 'open'
    const known = isAnother || held === undefined ? fresh(news) : held
    const row = input.kind === 'gone' ? { ...known, detail: news.detail ?? known.detail } : known
    if (held !== undefined && (isAnother || moved.state.kind === 'none')) await tx.dropAlarm(held.alarmId)
    if (moved.state.kind !== 'none') await tx.putAlarm({ ...row, phase: moved.state })
    const { alarmId, alarm, gateId, deviceId, passageId, personRef, detail } = row
    for (const { state: said } of moved.effects) {
      await tx.append({ kind: 'alarm.v1', ...stamp(), alarmId, alarm, state: said, gateId, deviceId, passageId, personRef, detail, operatorRef })
    }
    return true
  }
  return {
    async signal(tx, signal) {
      const place = placeOf(signal)
      return step(tx, await tx.findAlarm(place), place, { kind: signal.kind }, null)
    },
    async byHand(tx, alarmId, input, operatorRef) {
      const held = await tx.findAlarmById(alarmId)
      return held !== undefined && step(tx, held, held, { kind: input }, operatorRef)
    },
  }
}
