import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#kernel/random.js'
import { parsePairs, pairsProtocol } from '../../../models/eval/pairs-protocol.js'
import { upperBound } from '../../../models/eval/proportion.js'
import { binForRate, createScoreHistogram, edgeOf, equalErrorRate, partFrom } from '../../../models/eval/score-histogram.js'
import { verification } from '../../../models/eval/verification.js'

const unit = (...values: number[]): Float32Array => Float32Array.from(values.map((value) => value / Math.hypot(...values)))
const turned = (degrees: number): Float32Array => unit(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180), 0, 0)
const histogramOf = (scores: readonly number[]) => {
  const histogram = createScoreHistogram()
  scores.forEach((score) => histogram.add(score))
  return histogram
}
const scores = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 200 })

describe('score histogram', () => {
  it('never lets more than the rate pass, and one bin lower would', () => {
    fc.assert(fc.property(scores, fc.double({ min: 0, max: 1, noNaN: true }), (values, rate) => {
      const histogram = histogramOf(values)
      const bin = binForRate(histogram, rate)
      expect(partFrom(histogram, bin)).toBeLessThanOrEqual(rate + 1e-12)
      if (bin > 0) expect(partFrom(histogram, bin - 1)).toBeGreaterThan(rate)
    }))
  })

  it('counts what lies at or above an edge, as a plain count does', () => {
    fc.assert(fc.property(scores, fc.integer({ min: 0, max: 2 ** 18 }), (values, bin) => {
      const above = values.filter((value) => value >= edgeOf(bin) || (value === 1 && bin < 2 ** 18)).length
      expect(partFrom(histogramOf(values), bin)).toBe(above / values.length)
    }))
  })

  it('finds the equal error of two kinds that overlap by a quarter', () => {
    const { rate, threshold } = equalErrorRate(histogramOf([0.2, 0.5, 0.6, 0.7]), histogramOf([-0.3, 0, 0.1, 0.4]))
    expect(rate).toBe(0.25)
    expect(threshold).toBeGreaterThan(0.2)
    expect(threshold).toBeLessThanOrEqual(0.4)
  })
})

describe('all pairs', () => {
  it('compares every two pictures once, and says too little where too few strangers stand against a rate', () => {
    const result = verification({ embeddings: [turned(0), turned(10), turned(90), turned(120)], persons: ['a', 'a', 'b', 'c'] })
    expect(result).toMatchObject({ genuinePairs: 1, impostorPairs: 5, eer: 0 })
    expect(result.tarAtFar).toEqual([1e-2, 1e-3, 1e-4, 1e-5].map((far) => ({ far, tar: null, threshold: null })))
  })

  it('gives the part of genuine pairs above the threshold that one stranger in a hundred reaches', () => {
    // 15 persons at 6 degrees from each other: 105 strangers' pairs; one may pass at 1e-2, the nearest neighbours are 14.
    const embeddings = [...Array.from({ length: 15 }, (_, i) => turned(i * 6)), turned(3)]
    const persons = [...Array.from({ length: 15 }, (_, i) => `p${i}`), 'p0']
    const result = verification({ embeddings, persons })
    expect(result).toMatchObject({ genuinePairs: 1, impostorPairs: 119 })
    const at = result.tarAtFar[0]
    // The second picture of p0 lies half way to p1: that pair is the one that may pass.
    expect(at?.tar).toBe(1)
    expect(at?.threshold).toBeGreaterThan(Math.cos((6 * Math.PI) / 180))
  })

  it('says nothing where there is nothing to compare', () => {
    expect(verification({ embeddings: [turned(0), turned(10)], persons: ['a', 'b'] })).toMatchObject({ genuinePairs: 0, impostorPairs: 1, eer: null, eerThreshold: null })
    expect(verification({ embeddings: [], persons: [] })).toMatchObject({ genuinePairs: 0, impostorPairs: 0, eer: null })
  })

  it('leaves out two pictures of one person from one session, where sessions are known', () => {
    const faces = { embeddings: [turned(0), turned(1), turned(2), turned(80)], persons: ['a', 'a', 'a', 'b'], sessions: ['1', '1', '2', '1'] }
    expect(verification(faces)).toMatchObject({ genuinePairs: 2, impostorPairs: 3 })
  })
})

describe('pairs list of LFW', () => {
  const list = (folds: number, each: number): string => {
    const fold = [...Array.from({ length: each }, (_, i) => `Ann ${i + 1} ${i + 2}`), ...Array.from({ length: each }, (_, i) => `Ann\t${i + 1}\tBen\t${i + 1}`)]
    return [`${folds}\t${each}`, ...Array.from({ length: folds }, () => fold).flat(), ''].join('\n')
  }

  it('is read fold by fold, numbers as file names have them', () => {
    expect(parsePairs('2 1\nAnn 1 2\nAnn 1 Ben 12\nBen 3 4\nBen 1 Ann 2\n')).toEqual([
      { fold: 0, a: 'Ann/Ann_0001', b: 'Ann/Ann_0002', same: true }, { fold: 0, a: 'Ann/Ann_0001', b: 'Ben/Ben_0012', same: false },
      { fold: 1, a: 'Ben/Ben_0003', b: 'Ben/Ben_0004', same: true }, { fold: 1, a: 'Ben/Ben_0001', b: 'Ann/Ann_0002', same: false },
    ])
  })

  it.each([['nothing', ''], ['no head', 'Ann 1 2'], ['too few pairs', '10 300\nAnn 1 2'], ['a name without numbers', '2 1\nAnn x 2\nAnn 1 Ben 1\nAnn 1 2\nAnn 1 Ben 1']])('%s is refused with its line', (_, text) => {
    expect(() => parsePairs(text)).toThrow(expect.objectContaining({ code: 'MD_SET', details: expect.objectContaining({ line: expect.any(Number) }) }))
  })

  it('decides each fold with the threshold of the others; an undetected face is an error, an absent picture is left out', () => {
    const random = seededRandom(3)
    const faces = new Map<string, Float32Array>()
    const faceOf = (name: string): Float32Array | null | undefined => {
      if (name === 'Ben/Ben_0004') return undefined
      if (name === 'Ben/Ben_0003') return null
      if (!faces.has(name)) faces.set(name, turned((name.startsWith('Ann') ? 0 : 90) + random.float()))
      return faces.get(name)
    }
    const result = pairsProtocol(parsePairs(list(2, 4)), faceOf)
    expect(result).toMatchObject({ folds: 2, pairs: 14, absent: 2, undetected: 2 })
    expect(result.accuracy).toBeCloseTo(6 / 7, 12)
    expect(result.standardError).toBe(0)
    expect(result.threshold).toBeGreaterThan(0.1)
    expect(result.threshold).toBeLessThan(1)
  })
})

it('the upper bound of a proportion is Clopper and Pearson\'s', () => {
  expect(upperBound(0, 100)).toBeCloseTo(0.036_22, 4)
  expect(upperBound(5, 100)).toBeCloseTo(0.112_84, 4)
  expect(upperBound(0, 3_000)).toBeCloseTo(3.688_9 / 3_000, 5)
  expect(upperBound(7, 7)).toBe(1)
  expect(upperBound(0, 0)).toBe(1)
})
