import { describe, expect, it } from 'vitest'
import { seededRandom } from '#kernel/random.js'
import { openSet, shuffled, type OpenSetFaces } from '../../../models/eval/open-set.js'
import { passages } from '../../../models/eval/passages.js'
import { exponentialTailOf, fitTail, tailOf } from '../../../models/eval/tail-fit.js'

const turned = (degrees: number): Float32Array => Float32Array.from([Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)])
const cos = (degrees: number): number => Math.cos((degrees * Math.PI) / 180)
const never = () => ({ matchThreshold: 1, marginMin: 0, lookAlikeMarginMin: 0 })

/** Name and direction of each picture, in degrees; null where no face was found. */
function faces(...pictures: Array<[string, number | null]>): OpenSetFaces {
  const embeddings = pictures.map(([, degrees]) => (degrees === null ? null : turned(degrees)))
  return { persons: pictures.map(([person]) => person), probes: embeddings, enrolled: embeddings }
}

describe('open set', () => {
  const set = faces(['a', 0], ['a', 5], ['a', 50], ['b', 90], ['b', 95], ...Array.from({ length: 10 }, (_, i): [string, number] => [`s${i}`, 180 + i]))

  it('enrols the first pictures, probes with the rest, and takes persons with one picture for strangers', () => {
    const result = openSet(set, 1, () => ({ matchThreshold: cos(6), marginMin: 0.05, lookAlikeMarginMin: 0.15 }))
    expect(result).toMatchObject({ templates: 1, gallery: 2, mated: 3, nonMated: 10 })
    // The third picture of a lies nearer to b.
    expect(result.rank1).toBeCloseTo(2 / 3, 12)
    expect(result.shipped).toEqual({ threshold: cos(6), fnir: 1 / 3, misidentified: 0, fpir: 0 })
  })

  it('sets the bar at the stranger that may not pass any more', () => {
    const strangers = Array.from({ length: 10 }, (_, i): [string, number] => [`s${i}`, 100 - i * 3])
    const result = openSet(faces(['a', 0], ['a', 70], ['a', 75], ['b', 200], ['b', 201], ...strangers), 1, never)
    // One of ten strangers may pass: the nearest comes to 73 degrees, the next to 76.
    const at = result.fnirAtFpir[0]
    expect(at).toEqual({ fpir: 0.1, fnir: 0, threshold: expect.closeTo(cos(76), 6) as number })
    expect(result.fnirAtFpir[1]).toEqual({ fpir: 0.01, fnir: null, threshold: null })
  })

  it('refuses a probe without a face, and enrols nobody without one', () => {
    const result = openSet(faces(['a', 0], ['a', null], ['b', null], ['b', 90], ['c', 180]), 1, () => ({ matchThreshold: 0.5, marginMin: 0, lookAlikeMarginMin: 0 }))
    expect(result).toMatchObject({ gallery: 1, mated: 2, nonMated: 1, rank1: 0 })
    expect(result.shipped.fnir).toBe(1)
  })

  it('leaves out who has no picture more than are enrolled', () => {
    expect(openSet(set, 2, never)).toMatchObject({ gallery: 1, mated: 1 })
  })

  it('draws what it enrols where it is given randomness, the same for the same seed', () => {
    const drawn = (seed: number) => openSet(set, 1, never, seededRandom(seed))
    expect(drawn(1)).toEqual(drawn(1))
    expect(new Set(Array.from({ length: 20 }, (_, seed) => drawn(seed).rank1)).size).toBeGreaterThan(1)
  })

  it('shuffles to a permutation and leaves the original', () => {
    const values = [1, 2, 3, 4, 5, 6, 7]
    const mixed = shuffled(values, seededRandom(9))
    expect(mixed.toSorted()).toEqual(values)
    expect(values).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(mixed).not.toEqual(values)
  })
})

describe('passages', () => {
  const limits = () => ({ matchThreshold: cos(20), marginMin: 0.01, lookAlikeMarginMin: 0.01 })
  // Two persons far apart, each with a bad picture that only the others make good; a stranger half way, and one who is very near to a.
  const set = faces(['a', 0], ['a', 2], ['a', 1], ['b', 90], ['b', 91], ['b', 92], ['far', 45], ['near', 19])

  it('counts refusals, confusions and accepted strangers, and how sure that is', () => {
    const result = passages(set, { gallery: 2, templates: 1, frames: 5, draws: 4 }, limits, seededRandom(1))
    expect(result).toMatchObject({
      residents: 8, residentsRefused: 0, refusedRate: 0, misidentified: 0, strangers: 8, strangerPersons: 2, strangersAccepted: 4, threshold: cos(20),
    })
    expect(result.acceptedRateMax).toBeCloseTo(0.987_4, 3)
  })

  it('decides picture by picture with those before: one good one among bad ones lets in', () => {
    const wide = faces(['a', 0], ['a', 30], ['a', 1], ['x', 90], ['y', 200])
    const refused = (frames: number): number => passages(wide, { gallery: 1, templates: 1, frames, draws: 30 }, limits, seededRandom(5)).residentsRefused
    expect(refused(1)).toBeGreaterThan(refused(2))
  })
})

describe('tail of strangers', () => {
  const random = seededRandom(11)
  const drawn = (count: number, shape: number, scale: number): number[] => Array.from({ length: count }, () => {
    const u = 1 - random.float()
    return 0.3 + (shape === 0 ? -scale * Math.log(u) : (scale * (u ** -shape - 1)) / shape)
  })

  it.each([[-0.2, 0.05], [0, 0.03], [0.2, 0.02]])('finds shape %d and scale %d again', (shape, scale) => {
    const tail = tailOf(drawn(200_000, shape, scale), 500)
    expect(tail.shape).toBeCloseTo(shape, 1)
    // The tail of such a tail is of the same shape; its scale grows with the height at which it begins.
    expect(tail.scale).toBeCloseTo(scale + shape * (tail.from - 0.3), 2)
    expect(tail).toMatchObject({ persons: 500, rate: expect.closeTo(0.1, 3) as number })
  })

  it('an exponential one is described by its mean', () => {
    const tail = exponentialTailOf(drawn(200_000, 0, 0.03), 500)
    expect(tail.shape).toBe(0)
    expect(tail.scale).toBeCloseTo(0.03, 3)
  })

  it('of a few persons is refused', () => {
    expect(() => fitTail(faces(['a', 0], ['b', 90]), 5, seededRandom(1))).toThrow(expect.objectContaining({ code: 'MD_SET', details: expect.objectContaining({ persons: 2 }) }))
  })

  it('is fitted to one score a person, and thresholds rise with persons and with caution', () => {
    const persons = Array.from({ length: 300 }, (_, i) => `p${i}`)
    const noise = seededRandom(4)
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - noise.float())) * Math.cos(2 * Math.PI * noise.float())
    const embeddings = persons.map(() => {
      const values = Array.from({ length: 32 }, normal)
      const length = Math.hypot(...values)
      return Float32Array.from(values, (value) => value / length)
    })
    const fit = fitTail({ persons, probes: embeddings, enrolled: embeddings }, 5, seededRandom(2))
    expect(fit).toMatchObject({ strangers: 300, tail: { persons: 299, rate: expect.closeTo(0.1, 2) as number } })
    expect(fit.shapeInterval[0]).toBeLessThan(fit.shapeInterval[1])
    const at = (gallery: number, rate: number) => fit.thresholds.find((row) => row.gallery === gallery && row.falseAcceptRate === rate)
    expect(at(5_000, 1e-3)?.threshold).toBeGreaterThan(at(500, 1e-3)?.threshold ?? 1)
    expect(at(500, 1e-4)?.threshold).toBeGreaterThan(at(500, 1e-3)?.threshold ?? 1)
    for (const { threshold, interval } of fit.thresholds) {
      expect(interval[0]).toBeLessThanOrEqual(threshold + 1e-3)
      expect(interval[1]).toBeGreaterThanOrEqual(threshold - 1e-3)
    }
    for (const { rate, shown } of fit.check) expect(shown).toBeLessThan(rate * 4)
    expect(fit.check.length).toBeGreaterThan(0)
  })
})
