import { describe, expect, it } from 'vitest'
import { DOOR_EVENT_TYPES } from '#contract/device-messages.js'
import { type CommandInput, type CommandState, nextCommand } from '../../../gateway/access/command-machine.js'
import { type DoorInput, type DoorMove, type DoorState, nextDoor } from '../../../gateway/access/door-machine.js'

describe('command machine', () => {
  const inputs: Record<string, CommandInput> = {
    sent: { kind: 'sent' },
    withheld: { kind: 'withheld', reason: 'expired' },
    executed: { kind: 'result', outcome: 'executed', reason: null },
    refused: { kind: 'result', outcome: 'refused', reason: 'other-boot' },
    /** The answer to a second copy overtakes the first one's. */
    repeated: { kind: 'result', outcome: 'refused', reason: 'repeated' },
    silence: { kind: 'silence' },
  }
  const recorded = (outcome: string, reason: string | null = null, late = false) => ({ kind: 'record-outcome', outcome, reason, late })
  /** state → input → next state and effects; what is not named is refused. */
  const table: Record<CommandState['kind'], Partial<Record<string, [CommandState['kind'], ...object[]]>>> = {
    issued: {
      sent: ['sent'],
      withheld: ['refused', recorded('refused', 'expired')],
      executed: ['executed', recorded('executed')],
      refused: ['refused', recorded('refused', 'other-boot')],
      silence: ['no-answer', recorded('no-answer')],
    },
    sent: {
      executed: ['executed', recorded('executed')],
      refused: ['refused', recorded('refused', 'other-boot')],
      silence: ['no-answer', recorded('no-answer')],
    },
    'no-answer': {
      executed: ['answered-late', recorded('executed', null, true)],
      refused: ['answered-late', recorded('refused', 'other-boot', true)],
    },
    executed: {},
    refused: {},
    'answered-late': {},
  }
  const cases = Object.keys(table).flatMap((state) => Object.keys(inputs).map((input) => [state as CommandState['kind'], input] as const))

  it.each(cases)('%s ← %s', (state, input) => {
    const expected = table[state][input]
    const [kind, ...effects] = expected ?? []
    expect(nextCommand({ kind: state }, inputs[input] as CommandInput)).toEqual(expected === undefined ? undefined : { state: { kind }, effects })
  })

  it('once final, no sequence of inputs leads back to a state from which a door could open', () => {
    for (const final of ['executed', 'refused', 'no-answer', 'answered-late'] as const) {
      for (const first of Object.values(inputs)) {
        for (const second of Object.values(inputs)) {
          let state: CommandState = { kind: final }
          for (const input of [first, second]) state = nextCommand(state, input)?.state ?? state
          expect(['issued', 'sent']).not.toContain(state.kind)
        }
      }
    }
  })
})

describe('door machine', () => {
  const states: Record<string, DoorState> = {
    unknown: { kind: 'unknown' },
    locked: { kind: 'locked' },
    released: { kind: 'released' },
    'open/r': { kind: 'open', relay: 'released' },
    'open/l': { kind: 'open', relay: 'locked' },
    'held/r': { kind: 'held-open', relay: 'released' },
    'held/l': { kind: 'held-open', relay: 'locked' },
    forced: { kind: 'forced' },
    fire: { kind: 'fire' },
  }
  const names = Object.keys(states)
  const moves = DOOR_EVENT_TYPES.filter((type): type is DoorMove => !['exit-button', 'tamper', 'tamper-cleared'].includes(type))
  /** One row an event, one column a state in the order above; `.` is refused. */
  const table: Record<DoorMove | 'lost', string> = {
    //                    unknown  locked   released open/r   open/l   held/r   held/l   forced   fire
    'power-on':          '.        unknown  unknown  unknown  unknown  unknown  unknown  unknown  .',
    'relay-released':    'released released .        .        open/r   .        held/r   .        .',
    'relay-locked':      'locked   .        locked   open/l   .        held/l   .        .        .',
    opened:              'open/l   open/l   open/r   .        .        .        .        .        .',
    closed:              'locked   .        .        released locked   released locked   locked   .',
    forced:              'forced   forced   forced   forced   forced   forced   forced   .        .',
    'forced-cleared':    '.        .        .        .        .        .        .        locked   .',
    'held-open':         'held/l   .        .        held/r   held/l   .        .        .        .',
    'held-open-cleared': '.        .        .        .        .        released locked   .        .',
    fire:                'fire     fire     fire     fire     fire     fire     fire     fire     .',
    'fire-reset':        '.        .        .        .        .        .        .        .        unknown',
    lost:                '.        unknown  unknown  unknown  unknown  unknown  unknown  unknown  .',
  }
  const cell = (state: string, row: string): string => row.trim().split(/\s+/)[names.indexOf(state)] as string
  const expectNext = (state: string, input: DoorInput, expected: string): void => {
    expect(nextDoor(states[state] as DoorState, input)).toEqual(expected === '.' ? undefined : { state: states[expected], effects: [] })
  }

  it('has a row for every event of a door', () => expect(Object.keys(table).sort()).toEqual([...moves, 'lost'].sort()))

  it.each(moves.flatMap((move) => names.map((state) => [state, move, cell(state, table[move])] as const)))('%s ← %s → %s', (state, type, expected) =>
    expectNext(state, { kind: 'event', type }, expected))

  it.each(names.map((state) => [state, cell(state, table.lost)] as const))('%s ← connection lost → %s', (state, expected) => expectNext(state, { kind: 'lost' }, expected))

  /** relay / contact / fire of a heartbeat → next, by column as above. */
  const statuses: Array<[string, 'locked' | 'released', 'closed' | 'open' | 'unknown', boolean]> = [
    ['locked   locked   locked   locked   locked   locked   locked   locked   locked', 'locked', 'closed', false],
    ['locked   locked   locked   locked   locked   locked   locked   locked   locked', 'locked', 'unknown', false],
    ['released released released released released released released released released', 'released', 'closed', false],
    ['open/l   open/l   open/l   open/l   open/l   held/l   held/l   forced   open/l', 'locked', 'open', false],
    ['open/r   open/r   open/r   open/r   open/r   held/r   held/r   forced   open/r', 'released', 'open', false],
    ['fire     fire     fire     fire     fire     fire     fire     fire     fire', 'released', 'open', true],
    ['fire     fire     fire     fire     fire     fire     fire     fire     fire', 'locked', 'closed', true],
  ]
  it.each(statuses.flatMap(([row, relay, contact, fire]) => names.map((state) => [state, relay, contact, fire, cell(state, row)] as const)))(
    '%s ← heartbeat %s, %s, fire %s → %s', (state, relay, contact, fire, expected) => expectNext(state, { kind: 'status', status: { relay, contact, fire } }, expected))
})
