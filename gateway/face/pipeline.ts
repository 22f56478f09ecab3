import type { Clock } from '#kernel/clock.js'
import { err, ok, type Result } from '#kernel/result.js'
import { createDecoder } from './decode.js'
import { createDetector } from './detect.js'
import { createEmbedder } from './embed.js'
import type { Gallery } from './gallery.js'
import { createLandmarkFinder } from './landmark.js'
import { createLivenessCheck } from './liveness.js'
import type { FaceSettings } from './manifest-schema.js'
import { verdict } from './match.js'
import type { FaceNets } from './nets.js'
import type { Picture } from './picture.js'
import { chooseFace, enrolRules, flawOf, gateRules, type QualityRules } from './quality.js'
import { createStageTrace, type StageTrace } from './stage-trace.js'
import type { EnrolOutcome, FaceBox, FaceJob, FaceOutcome, FaceRefusal, FaceScores, Stage } from './types.js'

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

/** What is asked of a picture before its face is embedded. */
interface Terms {
  readonly decode: () => Result<Picture, string> | Promise<Result<Picture, string>>
  readonly rules: QualityRules
  readonly livenessMin: number
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

  /** The stages from bytes to embedding, for gate and enrolment alike. The first refusal ends it. */
  const look = async (trace: StageTrace, terms: Terms): Promise<Result<Sight, Refused>> => {
    const picture = await trace.run('decode', terms.decode)
    if (!picture.ok) return err({ stage: 'decode', reason: 'undecodable', detail: picture.error, box: null, liveness: null })

    const chosen = await trace.run('detect', async () => chooseFace(await detector.detect(picture.value), terms.rules))
    if (!chosen.ok) return err({ stage: 'detect', ...chosen.error, box: null, liveness: null })
    const box = chosen.value

    const landmarks = await trace.run('landmark', () => landmarkFinder.find(picture.value, box))
    const flaw = await trace.run('quality', () => flawOf(box, landmarks, picture.value, terms.rules))
    if (flaw !== undefined) return err({ stage: 'quality', ...flaw, box, liveness: null })

    const liveness = await trace.run('liveness', () => livenessCheck.probability(picture.value, box))
    if (!(liveness >= terms.livenessMin)) return err({ stage: 'liveness', reason: 'not-live', detail: `live with ${liveness.toFixed(2)}`, box, liveness })

    const embedding = await trace.run('embed', () => embedder.embed(picture.value, landmarks.five))
    if (embedding === undefined) return err({ stage: 'embed', reason: 'poor-quality', detail: 'the landmarks span no face', box, liveness })
    return ok({ box, liveness, embedding })
  }

  const analyse = async (trace: StageTrace, { image, galleryKey }: FaceJob): Promise<FaceOutcome> => {
    const scores: FaceScores = { liveness: null, score: null, margin: null, threshold: settings.matchThreshold, gallerySize: 0 }
    const seen = await look(trace, { decode: () => decoder.frame(image), rules: gateRules(settings), livenessMin: settings.livenessMin })
    if (!seen.ok) {
      const { stage, reason, box, liveness } = seen.error
      return { kind: 'refused', stage, reason, scores: { ...scores, liveness }, box, timings: trace.timings }
    }
    const { box, liveness, embedding } = seen.value
    const { personRef, ...found } = await trace.run('match', () => gallery.match(galleryKey, embedding))
    const decided = verdict({ personRef, ...found }, settings)
    const reached = { scores: { ...scores, ...found, liveness }, box, timings: trace.timings }
    if (decided !== 'matched' || personRef === null) {
      return { kind: 'refused', stage: 'match', reason: decided === 'ambiguous' ? decided : 'not-recognised', ...reached }
    }
    return { kind: 'matched', personRef, ...reached }
  }

  return {
    async analyse(job) {
      const trace = createStageTrace(clock, onStage)
      try {
        return await analyse(trace, job)
      } catch (error) {
        return { kind: 'failed', stage: trace.stage, message: error instanceof Error ? error.message : String(error), timings: trace.timings }
      }
    },
    async embed(photo) {
      const trace = createStageTrace(clock, onStage)
      // A photo of a photo is how many people enrol: its liveness is told, and decides nothing.
      const seen = await look(trace, { decode: () => decoder.photo(photo), rules: enrolRules(settings), livenessMin: 0 })
      if (seen.ok) return { kind: 'template', ...seen.value, timings: trace.timings }
      const { stage, reason, detail } = seen.error
      return { kind: 'refused', stage, reason, detail }
    },
  }
}
