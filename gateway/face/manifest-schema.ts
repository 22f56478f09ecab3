import { Type, type Static, type TProperties } from 'typebox'

const Closed = <Properties extends TProperties>(properties: Properties) => Type.Object(properties, { additionalProperties: false })
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' })
const Name = Type.String({ minLength: 1, maxLength: 64 })
const Prose = Type.String({ minLength: 1, maxLength: 1_000 })
const Pixels = Type.Integer({ minimum: 8, maximum: 2_048 })
const Point = Type.Array(Type.Number({ minimum: 0, maximum: 2_048 }), { minItems: 2, maxItems: 2 })
const unit = { minimum: 0, maximum: 1 }

/** Where weights come from: one published npm tarball, pinned by its content. */
export const SourceSpec = Closed({
  package: Type.String({ pattern: '^(@[a-z0-9._-]+/)?[a-z0-9._-]+$' }),
  version: Type.String({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+[0-9A-Za-z.+-]*$' }),
  /** Subresource integrity of the tarball. */
  integrity: Type.String({ pattern: '^sha512-[A-Za-z0-9+/]{86}==$' }),
  licence: Closed({ stated: Name, holder: Prose, caveat: Prose }),
  trainingData: Prose,
})
export type SourceSpec = Static<typeof SourceSpec>

const Rewrite = Type.Union([Type.Literal('prelu'), Type.Literal('tiny-weights')])
export type Rewrite = Static<typeof Rewrite>

const file = {
  /** Built file beside the manifest, and its digest after the rewrite. */
  file: Type.String({ pattern: '^[a-z0-9_-]+\\.onnx$' }),
  sha256: Sha256,
  from: Closed({
    source: Name,
    path: Type.String({ pattern: '^package/[A-Za-z0-9_./-]+$' }),
    sha256: Sha256,
    /** Changes for speed that leave every output as it is (models/rewrite.ts); none for the file as it is published. */
    rewrites: Type.Array(Rewrite, { maxItems: 8 }),
  }),
}

/** A picture as a net wants it: planes in the order of `channels`, each value (v − subtract) / divide. */
const input = Closed({
  name: Name,
  width: Pixels,
  height: Pixels,
  channels: Type.Union([Type.Literal('RGB'), Type.Literal('BGR'), Type.Literal('luma')]),
  subtract: Type.Number(),
  divide: Type.Number({ exclusiveMinimum: 0 }),
})
export type ImageInput = Static<typeof input>

export const DetectSpec = Closed({
  ...file, input,
  /** Candidates with scores [background, face] and boxes as corners, 0 to 1 of the canvas, already decoded. */
  candidates: Type.Integer({ minimum: 1, maximum: 100_000 }),
  scores: Name,
  boxes: Name,
  /** Grey level of the letterbox borders. */
  border: Type.Integer({ minimum: 0, maximum: 255 }),
})
export type DetectSpec = Static<typeof DetectSpec>

export const LandmarkSpec = Closed({
  ...file, input,
  output: Name,
  /** Points as x, y pairs, 0 to 1 of the crop. */
  points: Type.Integer({ minimum: 5, maximum: 1_000 }),
  /** Side of the square crop in box heights. */
  cropScale: Type.Number({ exclusiveMinimum: 0, maximum: 4 }),
  /** Left eye, right eye, nose tip, left and right mouth corner: each the mean of these points. */
  fivePoints: Type.Array(Type.Array(Type.Integer({ minimum: 0, maximum: 999 }), { minItems: 1, maxItems: 16 }), { minItems: 5, maxItems: 5 }),
})
export type LandmarkSpec = Static<typeof LandmarkSpec>

export const LivenessSpec = Closed({
  ...file, input,
  output: Name,
  classes: Type.Integer({ minimum: 2, maximum: 16 }),
  liveClass: Type.Integer({ minimum: 0, maximum: 15 }),
  /** Does the net see the mirror image, as front cameras give it? */
  mirrored: Type.Boolean(),
  /** How much edges are raised before the net sees them (see filter.ts); 0 leaves the picture as it is. */
  sharpen: Type.Number({ minimum: 0, maximum: 4 }),
  /** The frames of a passage are looked at in these ways in turn, so that one of them alone decides nothing; a picture alone in the first. */
  looks: Type.Array(Closed({
    /** Side of the square crop in box heights. */
    cropScale: Type.Number({ exclusiveMinimum: 0, maximum: 4 }),
    /** How much bytes are moved away from the middle grey, before the input's own normalisation. */
    contrast: Type.Number({ minimum: 0.5, maximum: 3 }),
  }), { minItems: 1, maxItems: 4 }),
})
export type LivenessSpec = Static<typeof LivenessSpec>

export const EmbedSpec = Closed({
  ...file, input,
  output: Name,
  dimensions: Type.Integer({ minimum: 16, maximum: 2_048 }),
  /** Where the five points must come to lie in the input, pixels. */
  template: Type.Array(Point, { minItems: 5, maxItems: 5 }),
})
export type EmbedSpec = Static<typeof EmbedSpec>

/**
 * How near strangers come to the nearest of many persons: the upper tail of each stranger's highest cosine over a passage, as a
 * generalised Pareto distribution. Measured with the weights by `npm run face:eval -- --tail`.
 * @see Coles, An Introduction to Statistical Modeling of Extreme Values, 2001, §4.2
 */
const StrangerTail = Closed({
  /** Persons that each stranger was compared with. */
  persons: Type.Integer({ minimum: 1 }),
  /** Cosine from which on the tail is described, and the part of strangers that reached it. */
  from: Type.Number(unit),
  rate: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  scale: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  /** Below 0 the tail ends, at 0 it is exponential, above 0 it is heavier. */
  shape: Type.Number({ minimum: -1, maximum: 1 }),
})

/** Thresholds. Those of the manifest are calibrated on its weights; a site may override each. */
export const FaceSettings = Closed({
  /** Least cosine from which two faces are the same person, however few persons there are. No site may go below one half. */
  matchThreshold: Type.Number({ minimum: 0.5, maximum: 1 }),
  /** Part of strangers' passages that may be let in: raises the threshold with the number of persons (see threshold.ts). */
  falseAcceptRate: Type.Number({ minimum: 1e-6, maximum: 0.1 }),
  strangerTail: StrangerTail,
  /** By how much the best person must beat every other. */
  marginMin: Type.Number(unit),
  /** The same for a person whom somebody enrolled looks like, permitted at this gate or not. */
  lookAlikeMarginMin: Type.Number(unit),
  /** Part of new persons who may be held up at enrolment as somebody else's face: raises `duplicateMin` with the number of persons. */
  duplicateRate: Type.Number({ minimum: 1e-6, maximum: 0.1 }),
  /** Least cosine of two persons' templates from which they count as one person's, however few persons there are. */
  duplicateMin: Type.Number(unit),
  /** Cosine from which two persons' templates count as those of people who look alike. */
  lookAlikeMin: Type.Number(unit),
  /** Probability of "live": of the mean log-odds over `framesMax` frames of a passage. */
  livenessMin: Type.Number(unit),
  /** Log-odds that one frame, or a picture alone, needs beyond `livenessMin`; with every further frame less, none at `framesMax`. */
  livenessEarly: Type.Number({ minimum: 0, maximum: 20 }),
  /** Frames of a passage by which a face must have been shown to be live, and by which a live one must have been recognised. */
  framesMax: Type.Integer({ minimum: 1, maximum: 10 }),
  recogniseFramesMax: Type.Integer({ minimum: 1, maximum: 100 }),
  /** Cosine to the mean of a passage's face from which a frame's is the same. */
  alikeMin: Type.Number(unit),
  /** Without a frame of its face for so long a passage is over, milliseconds. */
  gapMsMax: Type.Integer({ minimum: 200, maximum: 10_000 }),
  /** Pause before the next attempt of a face that was not shown to be live: the first, doubled each time, up to the last. */
  coolDownMs: Type.Integer({ minimum: 0, maximum: 60_000 }),
  coolDownMsMax: Type.Integer({ minimum: 0, maximum: 600_000 }),
  /** Height of the detected box in pixels of the picture, at a gate and at enrolment. */
  faceHeightPxMin: Type.Integer({ minimum: 16, maximum: 2_000 }),
  enrolFaceHeightPxMin: Type.Integer({ minimum: 16, maximum: 2_000 }),
  detectScoreMin: Type.Number(unit),
  /** Overlap (intersection over union) above which two boxes are one face. */
  detectOverlapMax: Type.Number(unit),
  /** How many times as high as the next the nearest face must be, at a gate and at enrolment; else the picture is refused. */
  dominanceMin: Type.Number({ minimum: 1, maximum: 10 }),
  enrolDominanceMin: Type.Number({ minimum: 1, maximum: 10 }),
  /** Part of the box that must lie inside the picture. */
  insideMin: Type.Number(unit),
  /** Nose tip off the middle between the eyes, in eye distances, at a gate and at enrolment: 0 is frontal. */
  turnMax: Type.Number({ minimum: 0, maximum: 2 }),
  enrolTurnMax: Type.Number({ minimum: 0, maximum: 2 }),
  /** Contrast of edges in the landmark crop (see quality.ts), at a gate and at enrolment. */
  sharpnessMin: Type.Number(unit),
  enrolSharpnessMin: Type.Number(unit),
})
export type FaceSettings = Static<typeof FaceSettings>

export const ModelManifest = Closed({
  formatVersion: Type.Literal(1),
  /** Names weights and pre-processing together; whoever changes either gives a new one. */
  modelId: Name,
  sources: Type.Record(Name, SourceSpec),
  nets: Closed({ detect: DetectSpec, landmark: LandmarkSpec, liveness: LivenessSpec, embed: EmbedSpec }),
  settings: FaceSettings,
})
export type ModelManifest = Static<typeof ModelManifest>
export const NET_ROLES = ['detect', 'landmark', 'liveness', 'embed'] as const
export type NetRole = (typeof NET_ROLES)[number]
