import { Type, type Static } from 'typebox'
import { Base64Text, Closed, MonoMs, Nullable, Sha256Hex, ShortText, Slug, UuidText } from './wire-types.js'

/** Largest embedding, bytes: 2 048 values of four bytes. */
const EMBEDDING_BYTES_MAX = 8_192
/** Faces of one picture that are told of, the largest first. */
export const LOOK_BOXES_MAX = 16
/** Ways in which liveness looks at a face (see the model manifest). */
const LIVENESS_LOOKS_MAX = 4

/**
 * One frame of one camera, to the one face worker that the camera belongs to; the JPEG follows the header. It goes over the
 * estate's own network only, by mutual TLS, is never retained, and a worker keeps none.
 */
export const FaceFrameHeaderV1 = Closed({
  v: Type.Literal(1),
  /** Made anew for every frame that is sent out: an answer to it counts once, and none counts without it. */
  jobId: UuidText,
  cameraId: Slug,
  frameId: UuidText,
  /** The camera's claim, as it stood in its frame. */
  capturedMonoMs: MonoMs,
  /** A face that is less high is not looked at, pixels; null for what the manifest says. */
  faceHeightPxMin: Nullable(Type.Integer({ minimum: 16, maximum: 2_000 })),
  mime: Type.Literal('image/jpeg'),
})
export type FaceFrameHeaderV1 = Static<typeof FaceFrameHeaderV1>

/** Corners in pixels of the decoded picture; may lie outside it. */
export const LookBoxV1 = Closed({
  left: Type.Number({ minimum: -1e5, maximum: 1e5 }),
  top: Type.Number({ minimum: -1e5, maximum: 1e5 }),
  right: Type.Number({ minimum: -1e5, maximum: 1e5 }),
  bottom: Type.Number({ minimum: -1e5, maximum: 1e5 }),
  score: Type.Number({ minimum: 0, maximum: 1 }),
})

/** What was measured of the largest face. */
export const LookFaceV1 = Closed({
  quality: Closed({
    /** Part of the box that lies in the picture. */
    inside: Type.Number({ minimum: 0, maximum: 1 }),
    /** How far the nose lies from the middle between the eyes, in eye distances. */
    turn: Type.Number({ minimum: 0, maximum: 1e3 }),
    sharpness: Type.Number({ minimum: 0, maximum: 1e3 }),
  }),
  /** Probability of "live", once for each way of looking, in the order of the model manifest. */
  liveness: Type.Array(Type.Number({ minimum: 0, maximum: 1 }), { minItems: 1, maxItems: LIVENESS_LOOKS_MAX }),
  /** 32-bit floats, little-endian, of length one together. */
  embedding: Base64Text(EMBEDDING_BYTES_MAX),
})

export const LOOK_STAGES = ['decode', 'detect', 'landmark', 'quality', 'liveness', 'embed'] as const
export const LOOK_REFUSALS = ['undecodable', 'no-face', 'many-faces', 'face-too-small', 'poor-quality'] as const
const StageMs = Type.Optional(Type.Number({ minimum: 0, maximum: 60_000 }))

/**
 * What a face worker saw in a frame: measurements, and no decision. Whom the face belongs to it cannot say, for it holds
 * no template.
 */
export const FaceLookV1 = Closed({
  v: Type.Literal(1),
  jobId: UuidText,
  cameraId: Slug,
  frameId: UuidText,
  capturedMonoMs: MonoMs,
  modelId: ShortText,
  /** Names the weights: embeddings of others cannot be compared. */
  modelDigest: Sha256Hex,
  outcome: Type.Enum(['seen', 'refused', 'failed']),
  /** Where a refusal or a failure came; null where the face was seen. */
  stage: Nullable(Type.Enum(LOOK_STAGES)),
  /** There exactly where refused. */
  reason: Nullable(Type.Enum(LOOK_REFUSALS)),
  boxes: Type.Array(LookBoxV1, { maxItems: LOOK_BOXES_MAX }),
  /** There exactly where seen. */
  face: Nullable(LookFaceV1),
  /** Milliseconds of each stage that ran. */
  timings: Closed({ decode: StageMs, detect: StageMs, landmark: StageMs, quality: StageMs, liveness: StageMs, embed: StageMs }),
})
export type FaceLookV1 = Static<typeof FaceLookV1>
