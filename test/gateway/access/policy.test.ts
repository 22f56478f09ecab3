import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { REFUSAL_REASONS } from '#contract/passage-record.js'
import { type DecisionInput, decide } from '../../../gateway/access/policy.js'
import { faceRefused, gate, matched, permit, personRef, uuid } from '../../support/factories.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'

const input = (change: Partial<DecisionInput> = {}): DecisionInput => ({
  outcome: matched(personRef(1)), gate: gate(1), permits: [permit(1)], consented: true, nowWallMs: START_WALL_MS,
  frameAgeMs: 120, frameAgeMsMax: 1_500, controller: { bootId: uuid(5), monoMs: 70_000 }, ...change,
})
const failed = { kind: 'failed', stage: 'decode', message: 'worker died', timings: {} } as const
const who = { personRef: personRef(1) }
const withPermit = { ...who, permitId: permit(1).permitId }

describe('decide', () => {
  it('grants a permitted, consenting, live match whose frame is fresh and whose controller is there', () => {
    expect(decide(input())).toEqual({ kind: 'granted', gate: gate(1), ...withPermit, controller: { bootId: uuid(5), monoMs: 70_000 } })
  })

  it.each([
    ['a camera that watches no gate', { gate: undefined }, 'gate-unknown', {}],
    ['a dead worker', { outcome: failed }, 'engine-failed', {}],
    ...(['undecodable', 'no-face', 'many-faces', 'face-too-small', 'poor-quality', 'not-live', 'not-recognised', 'ambiguous'] as const)
      .map((reason) => [`a face outcome of ${reason}`, { outcome: faceRefused(reason) }, reason, {}] as const),
    ['a match whose consent has ended: nobody is named', { consented: false }, 'not-recognised', {}],
    ['a match without a permit here', { permits: [] }, 'no-permit', who],
    ['a permit for another gate', { permits: [permit(1, { gateIds: ['gate-2'] })] }, 'no-permit', who],
    ['a permit of another person', { permits: [permit(2)] }, 'no-permit', who],
    ['a permit that begins in a millisecond', { permits: [permit(1, { validFromMs: START_WALL_MS + 1 })] }, 'outside-validity', who],
    ['a permit that ends now', { permits: [permit(1, { validUntilMs: START_WALL_MS })] }, 'outside-validity', who],
    ['a frame one millisecond too old', { frameAgeMs: 1_501 }, 'stale-frame', withPermit],
    ['a frame of no known age', { frameAgeMs: Number.NaN }, 'stale-frame', withPermit],
    ['a controller that is not there', { controller: undefined }, 'controller-offline', withPermit],
  ] as const)('refuses %s', (_, change, reason, named) => {
    expect(decide(input(change as Partial<DecisionInput>))).toEqual({ kind: 'refused', reason, personRef: null, permitId: null, ...named })
  })

  it.each([
    ['that begins now', permit(1, { validFromMs: START_WALL_MS })],
    ['that ends in a millisecond', permit(1, { validUntilMs: START_WALL_MS + 1 })],
  ])('grants by a permit %s', (_, valid) => {
    expect(decide(input({ permits: [permit(1, { permitId: uuid(99), validUntilMs: 0 }), valid] }))).toMatchObject({ kind: 'granted', permitId: valid.permitId })
  })

  it('grants a frame of exactly the age allowed', () => expect(decide(input({ frameAgeMs: 1_500 })).kind).toBe('granted'))

  it('never grants without each of its conditions, whatever the rest, and knows no reason outside the contract', () => {
    fc.assert(fc.property(
      fc.record({
        outcome: fc.constantFrom(matched(personRef(1)), faceRefused('not-live'), faceRefused('no-face'), failed),
        gate: fc.constantFrom(gate(1), gate(2), undefined),
        permits: fc.subarray([permit(1), permit(2), permit(1, { permitId: uuid(7), validUntilMs: START_WALL_MS - 1 })]),
        consented: fc.boolean(),
        nowWallMs: fc.integer({ min: START_WALL_MS - 2e9, max: START_WALL_MS + 4e9 }),
        frameAgeMs: fc.oneof(fc.double({ min: 0, max: 5_000 }), fc.constant(Number.NaN)),
        controller: fc.constantFrom(undefined, { bootId: uuid(5), monoMs: 70_000 }),
      }),
      (drawn) => {
        const decision = decide({ ...drawn, frameAgeMsMax: 1_500 })
        if (decision.kind === 'refused') return REFUSAL_REASONS.includes(decision.reason)
        const valid = drawn.permits.find((candidate) => candidate.permitId === decision.permitId)
        return drawn.outcome.kind === 'matched' && drawn.consented && drawn.gate === decision.gate && drawn.controller !== undefined
          && drawn.frameAgeMs <= 1_500 && valid !== undefined && valid.personRef === personRef(1) && valid.gateIds.includes(decision.gate.gateId)
          && valid.validFromMs <= drawn.nowWallMs && drawn.nowWallMs < valid.validUntilMs
      },
    ), { numRuns: 2_000 })
  })
})
