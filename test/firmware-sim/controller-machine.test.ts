import { describe, expect, it } from 'vitest'
import {
  type ControllerEffect, type ControllerInput, type ControllerState, DEADLINE_AHEAD_MS_MAX, EXIT_RELEASE_MS,
  controllerMachine, doorStatuses, nextTickMonoMs, poweredOn,
} from '../../firmware-sim/controller/controller-machine.js'
import type { DoorCommandV1 } from '../../gateway/contract/device-messages.js'

const BOOT = '01900000-0000-7000-8000-000000000001'
const OTHER_BOOT = '01900000-0000-7000-8000-000000000002'
const id = (n: number): string => `01900000-0000-7000-9000-${String(n).padStart(12, '0')}`

const command = (change: Partial<DoorCommandV1> = {}): DoorCommandV1 => ({
  v: 1, commandId: id(1), bootId: BOOT, doorNo: 1, action: 'open', releaseMs: 3_000, deadlineMonoMs: 12_000, frameAgeMs: 40, ...change,
})

const fresh = (change: Partial<Parameters<typeof poweredOn>[0]> = {}): ControllerState =>
  poweredOn({ bootId: BOOT, doors: 2, heldOpenAfterMs: 15_000, fireInput: false, fireLatched: false, openDoors: new Set(), ...change })

/** Runs inputs one after the other; a refused one leaves the state as it is. */
const after = (...inputs: ControllerInput[]): ControllerState =>
  inputs.reduce((state, input) => controllerMachine(state, input)?.state ?? state, fresh())

/** `event 1 opened`, `relay 1 released`, `result executed`, `result refused expired`. */
const told = (effect: ControllerEffect): string =>
  effect.kind === 'event' ? `event ${effect.doorNo} ${effect.type}`
    : effect.kind === 'relay' ? `relay ${effect.doorNo} ${effect.relay}`
      : `result ${effect.outcome}${effect.reason === null ? '' : ` ${effect.reason}`}`

const step = (state: ControllerState, input: ControllerInput): string[] | 'refused' =>
  controllerMachine(state, input)?.effects.map(told) ?? 'refused'

const grant: ControllerInput = { kind: 'command', command: command(), monoMs: 10_000 }
const open: ControllerInput = { kind: 'contact', doorNo: 1, contact: 'open', monoMs: 10_500 }
const fireOn: ControllerInput = { kind: 'fire-input', active: true, monoMs: 10_000 }
const fireOff: ControllerInput = { kind: 'fire-input', active: false, monoMs: 10_100 }

const STATES = {
  idle: fresh(),
  released: after(grant),
  'released, open': after(grant, open),
  forced: after({ ...open, monoMs: 10_500 }),
  'held open': after(grant, open, { kind: 'tick', monoMs: 26_000 }),
  fire: after(fireOn),
  'fire over, latched': after(fireOn, fireOff),
  tampered: after({ kind: 'tamper', active: true, monoMs: 10_000 }),
}

const INPUTS = {
  command: { kind: 'command', command: command({ commandId: id(2), deadlineMonoMs: 32_000 }), monoMs: 30_000 },
  'malformed command': { kind: 'malformed-command', commandId: id(3), monoMs: 30_000 },
  tick: { kind: 'tick', monoMs: 30_000 },
  'contact opens': { kind: 'contact', doorNo: 1, contact: 'open', monoMs: 30_000 },
  'contact closes': { kind: 'contact', doorNo: 1, contact: 'closed', monoMs: 30_000 },
  'exit button': { kind: 'exit-button', doorNo: 1, monoMs: 30_000 },
  'fire on': { kind: 'fire-input', active: true, monoMs: 30_000 },
  'fire off': { kind: 'fire-input', active: false, monoMs: 30_000 },
  'fire reset': { kind: 'fire-reset', monoMs: 30_000 },
  'tamper on': { kind: 'tamper', active: true, monoMs: 30_000 },
  'tamper off': { kind: 'tamper', active: false, monoMs: 30_000 },
  'contact of a door it has not': { kind: 'contact', doorNo: 3, contact: 'open', monoMs: 30_000 },
  'exit button of a door it has not': { kind: 'exit-button', doorNo: 3, monoMs: 30_000 },
} satisfies Record<string, ControllerInput>

const letGo = ['relay 1 released', 'event 1 relay-released']
const lock = ['relay 1 locked', 'event 1 relay-locked']
const bothFire = ['relay 1 released', 'event 1 relay-released', 'event 1 fire', 'relay 2 released', 'event 2 relay-released', 'event 2 fire']
const door2Fire = ['event 1 fire', 'relay 2 released', 'event 2 relay-released', 'event 2 fire']
const tamperOn = ['event 1 tamper', 'event 2 tamper']
const same = {
  'malformed command': ['result refused malformed'], 'fire off': 'refused', 'fire reset': 'refused', 'tamper on': tamperOn, 'tamper off': 'refused',
  'contact of a door it has not': 'refused', 'exit button of a door it has not': 'refused',
} as const

const TABLE: Record<keyof typeof STATES, Record<keyof typeof INPUTS, readonly string[] | 'refused'>> = {
  idle: {
    ...same, command: ['result executed', ...letGo], tick: [], 'contact opens': ['event 1 opened', 'event 1 forced'], 'contact closes': 'refused',
    'exit button': ['event 1 exit-button', ...letGo], 'fire on': bothFire,
  },
  released: {
    ...same, command: ['result executed'], tick: lock, 'contact opens': ['event 1 opened'], 'contact closes': 'refused',
    'exit button': ['event 1 exit-button'], 'fire on': door2Fire,
  },
  'released, open': {
    ...same, command: ['result executed'], tick: [...lock, 'event 1 held-open'], 'contact opens': 'refused', 'contact closes': ['event 1 closed'],
    'exit button': ['event 1 exit-button'], 'fire on': door2Fire,
  },
  forced: {
    ...same, command: ['result executed', ...letGo], tick: ['event 1 held-open'], 'contact opens': 'refused',
    'contact closes': ['event 1 closed', 'event 1 forced-cleared'], 'exit button': ['event 1 exit-button', ...letGo], 'fire on': bothFire,
  },
  'held open': {
    ...same, command: ['result executed', ...letGo], tick: [], 'contact opens': 'refused',
    'contact closes': ['event 1 closed', 'event 1 held-open-cleared'], 'exit button': ['event 1 exit-button', ...letGo], 'fire on': bothFire,
  },
  fire: {
    ...same, command: ['result executed'], tick: [], 'contact opens': ['event 1 opened'], 'contact closes': 'refused',
    'exit button': ['event 1 exit-button'], 'fire on': 'refused', 'fire off': [], 'fire reset': 'refused',
  },
  'fire over, latched': {
    ...same, command: ['result executed'], tick: [], 'contact opens': ['event 1 opened'], 'contact closes': 'refused',
    'exit button': ['event 1 exit-button'], 'fire on': [],
    'fire reset': ['event 1 fire-reset', ...lock, 'event 2 fire-reset', 'relay 2 locked', 'event 2 relay-locked'],
  },
  tampered: {
    ...same, command: ['result executed', ...letGo], tick: [], 'contact opens': ['event 1 opened', 'event 1 forced'], 'contact closes': 'refused',
    'exit button': ['event 1 exit-button', ...letGo], 'fire on': bothFire, 'tamper on': 'refused', 'tamper off': ['event 1 tamper-cleared', 'event 2 tamper-cleared'],
  },
}

describe('controller machine: every state with every input', () => {
  for (const [stateName, row] of Object.entries(TABLE)) {
    for (const [inputName, expected] of Object.entries(row)) {
      it(`${stateName} + ${inputName} → ${typeof expected === 'string' ? expected : expected.join(', ') || 'nothing to tell'}`, () => {
        expect(step(STATES[stateName as keyof typeof STATES], INPUTS[inputName as keyof typeof INPUTS])).toEqual(expected)
      })
    }
  }
})

describe('door commands', () => {
  const REFUSALS: Array<[what: string, change: Partial<DoorCommandV1>, monoMs: number, reason: string]> = [
    ['of another boot', { bootId: OTHER_BOOT }, 10_000, 'other-boot'],
    ['of another boot and late and for no door', { bootId: OTHER_BOOT, doorNo: 7 }, 99_000, 'other-boot'],
    ['at its deadline', {}, 12_000, 'expired'],
    ['an hour after its deadline', {}, 12_000 + 3_600_000, 'expired'],
    ['for a door it has not', { doorNo: 3 }, 10_000, 'unknown-door'],
    ['whose id it could not remember long enough', { deadlineMonoMs: 10_001 + DEADLINE_AHEAD_MS_MAX }, 10_000, 'malformed'],
  ]
  for (const [what, change, monoMs, reason] of REFUSALS) {
    it(`${what}: refused as ${reason}, nothing moves`, () => {
      const before = fresh()
      const moved = controllerMachine(before, { kind: 'command', command: command(change), monoMs })
      expect(moved?.effects).toEqual([{ kind: 'result', commandId: id(1), outcome: 'refused', reason }])
      expect(moved?.state).toEqual(before)
    })
  }

  it('the last millisecond before the deadline still opens', () => {
    expect(step(fresh(), { kind: 'command', command: command(), monoMs: 11_999 })).toEqual(['result executed', ...letGo])
  })

  it('a repeated id is refused until its deadline, and expired after it', () => {
    const once = after(grant)
    expect(step(once, { ...grant, monoMs: 11_999 })).toEqual(['result refused repeated'])
    expect(step(once, { ...grant, monoMs: 12_000 })).toEqual(['result refused expired'])
  })

  it('ids are forgotten after their deadline, so memory stays bounded', () => {
    let state = fresh()
    for (let n = 0; n < 500; n++) {
      const monoMs = n * 1_000
      state = controllerMachine(state, { kind: 'command', command: command({ commandId: id(n), deadlineMonoMs: monoMs + 2_000 }), monoMs })?.state ?? state
    }
    expect(state.executed.size).toBe(2)
  })

  it('a command sent before a reboot is void after it, though its deadline on the new clock is far', () => {
    const rebooted = fresh({ bootId: OTHER_BOOT })
    expect(step(rebooted, { kind: 'command', command: command({ deadlineMonoMs: 50_000 }), monoMs: 20 })).toEqual(['result refused other-boot'])
  })

  it('a second grant makes the release longer, never shorter', () => {
    const long = controllerMachine(STATES.released, { kind: 'command', command: command({ commandId: id(2), releaseMs: 200 }), monoMs: 10_100 })?.state
    expect(long?.doors[0]?.releasedUntilMonoMs).toBe(13_000)
    const longer = controllerMachine(STATES.released, { kind: 'command', command: command({ commandId: id(2), releaseMs: 9_000 }), monoMs: 10_100 })?.state
    expect(longer?.doors[0]?.releasedUntilMonoMs).toBe(19_100)
  })
})

describe('time and power', () => {
  it('asks for its next tick at the end of a release and when a door has stood open too long', () => {
    expect(nextTickMonoMs(fresh())).toBeUndefined()
    expect(nextTickMonoMs(STATES.released)).toBe(13_000)
    expect(nextTickMonoMs(STATES.forced)).toBe(25_500)
    expect(nextTickMonoMs(after({ kind: 'exit-button', doorNo: 2, monoMs: 0 }))).toBe(EXIT_RELEASE_MS)
  })

  it('power-on is told per door; a fire latch and a standing alarm survive it', () => {
    expect(step(fresh(), { kind: 'power-on', monoMs: 0 })).toEqual(['event 1 power-on', 'event 2 power-on'])
    for (const fire of [{ fireLatched: true }, { fireInput: true }]) {
      const state = fresh(fire)
      expect(doorStatuses(state)).toEqual([1, 2].map((doorNo) => ({ doorNo, relay: 'released', contact: 'closed', fire: true })))
      expect(step(state, { kind: 'power-on', monoMs: 0 })).toEqual([
        'event 1 power-on', 'relay 1 released', 'event 1 relay-released', 'event 1 fire',
        'event 2 power-on', 'relay 2 released', 'event 2 relay-released', 'event 2 fire',
      ])
    }
  })

  it('a door that stands open at power-on is no forced door', () => {
    const state = fresh({ openDoors: new Set([2]) })
    expect(doorStatuses(state)[1]).toEqual({ doorNo: 2, relay: 'locked', contact: 'open', fire: false })
    expect(step(state, { kind: 'contact', doorNo: 2, contact: 'closed', monoMs: 5 })).toEqual(['event 2 closed'])
  })
})
