import type { AlarmKind, AlarmState } from '#contract/alarm-records.js'
import { type Machine, to } from '#kernel/fsm.js'

/**
 * `active`: its cause stands, as far as it can be measured. `acknowledged`: somebody looks after it. An alarm that was
 * cleared before anybody saw it stays until somebody did.
 */
export type AlarmPhase =
  | { readonly kind: 'open'; readonly active: boolean; readonly acknowledged: boolean }
  | { readonly kind: 'cleared' }

/** `none`: there is no alarm at this place, or no more. */
export type AlarmLife = { readonly kind: 'none' } | AlarmPhase

export type AlarmInput =
  | { readonly kind: 'raise' }
  /** What was measured is over. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'acknowledge' }
  /** By hand. Refused while the cause can be seen to stand. */
  | { readonly kind: 'clear' }

export type AlarmEffect = { readonly kind: 'record'; readonly state: AlarmState }

/**
 * `hand`: a person has to say that it is over (somebody was in danger, or somebody was at the door who should not have
 * been), or nothing measures its end. `itself`: cleared as soon as its cause is gone.
 */
export const CLEARED_BY: Readonly<Record<AlarmKind, 'hand' | 'itself'>> = {
  fire: 'hand', duress: 'hand', forced: 'hand', tamper: 'hand', 'repeated-unknown': 'hand', 'repeated-refusal': 'hand', 'keypad-guessing': 'hand',
  'held-open': 'itself', 'device-offline': 'itself', 'device-fault': 'itself', 'clock-suspect': 'itself', 'disk-low': 'itself', 'store-failed': 'itself',
  'frames-refused': 'itself', 'roster-stale': 'itself', 'backup-failed': 'itself',
}
/** Kinds that are over as soon as they have happened: nothing stands that could be measured. */
export const MOMENTARY: ReadonlySet<AlarmKind> = new Set(['duress', 'repeated-unknown', 'repeated-refusal', 'keypad-guessing'])

const record = (state: AlarmState): AlarmEffect => ({ kind: 'record', state })

/** Life of the alarm at one place. `undefined` where an input changes nothing: raised again, acknowledged twice. */
export const alarmMachine = (kind: AlarmKind): Machine<AlarmLife, AlarmInput, AlarmEffect> => {
  const active = !MOMENTARY.has(kind)
  return (state, input) => {
    switch (state.kind) {
      // One that was cleared and comes again is another one.
      case 'none':
        return input.kind === 'raise' ? to({ kind: 'open', active, acknowledged: false }, record('raised')) : undefined
      case 'cleared':
        if (input.kind === 'raise') return to({ kind: 'open', active, acknowledged: false }, record('raised'))
        return input.kind === 'acknowledge' ? to({ kind: 'none' }, record('acknowledged')) : undefined
      case 'open':
        switch (input.kind) {
          case 'raise':
            return state.active === active ? undefined : to({ ...state, active })
          case 'gone':
            if (CLEARED_BY[kind] === 'hand') return state.active ? to({ ...state, active: false }) : undefined
            return to(state.acknowledged ? { kind: 'none' } : { kind: 'cleared' }, record('cleared'))
          case 'acknowledge':
            return state.acknowledged ? undefined : to({ ...state, acknowledged: true }, record('acknowledged'))
          case 'clear':
            // Who clears it has seen it.
            return state.active ? undefined : to({ kind: 'none' }, record('cleared'))
        }
    }
  }
}
