import type { Clock } from '#kernel/clock.js'
import { createAloneAnalysis, createPassageAnalysis, seeHere } from './analyse.js'
import type { Gallery } from './gallery.js'
import { createLook } from './look.js'
import type { FaceSettings } from './manifest-schema.js'
import type { FaceNets } from './nets.js'
import { lookAtFrame, seenElsewhere } from './split-look.js'
import { createStageTrace, type StageTrace } from './stage-trace.js'
import type { EnrolOutcome, FaceJob, FaceLook, FaceOutcome, JudgeJob, LookJob, Stage } from './types.js'

/** Picture and gallery in, outcome out, on the calling thread. One call at a time: its buffers are shared. */
export interface FacePipeline {
  analyse(job: FaceJob): Promise<FaceOutcome>
  /** See `SplitFaceEngine`. */
  look(job: LookJob): Promise<FaceLook>
  judge(job: JudgeJob): Promise<FaceOutcome>
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

export function createFacePipeline({ faceNets, settings, gallery, clock, onStage = () => {} }: FacePipelineDeps): FacePipeline {
  const look = createLook(faceNets, settings)
  const alone = createAloneAnalysis({ look, gallery, settings })
  const inPassage = createPassageAnalysis({ gallery, settings })
  const failed = (trace: StageTrace, error: unknown) =>
    ({ kind: 'failed', stage: trace.stage, message: error instanceof Error ? error.message : String(error), timings: trace.timings }) as const
  return {
    async analyse(job) {
      const trace = createStageTrace(clock, onStage)
      try {
        const { image, galleryKey, passage } = job
        return await (passage === undefined ? alone(trace, job) : inPassage(trace, { see: seeHere(look, image), galleryKey, passage }))
      } catch (error) {
        return failed(trace, error)
      }
    },
    async look(job) {
      const trace = createStageTrace(clock, onStage)
      try {
        return await lookAtFrame(look, trace, job, faceNets.manifest.nets.liveness.looks.length)
      } catch (error) {
        return failed(trace, error)
      }
    },
    async judge({ look: seen, galleryKey, passage }) {
      if (seen.kind === 'failed') return seen
      const trace = createStageTrace(clock, onStage)
      try {
        const outcome = await inPassage(trace, { see: seenElsewhere(seen, settings), galleryKey, passage })
        return { ...outcome, timings: { ...seen.timings, ...outcome.timings } }
      } catch (error) {
        return failed(trace, error)
      }
    },
    async embed(photo) {
      const trace = createStageTrace(clock, onStage)
      // A photo of a photo is how many people enrol: its liveness is told, and decides nothing.
      const seen = await look.sight(trace, look.atEnrolment(photo), -Infinity)
      if (seen.ok) return { kind: 'template', ...seen.value, timings: trace.timings }
      const { stage, reason, detail } = seen.error
      return { kind: 'refused', stage, reason, detail }
    },
  }
}
