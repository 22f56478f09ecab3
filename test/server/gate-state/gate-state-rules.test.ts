import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DOOR_EVENT_TYPES, type DoorEventType } from '#contract/device-messages.js'
import { GATEWAY_SILENT_MS, type GateRegisters, conditionOf, deviceCondition, dayStartMs, withDoorEvent, withDoorMode } from '../../../server/gate-state/gate-state-rules.js'
import type { PlacedRecord } from '../../../server/sync/record-place.js'
import { stampOf, uuid } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { doorEvent } from '../sync/record-samples.js'

const at = (seq: number, type: DoorEventType, epoch = 1, gateway = 1): PlacedRecord<'door-event.v1'> =>
  ({ place: { gatewayId: uuid(gateway, 0x9), epoch, seq }, body: doorEvent(seq, type) })
const after = (...events: PlacedRecord<'door-event.v1'>[]): GateRegisters => events.reduce<GateRegisters>(withDoorEvent, {})
const conditionAfter = (...types: DoorEventType[]) => {
  const { updatedAtMs: _updatedAtMs, mode: _mode, modeCause: _modeCause, ...condition } = conditionOf(after(...types.map((type, index) => at(index + 1, type))))
  return condition
}
const shut = { relay: 'locked', contact: 'closed', fire: false, alarm: null }

describe('a gate as its door events tell it', () => {
  it.each<[DoorEventType[], object]>([
    [[], { relay: null, contact: 'unknown', fire: false, alarm: null }],
    [['relay-released'], { ...shut, relay: 'released', contact: 'unknown' }],
    [['relay-released', 'opened', 'relay-locked', 'closed'], shut],
    [['relay-released', 'opened', 'relay-locked'], { ...shut, contact: 'open' }],
    [['relay-locked', 'opened', 'forced'], { ...shut, contact: 'open', alarm: 'forced' }],
    [['relay-locked', 'opened', 'forced', 'closed', 'forced-cleared'], shut],
    [['relay-locked', 'closed', 'tamper', 'forced'], { ...shut, alarm: 'forced' }],
    [['relay-locked', 'closed', 'tamper', 'forced', 'forced-cleared'], { ...shut, alarm: 'tamper' }],
    [['relay-locked', 'closed', 'held-open', 'tamper'], { ...shut, alarm: 'tamper' }],
    [['relay-locked', 'closed', 'held-open', 'tamper', 'tamper-cleared'], { ...shut, alarm: 'held-open' }],
    [['relay-locked', 'closed', 'exit-button'], shut],
    [['closed', 'relay-released', 'fire'], { ...shut, relay: 'released', fire: true }],
    [['closed', 'relay-released', 'fire', 'fire-reset', 'relay-locked'], shut],
    [['closed', 'relay-released', 'forced', 'held-open', 'tamper', 'power-on'], shut],
    [['closed', 'fire', 'power-on', 'relay-released'], { ...shut, relay: 'released', fire: true }],
  ])('%j', (types, condition) => expect(conditionAfter(...types)).toEqual(condition))

  it.each([
    [[], 'normal', null],
    [[['kept-open', 'operator', 1]], 'kept-open', 'operator'],
    [[['kept-locked', 'schedule', 2], ['kept-open', 'operator', 1]], 'kept-locked', 'schedule'],
    [[['kept-open', 'fire-zone', 1], ['normal', 'operator', 2]], 'normal', null],
  ] as const)('works as it was told last, whatever the order: %j', (told, mode, modeCause) => {
    const known = told.reduce<GateRegisters>((registers, [next, cause, seq]) => withDoorMode(registers, {
      place: { gatewayId: uuid(1, 0x9), epoch: 1, seq },
      body: { kind: 'door-mode.v1', ...stampOf(seq), gateId: 'gate-1', mode: next, cause, operatorRef: null },
    }), after(at(9, 'opened')))
    expect(conditionOf(known)).toMatchObject({ contact: 'open', mode, modeCause })
  })

  it('is as old as the last event that said something', () => {
    expect(conditionOf(after(at(5, 'opened'), at(7, 'exit-button'))).updatedAtMs).toBe(START_WALL_MS + 5)
    expect(conditionOf({}).updatedAtMs).toBeNull()
  })

  it('goes by epoch and gateway before seq: a gateway that replaced another is believed from its first record', () => {
    expect(conditionOf(after(at(900, 'relay-released', 1), at(1, 'relay-locked', 2), at(901, 'relay-released', 1))).relay).toBe('locked')
    expect(conditionOf(after(at(900, 'relay-released', 7, 1), at(1, 'relay-locked', 1, 2), at(901, 'relay-released', 7, 1))).relay).toBe('locked')
  })

  it('is the same whatever the order and repetition in which events are taken', () => {
    const events = fc.array(fc.record({ seq: fc.integer({ min: 1, max: 30 }), type: fc.constantFrom(...DOOR_EVENT_TYPES) }), { maxLength: 20 })
      .map((all) => [...new Map(all.map((one) => [one.seq, at(one.seq, one.type)])).values()])
    const cases = events.chain((all) => fc.record({
      all: fc.constant(all), shuffled: fc.shuffledSubarray(all, { minLength: all.length }), again: fc.subarray(all),
    }))
    fc.assert(fc.property(cases, ({ all, shuffled, again }) => {
      const inOrder = [...all].sort((a, b) => a.place.seq - b.place.seq)
      expect(conditionOf(after(...shuffled, ...again))).toEqual(conditionOf(after(...inOrder)))
    }), { numRuns: 300 })
  })
})

describe('a controller', () => {
  const signs = { status: 'online', restartedSince: false, gatewayContactAtMs: START_WALL_MS } as const
  it.each([
    ['is what its gateway says', signs, START_WALL_MS + GATEWAY_SILENT_MS, 'online'],
    ['is offline where its gateway says so', { ...signs, status: 'offline' as const }, START_WALL_MS, 'offline'],
    ['is unknown where the gateway is silent', signs, START_WALL_MS + GATEWAY_SILENT_MS + 1, 'unknown'],
    ['is unknown where the gateway began anew since', { ...signs, restartedSince: true }, START_WALL_MS, 'unknown'],
    ['is unknown where the gateway was never heard', { ...signs, gatewayContactAtMs: null }, START_WALL_MS, 'unknown'],
    ['is unknown where nobody spoke of it', undefined, START_WALL_MS, 'unknown'],
  ] as const)('%s', (_name, known, nowMs, condition) => expect(deviceCondition(known, nowMs)).toBe(condition))
})

it('a day begins at midnight in Jiangmen', () => {
  const midnight = Date.UTC(2026, 0, 4, 16)
  expect([midnight - 1, midnight, midnight + 86_399_999].map(dayStartMs)).toEqual([midnight - 86_400_000, midnight, midnight])
})
