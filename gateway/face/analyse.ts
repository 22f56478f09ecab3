import assert from 'node:assert/strict'
import { ok, type Result } from '#kernel/result.js'
import type { Gallery } from './gallery.js'
import type { Look, Refused } from './look.js'
import type { FaceSettings } from './manifest-schema.js'
import { verdict } from './match.js'
import { passageStep } from './passage-step.js'
import type { StageTrace } from './stage-trace.js'
import { limitsFor } from './threshold.js'
import { NO_MEMORY, livenessNeed, logOddsOf, mayBelongTo, type FaceMemory } from './track.js'
import type { FaceBox, FaceJob, FaceOutcome, FaceScores, PassagePlace } from './types.js'

interface AnalyseDeps {
  readonly look: Look
  readonly gallery: Gallery
  readonly settings: FaceSettings
}

/** The face that a frame is about, and its liveness, which is asked only where a passage needs it. */
export interface SeenFace {
  readonly box: FaceBox
  readonly embedding: Float32Array
  /** @param turn which frame of its passage it is, from 0 */
  livenessOf(turn: number): Promise<number>
}

export interface PassageJob extends Pick<FaceJob, 'galleryKey'> {
  see(trace: StageTrace): Promise<Result<SeenFace, Refused>>
  readonly passage: PassagePlace
}

/** Sees with the nets of this thread. */
export const seeHere = (look: Look, image: Uint8Array): PassageJob['see'] => async (trace) => {
  const terms = look.atGate(image)
  const found = await look.find(trace, terms)
  if (!found.ok) return found
  const embedding = await look.embeddingOf(trace, terms, found.value)
  if (!embedding.ok) return embedding
  return ok({ box: found.value.box, embedding: embedding.value, livenessOf: (turn) => look.livenessOf(trace, found.value, turn) })
}

type Analyse<Job> = (trace: StageTrace, job: Job) => Promise<FaceOutcome>

const blankScores = (settings: FaceSettings, gallerySize = 0): FaceScores =>
  ({ liveness: null, score: null, margin: null, threshold: limitsFor(gallerySize, settings).matchThreshold, gallerySize })

function refusedFor(settings: FaceSettings, { timings }: StageTrace, { stage, reason, box, liveness }: Refused, memory?: FaceMemory): FaceOutcome {
  return { kind: 'refused', stage, reason, scores: { ...blankScores(settings), liveness }, box, timings, ...(memory === undefined ? {} : { memory }) }
}

/** One picture decided by itself. */
export const createAloneAnalysis = ({ look, gallery, settings }: AnalyseDeps): Analyse<FaceJob> => async (trace, { image, galleryKey }) => {
  const seen = await look.sight(trace, look.atGate(image), livenessNeed(1, settings))
  if (!seen.ok) return refusedFor(settings, trace, seen.error)
  const { box, liveness, embedding } = seen.value
  const { personRef, ...found } = await trace.run('match', () => gallery.match(galleryKey, embedding))
  const decided = verdict({ personRef, ...found }, limitsFor(found.gallerySize, settings))
  const reached = { scores: { ...blankScores(settings, found.gallerySize), ...found, liveness }, box, timings: trace.timings }
  if (decided !== 'matched' || personRef === null) {
    return { kind: 'refused', stage: 'match', reason: decided === 'ambiguous' ? decided : 'not-recognised', ...reached }
  }
  return { kind: 'matched', personRef, ...reached }
}

/** One frame of a passage: decided with those before it of the same face (see track.ts). */
export const createPassageAnalysis = ({ gallery, settings }: Omit<AnalyseDeps, 'look'>): Analyse<PassageJob> => {
  /** A blurred step or a glance aside is no decision about somebody who is being decided about. */
  const unfit = (trace: StageTrace, why: Refused, before: FaceMemory, atMs: number): FaceOutcome => {
    const { box, stage } = why
    const passing = box !== null && before.track !== null && mayBelongTo(before.track, { box, atMs })
    if (!passing) return refusedFor(settings, trace, why, before)
    return { kind: 'undecided', stage, reason: null, scores: blankScores(settings), box, timings: trace.timings, memory: before }
  }
  return async (trace, { see, galleryKey, passage: { atMs, memory: known } }) => {
    const before = known ?? NO_MEMORY
    const seen = await see(trace)
    if (!seen.ok) return unfit(trace, seen.error, before, atMs)
    const { box, embedding, livenessOf } = seen.value

    const { kind, reason, memory, liveness, match } = await passageStep(
      before,
      { box, embedding, atMs },
      {
        logOdds: async (turn) => logOddsOf(await livenessOf(turn)),
        match: (face) => trace.run('match', () => gallery.match(galleryKey, face)),
      },
      settings,
    )
    const { personRef = null, ...scores } = match ?? {}
    const reached = { scores: { ...blankScores(settings, match?.gallerySize), ...scores, liveness }, box, timings: trace.timings, memory }
    if (kind === 'matched') {
      assert(personRef !== null, 'a match without a person')
      return { kind, personRef, ...reached }
    }
    const stage = reason === null ? 'embed' : reason === 'not-live' ? 'liveness' : 'match'
    if (kind === 'undecided') return { kind, stage, reason, ...reached }
    return { kind, stage, reason: reason ?? 'not-recognised', ...reached }
  }
}
