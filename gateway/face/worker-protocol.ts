import type { FaceSettings } from './manifest-schema.js'
import {
  STAGES, type EnrolOutcome, type FaceJob, type FaceLook, type FaceModelInfo, type FaceOutcome, type JudgeJob, type LookJob, type Resemblance, type Stage,
} from './types.js'

/** Given to a worker thread when it starts. */
export interface WorkerSetup {
  readonly manifestPath: string
  readonly settings: Partial<FaceSettings>
  /** One Int32 that holds the index of the stage the worker is in: the only word left of one that died. */
  readonly stageCell: SharedArrayBuffer
}

/** A change to the gallery that every worker must take over. No embeddings: the person goes. */
export type GalleryChange =
  | { readonly kind: 'person'; readonly personRef: string; readonly embeddings: readonly Float32Array[]; readonly lookAlikes: readonly string[] }
  | { readonly kind: 'permit'; readonly galleryKey: string; readonly personRefs: readonly string[] }

/** A picture has memory of its own, which moves to the worker. */
export type Job =
  | { readonly kind: 'analyse' } & FaceJob
  | { readonly kind: 'look' } & LookJob
  | { readonly kind: 'judge' } & JudgeJob
  | { readonly kind: 'embed'; readonly photo: Uint8Array }
  | { readonly kind: 'compare'; readonly personRef: string; readonly embeddings: readonly Float32Array[] }

/**
 * A worker has at most one job; changes it takes over at any time, in the order of their sending. At `stop` it finishes its
 * job and ends: a thread must never be ended from outside while native code runs in it (see worker-slot.ts).
 */
export type ToWorker =
  | { readonly kind: 'stop' }
  | { readonly kind: 'job'; readonly job: Job }
  | { readonly kind: 'change'; readonly changeId: number; readonly change: GalleryChange }

export type JobResult =
  | { readonly kind: 'analysed'; readonly outcome: FaceOutcome }
  | { readonly kind: 'looked'; readonly look: FaceLook }
  | { readonly kind: 'embedded'; readonly outcome: EnrolOutcome }
  | { readonly kind: 'compared'; readonly resemblances: readonly Resemblance[] }
  /** No answer about the picture: a defect, or the worker is gone. */
  | { readonly kind: 'lost'; readonly stage: Stage; readonly message: string }

export type FromWorker =
  | { readonly kind: 'ready'; readonly info: FaceModelInfo }
  | { readonly kind: 'start-failed'; readonly code: string | null; readonly message: string; readonly details: Readonly<Record<string, unknown>> }
  | { readonly kind: 'changed'; readonly changeId: number }
  | { readonly kind: 'done'; readonly result: JobResult }

export const stageIndex = (stage: Stage): number => STAGES.indexOf(stage)
export const stageAt = (index: number): Stage => STAGES[index] ?? 'decode'
