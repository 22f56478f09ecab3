import type { RandomSource } from '#kernel/random.js'
import { cosine } from '../../gateway/face/match.js'
import { thresholdFor, type StrangerTail } from '../../gateway/face/threshold.js'
import { fusedEmbedding } from '../../gateway/face/track.js'
import { modelError } from '../errors.js'
import { indicesByPerson } from './face-set.js'
import type { OpenSetFaces } from './open-set.js'

/** Highest part of the strangers that the tail is fitted to. */
const TAIL_PART = 0.1
const RESAMPLES = 1_000
/** Of fewer the tail would be a handful of scores. */
const PERSONS_MIN = 200
const GALLERIES = [50, 200, 500, 1_000, 2_000, 5_000]
const RATES = [1e-2, 1e-3, 1e-4]

export interface TailFit {
  readonly strangers: number
  /** For the manifest. Its shape is nought, an exponential tail, where the fitted one's interval holds nought: nothing speaks for another. */
  readonly tail: StrangerTail
  readonly fittedShape: number
  /** 95 % interval from resampled strangers, as those of the thresholds. */
  readonly shapeInterval: readonly [number, number]
  readonly thresholds: ReadonlyArray<{ readonly gallery: number; readonly falseAcceptRate: number; readonly threshold: number; readonly interval: readonly [number, number] }>
  /** What the tail says for galleries that the set can also show, beside what it shows: part of strangers above the threshold for `rate`. */
  readonly check: ReadonlyArray<{ readonly gallery: number; readonly rate: number; readonly shown: number }>
}

/**
 * Everybody is enrolled with the first picture, and comes as a stranger to all others in a passage of up to `frames` pictures, fused one after
 * another as at a gate. One highest score a person, so that no one person's many pictures make the tail.
 * @throws MD_SET where there are too few persons
 */
export function fitTail(faces: OpenSetFaces, frames: number, random: RandomSource): TailFit {
  const scores = scoresOfStrangers(faces, frames)
  if (scores.length < PERSONS_MIN) throw modelError('MD_SET', { reason: `a tail needs ${PERSONS_MIN} persons or more`, persons: scores.length })
  const persons = scores.length - 1
  const highest = scores.map((row) => Math.max(...row))
  const samples = Array.from({ length: RESAMPLES }, () => highest.map(() => highest[Math.floor(random.float() * highest.length)] as number))
  const fitted = tailOf(highest, persons)
  const shapeInterval = interval(samples.map((sample) => tailOf(sample, persons).shape))
  const fit = shapeInterval[0] <= 0 && shapeInterval[1] >= 0 ? exponentialTailOf : tailOf
  const tail = rounded(fit(highest, persons))
  const resampled = samples.map((sample) => fit(sample, persons))
  const without = { floor: -1 }
  return {
    strangers: highest.length,
    tail,
    fittedShape: fitted.shape,
    shapeInterval,
    thresholds: GALLERIES.flatMap((gallery) => RATES.map((falseAcceptRate) => ({
      gallery, falseAcceptRate,
      threshold: thresholdFor(gallery, { ...without, tail, falseAcceptRate }),
      interval: interval(resampled.map((one) => thresholdFor(gallery, { ...without, tail: one, falseAcceptRate }))),
    }))),
    check: GALLERIES.filter((gallery) => gallery < persons).flatMap((gallery) => RATES.flatMap((rate) => {
      const threshold = thresholdFor(gallery, { ...without, tail, falseAcceptRate: rate })
      return threshold > tail.from ? [{ gallery, rate, shown: shownAbove(scores, gallery, threshold) }] : []
    })),
  }
}

/** For every person the highest score of the passage to the first picture of each other. */
function scoresOfStrangers({ persons, probes, enrolled }: OpenSetFaces, frames: number): Float32Array[] {
  const all = [...indicesByPerson(persons).values()].flatMap((indices) => {
    const template = enrolled[indices[0] as number]
    const seen = indices.flatMap((index) => probes[index] ?? []).slice(0, frames).map((embedding) => ({ logOdds: null, embedding }))
    return template && seen.length > 0 ? [{ template, looks: seen.map((_, index) => fusedEmbedding(seen.slice(0, index + 1))) }] : []
  })
  return all.map(({ looks }, row) => Float32Array.from(all.flatMap(({ template }, other) => (other === row ? [] : Math.max(...looks.map((face) => cosine(face, template)))))))
}

/** What lies above the tail's beginning, in ascending order. */
function excessOf(highest: readonly number[]): { from: number; rate: number; excess: number[] } {
  const sorted = [...highest].sort((a, b) => a - b)
  const from = sorted[Math.floor(sorted.length * (1 - TAIL_PART))] as number
  const excess = sorted.filter((score) => score > from).map((score) => score - from)
  return { from, rate: excess.length / sorted.length, excess }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Fits by probability-weighted moments. @see Hosking & Wallis, Technometrics 29(3), 1987, §2.3 */
export function tailOf(highest: readonly number[], persons: number): StrangerTail {
  const { from, rate, excess } = excessOf(highest)
  const first = mean(excess)
  const second = mean(excess.map((x, index) => x * (1 - (index + 0.65) / excess.length)))
  return { persons, from, rate, scale: (2 * first * second) / (first - 2 * second), shape: 2 - first / (first - 2 * second) }
}

export function exponentialTailOf(highest: readonly number[], persons: number): StrangerTail {
  const { from, rate, excess } = excessOf(highest)
  return { persons, from, rate, scale: mean(excess), shape: 0 }
}

/** As it is written in a manifest. */
function rounded({ persons, from, rate, scale, shape }: StrangerTail): StrangerTail {
  const four = (value: number): number => Number(value.toFixed(4))
  return { persons, from: four(from), rate: four(rate), scale: four(scale), shape: four(shape) }
}

/** Part of strangers whose nearest of `gallery` others reaches the threshold: mean over consecutive galleries of that size. */
function shownAbove(scores: readonly Float32Array[], gallery: number, threshold: number): number {
  let reached = 0
  let tried = 0
  for (const row of scores) {
    for (let start = 0; start + gallery <= row.length; start += gallery) {
      tried += 1
      if (row.subarray(start, start + gallery).some((score) => score >= threshold)) reached += 1
    }
  }
  return reached / tried
}

function interval(values: readonly number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number
  return [at(0.025), at(0.975)]
}
