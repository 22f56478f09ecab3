import assert from 'node:assert/strict'
import type { Clock } from '#kernel/clock.js'
import { err, ok, type Result } from '#kernel/result.js'
import { createDecoder } from './decode.js'
import { createDetector } from './detect.js'
import { createEmbedder, type Embedder } from './embed.js'
import type { Gallery } from './gallery.js'
import { createLandmarkFinder, type Landmarks } from './landmark.js'
import { createLivenessCheck } from './liveness.js'
import type { FaceSettings } from './manifest-schema.js'
import { verdict } from './match.js'
import type { FaceNets } from './nets.js'
import { passageStep } from './passage-step.js'
import type { Picture } from './picture.js'
import { chooseFace, enrolRules, flawOf, gateRules, type QualityRules } from './quality.js'
import { createStageTrace, type StageTrace } from './stage-trace.js'
import { NO_MEMORY, livenessNeed, logOddsOf, mayBelongTo, type FaceMemory } from './track.js'
import type { EnrolOutcome, FaceBox, FaceJob, FaceOutcome, FaceRefusal, FaceScores, PassagePlace, Stage } from './types.js'

/** Picture and gallery in, outcome out, on the calling thread. One call at a time: its buffers are shared. */
export interface FacePipeline {
  analyse(job: FaceJob): Promise<FaceOutcome>
  /** @throws where something other than the photo is at fault */
  embed(photo: Uint8Array): Promise<EnrolOutcome>
}

export interface FacePipelineDeps {
  readonly faceNets: FaceNets
  readonly settings: FaceSettings
  readonly gallery: Gallery
  readonly clock: Clock
  /** Told of each stage before it runs. */
  readonly onStage?: (stage: Stage) => void
}

/** What is asked of a picture before its face is looked at, and how that is embedded. */
interface Terms {
  readonly decode: () => Result<Picture, string> | Promise<Result<Picture, string>>
  readonly rules: QualityRules
  readonly embed: Embedder['embed']
}

/** A face that is fit to be looked at. */
interface Found {
  readonly picture: Picture
  readonly box: FaceBox
  readonly landmarks: Landmarks
}

interface Sight {
  readonly box: FaceBox
  readonly liveness: number
  readonly embedding: Float32Array
}

interface Refused {
  readonly stage: Stage
  readonly reason: FaceRefusal
  readonly detail: string
  readonly box: FaceBox | null
  readonly liveness: number | null
}

export function createFacePipeline(deps: FacePipelineDeps): FacePipeline {
  const { faceNets, settings, gallery, clock, onStage = () => {} } = deps
  const { nets, manifest } = faceNets
  const decoder = createDecoder()
  const detector = createDetector(nets.detect, manifest.nets.detect, settings)
  const landmarkFinder = createLandmarkFinder(nets.landmark, manifest.nets.landmark)
  const livenessCheck = createLivenessCheck(nets.liveness, manifest.nets.liveness)
  const embedder = createEmbedder(nets.embed, manifest.nets.embed)

  /** The stages from bytes to a face, for gate and enrolment alike. The first refusal ends it. */
  const find = async (trace: StageTrace, terms: Terms): Promise<Result<Found, Refused>> => {
    const picture = await trace.run('decode', terms.decode)
    if (!picture.ok) return err({ stage: 'decode', reason: 'undecodable', detail: picture.error, box: null, liveness: null })

    const chosen = await trace.run('detect', async () => chooseFace(await detector.detect(picture.value), terms.rules))
    if (!chosen.ok) return err({ stage: 'detect', ...chosen.error, box: null, liveness: null })
    const box = chosen.value

    const landmarks = await trace.run('landmark', () => landmarkFinder.find(picture.value, box))
    const flaw = await trace.run('quality', () => flawOf(box, landmarks, picture.value, terms.rules))
    if (flaw !== undefined) return err({ stage: 'quality', ...flaw, box, liveness: null })
    return ok({ picture: picture.value, box, landmarks })
  }

  const livenessOf = (trace: StageTrace, { picture, box }: Found): Promise<number> =>
    trace.run('liveness', () => livenessCheck.probability(picture, box))

  const embeddingOf = async (trace: StageTrace, { embed }: Terms, { picture, box, landmarks }: Found): Promise<Result<Float32Array, Refused>> => {
    const embedding = await trace.run('embed', () => embed(picture, landmarks.five))
    if (embedding !== undefined) return ok(embedding)
    return err({ stage: 'embed', reason: 'poor-quality', detail: 'the landmarks span no face', box, liveness: null })
  }

  /** One picture alone, up to its embedding. */
  const look = async (trace: StageTrace, terms: Terms, logOddsMin: number): Promise<Result<Sight, Refused>> => {
    const found = await find(trace, terms)
    if (!found.ok) return found
    const { box } = found.value
    const liveness = await livenessOf(trace, found.value)
    if (!(logOddsOf(liveness) >= logOddsMin)) return err({ stage: 'liveness', reason: 'not-live', detail: `live with ${liveness.toFixed(2)}`, box, liveness })
    const embedding = await embeddingOf(trace, terms, found.value)
    return embedding.ok ? ok({ box, liveness, embedding: embedding.value }) : err({ ...embedding.error, liveness })
  }

  const atGate = (image: Uint8Array): Terms => ({ decode: () => decoder.frame(image), rules: gateRules(settings), embed: embedder.embed })
  const blank: FaceScores = { liveness: null, score: null, margin: null, threshold: settings.matchThreshold, gallerySize: 0 }
  const refusedFor = (trace: StageTrace, { stage, reason, box, liveness }: Refused, memory?: FaceMemory): FaceOutcome =>
    ({ kind: 'refused', stage, reason, scores: { ...blank, liveness }, box, timings: trace.timings, ...(memory === undefined ? {} : { memory }) })

  const analyseAlone = async (trace: StageTrace, { image, galleryKey }: FaceJob): Promise<FaceOutcome> => {
    const seen = await look(trace, atGate(image), livenessNeed(1, settings))
    if (!seen.ok) return refusedFor(trace, seen.error)
    const { box, liveness, embedding } = seen.value
    const { personRef, ...found } = await trace.run('match', () => gallery.match(galleryKey, embedding))
    const decided = verdict({ personRef, ...found }, settings)
    const reached = { scores: { ...blank, ...found, liveness }, box, timings: trace.timings }
    if (decided !== 'matched' || personRef === null) {
      return { kind: 'refused', stage: 'match', reason: decided === 'ambiguous' ? decided : 'not-recognised', ...reached }
    }
    return { kind: 'matched', personRef, ...reached }
  }

  /** One frame of a passage: with those before it of the same face (see track.ts). */
  const analyseInPassage = async (trace: StageTrace, { image, galleryKey }: FaceJob, passage: PassagePlace): Promise<FaceOutcome> => {
    const before = passage.memory ?? NO_MEMORY
    const unfit = (why: Refused): FaceOutcome => {
      const { box, stage } = why
      // A blurred step or a glance aside is no decision about somebody who is being decided about.
      const passing = box !== null && before.track !== null && mayBelongTo(before.track, { box, atMs: passage.atMs })
      if (!passing) return refusedFor(trace, why, before)
      return { kind: 'undecided', stage, reason: null, scores: blank, box, timings: trace.timings, memory: before }
    }
    const terms = atGate(image)
    const found = await find(trace, terms)
    if (!found.ok) return unfit(found.error)
    const { box } = found.value
    const embedding = await embeddingOf(trace, terms, found.value)
    if (!embedding.ok) return unfit(embedding.error)

    const { kind, reason, memory, liveness, match } = await passageStep(
      before,
      { box, embedding: embedding.value, atMs: passage.atMs },
      {
        logOdds: async () => logOddsOf(await livenessOf(trace, found.value)),
        match: (face) => trace.run('match', () => gallery.match(galleryKey, face)),
      },
      settings,
    )
    const { personRef = null, ...scores } = match ?? {}
    const reached = { scores: { ...blank, ...scores, liveness }, box, timings: trace.timings, memory }
    if (kind === 'matched') {
      assert(personRef !== null, 'a match without a person')
      return { kind, personRef, ...reached }
    }
    const stage = reason === null ? 'embed' : reason === 'not-live' ? 'liveness' : 'match'
    if (kind === 'undecided') return { kind, stage, reason, ...reached }
    return { kind, stage, reason: reason ?? 'not-recognised', ...reached }
  }

  return {
    async analyse(job) {
      const trace = createStageTrace(clock, onStage)
      try {
        return await (job.passage === undefined ? analyseAlone(trace, job) : analyseInPassage(trace, job, job.passage))
      } catch (error) {
        return { kind: 'failed', stage: trace.stage, message: error instanceof Error ? error.message : String(error), timings: trace.timings }
      }
    },
    async embed(photo) {
      const trace = createStageTrace(clock, onStage)
      // A photo of a photo is how many people enrol: its liveness is told, and decides nothing.
      const seen = await look(trace, { decode: () => decoder.photo(photo), rules: enrolRules(settings), embed: embedder.enrol }, -Infinity)
      if (seen.ok) return { kind: 'template', ...seen.value, timings: trace.timings }
      const { stage, reason, detail } = seen.error
      return { kind: 'refused', stage, reason, detail }
    },
  }
}
