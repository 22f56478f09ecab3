import { describe, expect, it } from 'vitest'
import { ALARM_KINDS, type AlarmKind } from '#contract/alarm-records.js'
import { type AlarmInput, type AlarmLife, CLEARED_BY, MOMENTARY, alarmMachine } from '../../../gateway/alarm/alarm-machine.js'

const NONE: AlarmLife = { kind: 'none' }
const CLEARED: AlarmLife = { kind: 'cleared' }
const open = (active: boolean, acknowledged: boolean): AlarmLife => ({ kind: 'open', active, acknowledged })
const INPUTS: AlarmInput['kind'][] = ['raise', 'gone', 'acknowledge', 'clear']

/** State × input → next state and what is recorded; '-' changes nothing. */
const table = (kind: AlarmKind, states: readonly AlarmLife[]): string[] => states.map((state) => INPUTS.map((input) => {
  const moved = alarmMachine(kind)(state, { kind: input })
  if (moved === undefined) return '-'
  const next = moved.state.kind === 'open' ? `open${moved.state.active ? ' active' : ''}${moved.state.acknowledged ? ' acked' : ''}` : moved.state.kind
  return [next, ...moved.effects.map(({ state: said }) => said)].join('+')
}).join(' | '))

describe('the life of an alarm', () => {
  const STATES = [NONE, open(true, false), open(true, true), open(false, false), open(false, true), CLEARED]

  it('that ends by itself: all states and inputs', () => {
    expect(table('held-open', STATES)).toEqual([
      'open active+raised | - | - | -',
      '- | cleared+cleared | open active acked+acknowledged | -',
      '- | none+cleared | - | -',
      // These two are never reached: what ends by itself is over when its cause is.
      'open active | cleared+cleared | open acked+acknowledged | none+cleared',
      'open active acked | none+cleared | - | none+cleared',
      'open active+raised | - | none+acknowledged | -',
    ])
  })

  it('that a person has to clear: refused while its cause stands', () => {
    expect(table('fire', STATES)).toEqual([
      'open active+raised | - | - | -',
      '- | open | open active acked+acknowledged | -',
      '- | open acked | - | -',
      'open active | - | open acked+acknowledged | none+cleared',
      'open active acked | - | - | none+cleared',
      'open active+raised | - | none+acknowledged | -',
    ])
  })

  it('of something that was over at once: cleared by hand, at any time', () => {
    expect(table('duress', STATES)).toEqual([
      'open+raised | - | - | -',
      'open | open | open active acked+acknowledged | -',
      'open acked | open acked | - | -',
      '- | - | open acked+acknowledged | none+cleared',
      '- | - | - | none+cleared',
      'open+raised | - | none+acknowledged | -',
    ])
  })

  it('fire, duress, forced and tamper need a person to clear, and so does all whose end nothing measures', () => {
    expect(ALARM_KINDS.filter((kind) => CLEARED_BY[kind] === 'hand')).toEqual(['fire', 'duress', 'forced', 'tamper', 'repeated-unknown', 'repeated-refusal', 'keypad-guessing'])
    expect([...MOMENTARY].every((kind) => CLEARED_BY[kind] === 'hand')).toBe(true)
  })
})
