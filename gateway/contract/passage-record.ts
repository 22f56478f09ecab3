import { Type, type Static } from 'typebox'
import { recordCommon, RecordMs, StageTimingsV1 } from './record-common.js'
import { Closed, Nullable, ShortText, Slug, UuidText } from './wire-types.js'

/** How somebody came before a gate. `guard`: opened at the estate's desk; `remote`: at the server; `terminal-face`: a terminal that matches by itself. */
export const WAYS = ['face', 'card', 'qr', 'pin', 'guard', 'remote', 'terminal-face'] as const
export type Way = (typeof WAYS)[number]

export const DIRECTIONS = ['in', 'out'] as const
export type Direction = (typeof DIRECTIONS)[number]

export const REFUSAL_REASONS = [
  'undecodable', 'no-face', 'many-faces', 'face-too-small', 'poor-quality', 'not-live', 'not-recognised', 'ambiguous',
  'no-permit', 'outside-validity', 'stale-frame', 'controller-offline', 'gate-unknown', 'engine-failed',
  'second-factor', 'unknown-credential', 'blocked-credential', 'malformed-code', 'expired-code', 'repeated-code', 'wrong-pin', 'locked-out',
  'visit-over', 'quota-used', 'outside-schedule', 'kept-locked', 'anti-passback', 'interlocked', 'area-full', 'stale-roster', 'terminal-refused',
] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]

/** Let in, but worth a look. `late-report`: the device tells of it after it was over. */
export const PASSAGE_REMARKS = ['anti-passback', 'clock-suspect', 'duress', 'late-report', 'stale-roster', 'raised-threshold'] as const

/** Why the desk or a manager opened by hand; free text stays in erasable tables. */
export const OVERRIDE_REASONS = ['visitor', 'delivery', 'forgot-credential', 'not-recognised', 'mobility', 'maintenance', 'emergency', 'other'] as const
export type OverrideReason = (typeof OVERRIDE_REASONS)[number]

/** One decision before a gate, whatever the way. Fields that a way does not have are null. */
export const PassageV2 = Closed({
  kind: Type.Literal('passage.v2'), ...recordCommon,
  passageId: UuidText,
  gateId: Slug,
  /** The camera, reader or terminal; null where somebody opened by hand. */
  deviceId: Nullable(Slug),
  /** The frame or the presentation that was decided about. */
  seenId: Nullable(UuidText),
  way: Type.Enum(WAYS),
  direction: Type.Enum(DIRECTIONS),
  result: Type.Union([Type.Literal('granted'), Type.Literal('refused')]),
  reason: Nullable(Type.Enum(REFUSAL_REASONS)),
  remarks: Type.Array(Type.Enum(PASSAGE_REMARKS), { maxItems: 6 }),
  personRef: Nullable(UuidText),
  permitId: Nullable(UuidText),
  credentialId: Nullable(UuidText),
  visitId: Nullable(UuidText),
  /** Who opened by hand, and why. */
  operatorRef: Nullable(UuidText),
  override: Nullable(Type.Enum(OVERRIDE_REASONS)),
  /** Cosine to the best template, and how far it beats the best of another person. */
  score: Nullable(Type.Number({ minimum: -1, maximum: 1 })),
  margin: Nullable(Type.Number({ minimum: 0, maximum: 2 })),
  threshold: Nullable(Type.Number({ minimum: 0, maximum: 1 })),
  liveness: Nullable(Type.Number({ minimum: 0, maximum: 1 })),
  /** Persons the face was compared with: those permitted at this gate. */
  gallerySize: Nullable(Type.Integer({ minimum: 0, maximum: 10_000_000 })),
  modelId: Nullable(ShortText),
  /** Age of what was decided about, at the decision. */
  ageMs: Nullable(RecordMs),
  /** From the first sight of this person at the gate to the decision: what the person waited. */
  waitMs: Nullable(RecordMs),
  /** Presentations or frames until the decision, this one included. */
  attempts: Type.Integer({ minimum: 1, maximum: 1_000 }),
  timings: StageTimingsV1,
})
export type PassageV2 = Static<typeof PassageV2>
