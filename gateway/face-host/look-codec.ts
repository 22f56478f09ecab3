import { type FaceFrameHeaderV1, type FaceLookV1, LOOK_BOXES_MAX, LOOK_REFUSALS, LOOK_STAGES } from '#contract/face-messages.js'
import { type Result, err, ok } from '#kernel/result.js'
import type { FaceBox, FaceLook, FaceModelInfo, StageTimings } from '../face/types.js'

const FLOAT_BYTES = 4

/** 32-bit floats, little-endian, as base64. */
function embeddingText(embedding: Float32Array): string {
  const bytes = Buffer.alloc(embedding.length * FLOAT_BYTES)
  for (const [index, value] of embedding.entries()) bytes.writeFloatLE(value, index * FLOAT_BYTES)
  return bytes.toString('base64')
}

/** Refuses what is no whole number of floats, or is no number. */
export function embeddingOf(text: string): Result<Float32Array, string> {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === 0 || bytes.length % FLOAT_BYTES !== 0) return err(`an embedding of ${bytes.length} bytes`)
  const embedding = Float32Array.from({ length: bytes.length / FLOAT_BYTES }, (_, index) => bytes.readFloatLE(index * FLOAT_BYTES))
  return embedding.every(Number.isFinite) ? ok(embedding) : err('an embedding of something other than numbers')
}

/** Rounding may carry a part a hair over the whole. */
const part = (value: number): number => Math.max(0, Math.min(1, value))
const boxText = ({ left, top, right, bottom, score }: FaceBox): FaceBox => ({ left, top, right, bottom, score: part(score) })
/** As far as the message has a place for it. */
const known = <Word extends string>(words: readonly Word[], word: string): Word | null => words.find((one) => one === word) ?? null

const timingsText = (timings: StageTimings): FaceLookV1['timings'] =>
  Object.fromEntries(LOOK_STAGES.flatMap((stage) => (timings[stage] === undefined ? [] : [[stage, Math.min(timings[stage], 60_000)]])))

/** The answer to a frame. What a failure was stays in the worker's own log. */
export function messageOfLook(look: FaceLook, { jobId, cameraId, frameId, capturedMonoMs }: FaceFrameHeaderV1, { modelId, digest }: FaceModelInfo): FaceLookV1 {
  const common = { v: 1, jobId, cameraId, frameId, capturedMonoMs, modelId, modelDigest: digest, timings: timingsText(look.timings) } as const
  if (look.kind === 'failed') return { ...common, outcome: 'failed', stage: known(LOOK_STAGES, look.stage), reason: null, boxes: [], face: null }
  const boxes = look.boxes.slice(0, LOOK_BOXES_MAX).map(boxText)
  if (look.kind === 'refused') return { ...common, outcome: 'refused', stage: known(LOOK_STAGES, look.stage), reason: known(LOOK_REFUSALS, look.reason), boxes, face: null }
  const { inside, turn, sharpness } = look.quality
  const face = { quality: { inside: part(inside), turn, sharpness }, liveness: look.liveness.map(part), embedding: embeddingText(look.embedding) }
  return { ...common, outcome: 'seen', stage: null, reason: null, boxes, face }
}

/** What a worker saw, from its message. Refuses a message whose fields contradict one another. */
export function lookOfMessage({ outcome, stage, reason, boxes, face, timings }: FaceLookV1): Result<FaceLook, string> {
  if (outcome === 'seen') {
    if (face === null || stage !== null || reason !== null || boxes.length === 0) return err('seen, and no whole face')
    const embedding = embeddingOf(face.embedding)
    return embedding.ok ? ok({ kind: 'seen', boxes, quality: face.quality, liveness: face.liveness, embedding: embedding.value, timings }) : embedding
  }
  if (face !== null || stage === null) return err(`${outcome}, and a face or no stage`)
  if (outcome === 'failed') return reason === null ? ok({ kind: 'failed', stage, message: 'the face worker could not look', timings }) : err('failed, and a reason to refuse')
  return reason === null ? err('refused, and no reason') : ok({ kind: 'refused', stage, reason, boxes, timings })
}
