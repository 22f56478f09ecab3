import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlainGallery } from '../../support/plain-gallery.js'
import type { FivePoints } from '../../../gateway/face/landmark.js'
import { nearest, verdict, withLookAlikes } from '../../../gateway/face/match.js'
import { chooseFace, insidePart, sharpnessOf, turnOf, type QualityRules } from '../../../gateway/face/quality.js'
import type { FaceBox } from '../../../gateway/face/types.js'

const RULES: QualityRules = { faceHeightPxMin: 80, dominanceMin: 1.5, insideMin: 0.8, turnMax: 0.6, sharpnessMin: 0.02 }
const face = (height: number): FaceBox => ({ left: 0, top: 0, right: height * 0.8, bottom: height, score: 0.9 })

describe('which face a picture is about', () => {
  it.each([
    [[], 'no-face'], [[79], 'face-too-small'], [[80], 80], [[79, 78, 77], 'face-too-small'],
    [[300, 200], 300], [[300, 201], 'many-faces'], [[100, 100], 'many-faces'], [[300, 30, 30, 30], 300],
  ])('heights %j: %s', (heights, expected) => {
    const chosen = chooseFace(heights.map(face), RULES)
    expect(chosen.ok ? chosen.value.bottom : chosen.error.reason).toBe(expected)
  })
})

describe('quality measures', () => {
  const five = (noseX: number): FivePoints => [{ x: 40, y: 50 }, { x: 80, y: 50 }, { x: noseX, y: 70 }, { x: 45, y: 90 }, { x: 75, y: 90 }]

  it('turn grows from 0 with the nose off the middle, whatever the roll and size', () => {
    expect(turnOf(five(60))).toBeCloseTo(0, 10)
    expect(turnOf(five(80))).toBeCloseTo(0.5, 10)
    expect(turnOf(five(40))).toBeCloseTo(0.5, 10)
    const rolled = five(80).map(({ x, y }) => ({ x: (x - y) * 3, y: (x + y) * 3 })) as unknown as FivePoints
    expect(turnOf(rolled)).toBeCloseTo(0.5, 10)
    expect(turnOf(five(60).map(() => ({ x: 1, y: 1 })) as unknown as FivePoints)).toBeNaN()
  })

  it('sharpness falls with blur and is blind to brightness and contrast', () => {
    const side = 64
    const edges = Float32Array.from({ length: side * side }, (_, i) => (Math.floor((i % side) / 6) + Math.floor(i / side / 6)) % 2)
    const blurred = edges.map((_, i) => {
      let sum = 0
      for (let d = -4; d <= 4; d++) sum += edges[Math.floor(i / side) * side + Math.min(side - 1, Math.max(0, (i % side) + d))] as number
      return sum / 9
    })
    expect(sharpnessOf(blurred, side)).toBeLessThan(sharpnessOf(edges, side) * 0.8)
    expect(sharpnessOf(edges.map((value) => 0.3 + value * 0.1), side)).toBeCloseTo(sharpnessOf(edges, side), 4)
    expect(sharpnessOf(new Float32Array(side * side).fill(0.5), side)).toBe(0)
  })

  it('tells how much of a face is in the picture', () => {
    const picture = { width: 100, height: 100 }
    const box = (left: number, top: number): FaceBox => ({ left, top, right: left + 40, bottom: top + 50, score: 1 })
    expect([insidePart(box(10, 10), picture), insidePart(box(-20, 10), picture), insidePart(box(80, 75), picture), insidePart(box(200, 0), picture)]).toEqual([1, 0.5, 0.25, 0])
  })
})

describe('matching', () => {
  const at = (degrees: number): Float32Array => Float32Array.of(Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180), 0, 0, 0)

  it('compares with the best template of each person', () => {
    const candidates = [{ personRef: 'a', templates: [at(90), at(10)] }, { personRef: 'b', templates: [at(25), at(170)] }]
    const result = nearest(at(0), candidates)
    expect(result).toMatchObject({ gallerySize: 2, personRef: 'a' })
    expect(result.score).toBeCloseTo(Math.cos(10 * Math.PI / 180), 6)
    expect(result.margin).toBeCloseTo(Math.cos(10 * Math.PI / 180) - Math.cos(25 * Math.PI / 180), 6)
  })

  it('takes the margin to another person, not to another template of the same', () => {
    expect(nearest(at(0), [{ personRef: 'a', templates: [at(1), at(2)] }])).toMatchObject({ gallerySize: 1, personRef: 'a', margin: 2 })
  })

  it('matches nobody in an empty set', () => {
    expect(nearest(at(0), [])).toEqual({ gallerySize: 0, personRef: null, score: null, margin: null })
  })

  it.each([
    [0.55, 0.05, 'matched'], [0.549, 2, 'not-recognised'], [0.9, 0.049, 'ambiguous'], [0.3, 0.001, 'not-recognised'],
    [null, null, 'not-recognised'], [Number.NaN, 1, 'not-recognised'],
  ])('score %s with margin %s: %s', (score, margin, expected) => {
    expect(verdict({ gallerySize: 3, personRef: 'a', score, margin }, { matchThreshold: 0.55, marginMin: 0.05, lookAlikeMarginMin: 0.15 })).toBe(expected)
  })
})

describe('a person who has look-alikes', () => {
  const limits = { matchThreshold: 0.55, marginMin: 0.05, lookAlikeMarginMin: 0.15 }
  const found = { gallerySize: 3, personRef: 'a', score: 0.7, margin: 0.4 }

  it.each([
    ['far away', [0.2], 0.4, 'matched'], ['near', [0.1, 0.58], 0.12, 'ambiguous'], ['nearer than the person', [0.9], -0.2, 'ambiguous'], ['none', [], 0.4, 'matched'],
  ])('with rivals %s %j: margin %s, %s', (_, rivals, margin, expected) => {
    const result = withLookAlikes(found, rivals)
    expect(result.margin).toBeCloseTo(margin, 9)
    expect([result.lookAlike, verdict(result, limits)]).toEqual([rivals.length > 0 ? true : undefined, expected])
  })

  it('needs more than others in every case, and never less', () => {
    const cosines = fc.double({ min: -1, max: 1, noNaN: true })
    const part = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(fc.property(cosines, fc.double({ min: 0, max: 2, noNaN: true }), fc.array(cosines, { maxLength: 4 }), part, part, (score, margin, rivals, marginMin, lookAlikeMarginMin) => {
      const plain = { ...found, score, margin }
      const raised = withLookAlikes(plain, rivals)
      const bars = { matchThreshold: 0.55, marginMin, lookAlikeMarginMin }
      expect(raised.margin).toBeLessThanOrEqual(margin)
      if (verdict(raised, bars) !== 'matched') return
      expect(verdict(plain, bars)).toBe('matched')
      if (rivals.length > 0) expect(score - Math.max(...rivals)).toBeGreaterThanOrEqual(lookAlikeMarginMin)
    }))
  })
})

describe('gallery', () => {
  const one = (index: number): Float32Array => Float32Array.from({ length: 8 }, (_, i) => (i === index ? 1 : 0))

  it('follows every change at once', () => {
    const gallery = createPlainGallery()
    gallery.permit('gate', ['a', 'b', 'later'])
    expect(gallery.match('gate', one(0))).toEqual({ gallerySize: 0, personRef: null, score: null, margin: null })
    gallery.setPerson('a', [one(0)])
    gallery.setPerson('b', [one(1)])
    expect(gallery.match('gate', one(0))).toEqual({ gallerySize: 2, personRef: 'a', score: 1, margin: 1 })
    gallery.setPerson('later', [one(0)])
    expect(gallery.match('gate', one(0)).gallerySize).toBe(3)
    gallery.setPerson('a', [one(2)])
    expect(gallery.match('gate', one(0))).toMatchObject({ personRef: 'later', score: 1 })
    gallery.removePerson('later')
    expect(gallery.match('gate', one(2))).toEqual({ gallerySize: 2, personRef: 'a', score: 1, margin: 1 })
    gallery.setPerson('a', [])
    expect([gallery.size(), gallery.match('gate', one(2)).personRef]).toEqual([1, 'b'])
    gallery.permit('gate', [])
    expect(gallery.match('gate', one(1)).gallerySize).toBe(0)
  })

  it('keeps copies: changing or reusing the caller’s arrays changes nothing', () => {
    const gallery = createPlainGallery()
    const mine = one(0)
    gallery.setPerson('a', [mine])
    gallery.permit('gate', ['a'])
    mine.fill(0)
    expect(gallery.match('gate', one(0)).score).toBe(1)
  })
})
