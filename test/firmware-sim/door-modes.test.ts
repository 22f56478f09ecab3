import { describe, expect, it } from 'vitest'
import type { DoorCommandV1, DoorModeV1 } from '#contract/device-messages.js'
import { type ControllerEffect, type ControllerInput, type ControllerState, controllerMachine, doorStatuses, nextTickMonoMs, poweredOn } from '../../firmware-sim/controller/controller-machine.js'
import { uuid } from '../support/factories.js'

const BOOT = uuid(1)
let ids = 0
const fresh = (): ControllerState => poweredOn({ bootId: BOOT, doors: 2, heldOpenAfterMs: 15_000, fireInput: false, fireLatched: false, openDoors: new Set() })
const mode = (wanted: DoorModeV1['mode'], cause: DoorModeV1['cause'] = 'operator', change: Partial<DoorModeV1> = {}, monoMs = 10_000): ControllerInput =>
  ({ kind: 'mode', command: { v: 1, commandId: uuid(++ids), bootId: BOOT, doorNo: 1, mode: wanted, cause, deadlineMonoMs: monoMs + 2_000, ...change }, monoMs })
const open = (monoMs = 10_000): ControllerInput => {
  const command: DoorCommandV1 = { v: 1, commandId: uuid(++ids), bootId: BOOT, doorNo: 1, action: 'open', releaseMs: 3_000, deadlineMonoMs: monoMs + 2_000, frameAgeMs: 0 }
  return { kind: 'command', command, monoMs }
}
const told = (effect: ControllerEffect): string => (effect.kind === 'event' ? `event ${effect.doorNo} ${effect.type}`
  : effect.kind === 'relay' ? `relay ${effect.doorNo} ${effect.relay}` : `${effect.outcome}${effect.reason === null ? '' : ` ${effect.reason}`}`)
/** What each input of a row makes the controller say. */
function run(...inputs: ControllerInput[]): string[][] & { state: ControllerState } {
  let state = fresh()
  const said = inputs.map((input) => {
    const moved = controllerMachine(state, input)
    state = moved?.state ?? state
    return moved?.effects.map(told) ?? ['-']
  })
  return Object.assign(said, { state })
}
const LET_GO = ['relay 1 released', 'event 1 relay-released']
const LOCK = ['relay 1 locked', 'event 1 relay-locked']
const contact = (is: 'open' | 'closed', monoMs: number): ControllerInput => ({ kind: 'contact', doorNo: 1, contact: is, monoMs })

describe('a door that is held', () => {
  it('open: released until told otherwise, neither forced nor held open meanwhile', () => {
    const said = run(mode('kept-open'), contact('open', 20_000), { kind: 'tick', monoMs: 90_000 }, mode('normal', 'operator', {}, 100_000), { kind: 'tick', monoMs: 114_999 }, { kind: 'tick', monoMs: 115_000 })
    expect([...said]).toEqual([['executed', ...LET_GO], ['event 1 opened'], [], ['executed', ...LOCK], [], ['event 1 held-open']])
  })

  it('open: the end of a grant and a second word change nothing', () => {
    const said = run(open(), mode('kept-open'), { kind: 'tick', monoMs: 13_000 }, mode('kept-open', 'schedule', {}, 14_000), mode('normal', 'operator', {}, 15_000))
    expect([...said]).toEqual([['executed', ...LET_GO], ['executed'], [], ['executed'], ['executed', ...LOCK]])
  })

  it('locked: a grant under way ends; whoever has the right, and the button inside, still opens', () => {
    const said = run(open(), mode('kept-locked'), open(11_000), { kind: 'tick', monoMs: 14_000 }, { kind: 'exit-button', doorNo: 1, monoMs: 15_000 })
    expect([...said]).toEqual([['executed', ...LET_GO], ['executed', ...LOCK], ['executed', ...LET_GO], LOCK, ['event 1 exit-button', ...LET_GO]])
  })

  it('late, repeated, of another life, too far ahead or for no door: refused', () => {
    const once = mode('kept-open')
    const said = run(once, once, mode('kept-open', 'operator', { deadlineMonoMs: 10_000 }), mode('kept-open', 'operator', { bootId: uuid(2) }),
      mode('kept-open', 'operator', { doorNo: 3 }), mode('kept-open', 'operator', { deadlineMonoMs: 99_999_999 }))
    expect([...said].slice(1)).toEqual([['refused repeated'], ['refused expired'], ['refused other-boot'], ['refused unknown-door'], ['refused malformed']])
  })

  it('is as delivered after a power cut', () => {
    expect(doorStatuses(poweredOn({ bootId: BOOT, doors: 1, heldOpenAfterMs: 1, fireInput: false, fireLatched: false, openDoors: new Set() }))).toMatchObject([{ relay: 'locked' }])
  })
})

describe('fire and modes', () => {
  const fireOn: ControllerInput = { kind: 'fire-input', active: true, monoMs: 10_000 }
  const fireOff: ControllerInput = { kind: 'fire-input', active: false, monoMs: 11_000 }
  const reset: ControllerInput = { kind: 'fire-reset', monoMs: 12_000 }

  it('its own fire releases a locked door and obeys no lock until it is reset by hand', () => {
    const said = run(mode('kept-locked'), fireOn, mode('kept-locked', 'operator', {}, 10_500), fireOff, reset, mode('kept-locked', 'operator', {}, 13_000))
    expect(said[1]).toEqual([...LET_GO, 'event 1 fire', 'relay 2 released', 'event 2 relay-released', 'event 2 fire'])
    expect([said[2], said[5]]).toEqual([['refused fire'], ['executed']])
  })

  it('a fire in the zone holds it open: a lock is refused, another word changes nothing, normal alone ends it', () => {
    const said = run(mode('kept-open', 'fire-zone'), mode('kept-open', 'schedule'), mode('kept-locked', 'schedule'), mode('normal', 'operator'), mode('kept-locked', 'operator'))
    expect([...said]).toEqual([['executed', ...LET_GO], ['executed'], ['refused fire'], ['executed', ...LOCK], ['executed']])
  })

  it('the reset of its own fire locks no door that the zone holds open', () => {
    const said = run(mode('kept-open', 'fire-zone'), fireOn, fireOff, reset)
    expect(said[3]).toEqual(['event 1 fire-reset', 'event 2 fire-reset', 'relay 2 locked', 'event 2 relay-locked'])
    expect(doorStatuses(said.state)).toMatchObject([{ relay: 'released', fire: false }, { relay: 'locked', fire: false }])
  })
})

describe('settings', () => {
  it('say after how long an open door is reported', () => {
    const said = run(open(), contact('open', 10_500), { kind: 'held-open-after', ms: 60_000, monoMs: 10_600 })
    expect(nextTickMonoMs({ ...said.state, doors: said.state.doors.map((door) => ({ ...door, releasedUntilMonoMs: null })) })).toBe(70_500)
    expect(controllerMachine(said.state, { kind: 'held-open-after', ms: 60_000, monoMs: 11_000 })).toBeUndefined()
  })
})
