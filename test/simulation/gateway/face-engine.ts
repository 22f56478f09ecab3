import type { FaceEngine, FaceModelInfo, FaceOutcome, FaceScores } from '../../../gateway/face/types.js'
import { type MatchResult, verdict } from '../../../gateway/face/match.js'
import { createPlainGallery } from '../../support/plain-gallery.js'
import type { Dice } from '../engine/dice.js'
import type { Life } from '../engine/life.js'
import type { Timeline } from '../engine/timeline.js'

export const MODEL: FaceModelInfo = { modelId: 'simulated-1', digest: 'd'.repeat(64), dimensions: 32 }
const LIMITS = { matchThreshold: 0.45, marginMin: 0.1, lookAlikeMarginMin: 0.2 }
const WORKERS = 2
/** Stands in every picture: found anywhere outside the estate it is a face that left. */
export const FACE_MARK = 'PICTURE-OF-FACE-'

/** A picture of this person's face. */
export const pictureOf = (face: number): Uint8Array => Buffer.from(`${FACE_MARK}${face}`)

/** The embedding that the net makes of a face: as good as at right angles to every other one. */
export function embeddingOf(face: number): Float32Array {
  const embedding = new Float32Array(MODEL.dimensions)
  embedding[face % MODEL.dimensions] = 1
  return embedding
}

const faceOf = (picture: Uint8Array): number => Number(Buffer.from(picture).toString().slice(FACE_MARK.length))

/** How busy the face workers are: milliseconds for one picture at most. */
export interface EngineWeather {
  inferenceMsMax: number
}

const scoresOf = ({ score, margin, gallerySize }: MatchResult): FaceScores => ({ liveness: 0.99, score, margin, threshold: LIMITS.matchThreshold, gallerySize })

function outcomeOf(found: MatchResult): FaceOutcome {
  const box = { left: 1, top: 1, right: 99, bottom: 99, score: 0.99 }
  const reached = { scores: scoresOf(found), timings: { embed: 5, match: 1 } }
  const verdictNow = verdict(found, LIMITS)
  if (verdictNow === 'matched' && found.personRef !== null) return { kind: 'matched', personRef: found.personRef, box, ...reached }
  return { kind: 'refused', stage: 'match', reason: verdictNow === 'ambiguous' ? 'ambiguous' : 'not-recognised', box, ...reached }
}

export interface SimulatedEngine extends FaceEngine {
  /** True where templates of this person are in the workers' memory. */
  holds(personRef: string): boolean
}

/**
 * The engine without its nets: a picture says whose face it is, and the search among the templates is the real one. Changes of the gallery
 * and pictures take their time, as between threads.
 */
export function createSimulatedEngine(deps: {
  timeline: Timeline; dice: Dice; life: Life; weather: EngineWeather; matched: (personRef: string) => void
}): SimulatedEngine {
  const { timeline, dice, life, weather, matched } = deps
  const gallery = createPlainGallery()
  const held = new Set<string>()
  const after = <T>(delayMs: number, effect: () => T): Promise<T> => new Promise((resolve) => {
    timeline.after(delayMs, () => {
      if (life.step()) resolve(effect())
    })
  })
  const change = (effect: () => void): Promise<void> => after(dice.between(0.5, 20), effect)
  return {
    workers: WORKERS,
    start: async () => MODEL,
    stop: async () => undefined,
    status: () => ({ workersReady: WORKERS, restarts: 0, inFlight: 0 }),
    setPerson: (personRef, embeddings, lookAlikes) => change(() => {
      gallery.setPerson(personRef, embeddings, lookAlikes)
      held.add(personRef)
    }),
    removePerson: (personRef) => change(() => {
      gallery.removePerson(personRef)
      held.delete(personRef)
    }),
    permit: (galleryKey, personRefs) => change(() => gallery.permit(galleryKey, personRefs)),
    size: () => gallery.size(),
    holds: (personRef) => held.has(personRef),
    analyse: ({ image, galleryKey }) => after(dice.between(5, weather.inferenceMsMax), () => {
      const outcome = outcomeOf(gallery.match(galleryKey, embeddingOf(faceOf(image))))
      if (outcome.kind === 'matched') matched(outcome.personRef)
      return outcome
    }),
    embed: (photo) => after(dice.between(5, 40), () => ({
      kind: 'template', embedding: embeddingOf(faceOf(photo)), liveness: 0.99, box: { left: 1, top: 1, right: 99, bottom: 99, score: 0.99 }, timings: {},
    })),
    resembling: (personRef, embeddings) => after(dice.between(1, 10), () => embeddings
      .flatMap((embedding) => gallery.resembling(embedding, LIMITS.matchThreshold)).filter((one) => one.personRef !== personRef)
      .map((one) => ({ ...one, kind: 'same' as const }))),
  }
}
