import type { FaceMemory } from './track.js'

/** Stages of one frame, in order. */
export const STAGES = ['decode', 'detect', 'landmark', 'quality', 'liveness', 'embed', 'match'] as const
export type Stage = (typeof STAGES)[number]
/** Milliseconds by stage that ran. */
export type StageTimings = Partial<Record<Stage, number>>

export type FaceRefusal =
  | 'undecodable' | 'no-face' | 'many-faces' | 'face-too-small' | 'poor-quality' | 'not-live' | 'not-recognised' | 'ambiguous'

/** Corners in pixels of the decoded picture; may lie outside it. */
export interface FaceBox {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  /** Detector's confidence, 0 to 1. */
  readonly score: number
}

/** What makes a face fit to be compared. */
export interface FaceQuality {
  /** Part of the box's area that lies in the picture, 0 to 1. */
  readonly inside: number
  /** How far the nose tip lies from the middle between the eyes, in eye distances; 0 is frontal. */
  readonly turn: number
  /** Mean edge strength over the standard deviation of luma. */
  readonly sharpness: number
}

/** Scores that were reached, null where the frame was refused before them. */
export interface FaceScores {
  /** Mean probability of class "live". */
  readonly liveness: number | null
  /** Cosine to the nearest person's template. */
  readonly score: number | null
  /** By how much it beats every other person's; 2 where there is no other. */
  readonly margin: number | null
  /** That of the match, which rises with the number of persons. */
  readonly threshold: number
  /** Persons compared with. */
  readonly gallerySize: number
  /** There where the person has look-alikes: `margin` counts them too, and more of it was needed. */
  readonly lookAlike?: true
}

/** `memory` is for the camera's next frame; it is there where the job said of which passage its picture is. */
interface Reached {
  readonly scores: FaceScores
  readonly timings: StageTimings
  readonly memory?: FaceMemory
}

/**
 * A refusal is a value with a stage and a reason; only `failed` is a defect. `undecided`: no decision with this frame,
 * because the next may bring one (`reason` is what stands in the way), or because this frame adds nothing: the attempt of
 * its face is over, or it shows the face badly (null).
 */
export type FaceOutcome =
  | { readonly kind: 'matched'; readonly personRef: string; readonly box: FaceBox } & Reached
  | { readonly kind: 'undecided'; readonly stage: Stage; readonly reason: FaceRefusal | null; readonly box: FaceBox } & Reached
  | { readonly kind: 'refused'; readonly stage: Stage; readonly reason: FaceRefusal; readonly box: FaceBox | null } & Reached
  | { readonly kind: 'failed'; readonly stage: Stage; readonly message: string; readonly timings: StageTimings }

export interface FaceJob {
  /** JPEG bytes. The engine takes the buffer over; the caller may not use it again. */
  readonly image: Uint8Array
  /** The set of persons to compare with (see `FaceGallery.permit`); an unknown key is an empty set. */
  readonly galleryKey: string
  /** Where the picture stands among those of its camera; absent where it is decided about alone. */
  readonly passage?: PassagePlace
}

/** A picture to be looked at where there is no gallery. */
export interface LookJob {
  /** JPEG bytes. The engine takes the buffer over; the caller may not use it again. */
  readonly image: Uint8Array
  /** A face that is less high is not looked at; null for what the manifest says. */
  readonly faceHeightPxMin: number | null
}

/**
 * What one frame shows, measured where it was looked at and decided about elsewhere. `boxes`: the highest first. `liveness`: once for
 * each way of looking that the manifest has, since which of them counts only the passage says.
 */
export type FaceLook =
  | {
    readonly kind: 'seen'; readonly boxes: readonly FaceBox[]; readonly quality: FaceQuality; readonly liveness: readonly number[]
    readonly embedding: Float32Array; readonly timings: StageTimings
  }
  | { readonly kind: 'refused'; readonly stage: Stage; readonly reason: FaceRefusal; readonly boxes: readonly FaceBox[]; readonly timings: StageTimings }
  | { readonly kind: 'failed'; readonly stage: Stage; readonly message: string; readonly timings: StageTimings }

/** As `FaceJob`, with what was seen in the place of the picture. */
export interface JudgeJob {
  readonly look: FaceLook
  readonly galleryKey: string
  readonly passage: PassagePlace
}

export interface PassagePlace {
  /** Receipt of the frame, on a monotonic clock. */
  readonly atMs: number
  /** Of the camera's frame before; null for its first. */
  readonly memory: FaceMemory | null
}

export interface Template {
  readonly personRef: string
  /** L2-normalised, `FaceModelInfo.dimensions` floats. */
  readonly embedding: Float32Array
}

export type EnrolOutcome =
  | { readonly kind: 'template'; readonly embedding: Float32Array; readonly liveness: number; readonly box: FaceBox; readonly timings: StageTimings }
  | { readonly kind: 'refused'; readonly stage: Stage; readonly reason: FaceRefusal; readonly detail: string }

/** Somebody who is enrolled and whose face is like another: `same` counts as one person, `alike` needs more at a gate. */
export interface Resemblance {
  readonly personRef: string
  /** Cosine of the two persons' templates. */
  readonly score: number
  readonly kind: 'same' | 'alike'
}

export interface FaceModelInfo {
  /** Names the weights and the pre-processing: templates of another id cannot be compared. */
  readonly modelId: string
  /** SHA-256 over the manifest's file digests, hex. */
  readonly digest: string
  readonly dimensions: number
}

/** Who can be matched. Every promise resolves once all workers hold the change. */
export interface FaceGallery {
  /**
   * Replaces one person's templates; none removes the person.
   * @param lookAlikes persons whom this one is hard to tell from: replaces all pairs of the person, none where left out
   */
  setPerson(personRef: string, embeddings: readonly Float32Array[], lookAlikes?: readonly string[]): Promise<void>
  removePerson(personRef: string): Promise<void>
  /** Replaces the set of persons compared with under `galleryKey`. */
  permit(galleryKey: string, personRefs: readonly string[]): Promise<void>
  /** Persons with at least one template. */
  size(): number
}

/** The one port to everything that looks at a picture. Inference never runs on the caller's thread. */
export interface FaceEngine extends FaceGallery {
  start(): Promise<FaceModelInfo>
  stop(): Promise<void>
  /** Never rejects for a bad picture or a dying worker: those are outcomes. */
  analyse(job: FaceJob): Promise<FaceOutcome>
  /** One photo for enrolment: JPEG, PNG or WebP. Same decoder, crop and nets as `analyse`. @throws GW_FACE_ENGINE where its worker died */
  embed(photo: Uint8Array): Promise<EnrolOutcome>
  /**
   * Whom a person's new templates resemble, of everybody in the gallery, permitted anywhere or not; the nearest first.
   * @throws GW_FACE_ENGINE where its worker died, GW_FACE_TEMPLATE
   */
  resembling(personRef: string, embeddings: readonly Float32Array[]): Promise<readonly Resemblance[]>
  /** Frames that can start at once; more are better dropped than queued. */
  readonly workers: number
  status(): FaceEngineStatus
}

/** A face engine whose looking and deciding can be done in two processes: what `look` gave in one, `judge` takes in another. */
export interface SplitFaceEngine extends FaceEngine {
  /** Needs no gallery. Never rejects. */
  look(job: LookJob): Promise<FaceLook>
  /** Gives what `analyse` would have given for the picture. Never rejects. */
  judge(job: JudgeJob): Promise<FaceOutcome>
}

export interface FaceEngineStatus {
  readonly workersReady: number
  readonly restarts: number
  readonly inFlight: number
}
