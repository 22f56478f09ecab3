import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { thresholdFor, type StrangerTail, type ThresholdRule } from '../../../gateway/face/threshold.js'

const part = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const tails: fc.Arbitrary<StrangerTail> = fc.record({
  persons: fc.integer({ min: 1, max: 1_000_000 }), from: part(0, 0.9), rate: part(1e-4, 1), scale: part(1e-4, 0.2), shape: part(-1, 1),
})
const rules: fc.Arbitrary<ThresholdRule> = fc.record({ tail: tails, falseAcceptRate: part(1e-8, 0.5), floor: part(0, 0.95) })
const sizes = fc.integer({ min: 0, max: 1_000_000 })

describe('threshold for a gallery', () => {
  it('is never below the floor and never above what a cosine can tell', () => {
    fc.assert(fc.property(rules, sizes, (rule, size) => {
      const threshold = thresholdFor(size, rule)
      expect(threshold).toBeGreaterThanOrEqual(rule.floor)
      expect(threshold).toBeLessThanOrEqual(0.95)
    }))
  })

  it('never falls where persons are added', () => {
    fc.assert(fc.property(rules, sizes, sizes, (rule, one, other) => {
      const [fewer, more] = one < other ? [one, other] : [other, one]
      expect(thresholdFor(more, rule)).toBeGreaterThanOrEqual(thresholdFor(fewer, rule))
    }))
  })

  it('never falls where fewer false accepts are wanted', () => {
    fc.assert(fc.property(rules, sizes, part(0.001, 1), (rule, size, share) => {
      expect(thresholdFor(size, { ...rule, falseAcceptRate: rule.falseAcceptRate * share })).toBeGreaterThanOrEqual(thresholdFor(size, rule))
    }))
  })

  it('leaves as many strangers above it as wanted, where the tail describes them', () => {
    fc.assert(fc.property(tails, part(1e-6, 0.1), fc.integer({ min: 1, max: 100_000 }), (tail, falseAcceptRate, size) => {
      const threshold = thresholdFor(size, { tail, falseAcceptRate, floor: 0 })
      fc.pre(threshold > tail.from && threshold < 0.95 && Math.abs(tail.shape) > 1e-3)
      const reach = tail.rate * (size / tail.persons) * (1 + (tail.shape * (threshold - tail.from)) / tail.scale) ** (-1 / tail.shape)
      expect(reach / falseAcceptRate).toBeCloseTo(1, 3)
    }))
  })

  it('takes a shape of nought for an exponential tail', () => {
    const tail = { persons: 1_000, from: 0.42, rate: 0.1, scale: 0.03, shape: 0 }
    const near = thresholdFor(500, { tail: { ...tail, shape: 1e-5 }, falseAcceptRate: 1e-3, floor: 0 })
    const at = thresholdFor(500, { tail, falseAcceptRate: 1e-3, floor: 0 })
    expect(at).toBeCloseTo(0.42 + 0.03 * Math.log(50), 12)
    expect(near).toBeCloseTo(at, 4)
  })

  it('refuses what is no number of persons', () => {
    const rule = { tail: { persons: 1, from: 0.4, rate: 0.1, scale: 0.03, shape: 0 }, falseAcceptRate: 1e-3, floor: 0.5 }
    for (const size of [-1, 1.5, Number.NaN, Infinity]) expect(() => thresholdFor(size, rule)).toThrow(RangeError)
  })
})
