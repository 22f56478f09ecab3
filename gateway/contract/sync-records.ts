import { Type, type Static } from 'typebox'
import { COMMAND_REFUSALS, DOOR_EVENT_TYPES } from './device-messages.js'
import { Closed, DoorNo, MonoMs, Sha256Hex, ShortText, Slug, UuidText, WallMs } from './wire-types.js'

/**
 * What a gateway tells the server: pseudonymous records of its append-only log. A person is a `personRef`; no
 * record has a name, a picture or a template, so erasing a person never breaks the chain.
 */
const common = {
  recordId: UuidText,
  /** The gateway's wall clock; order comes from (gateway, epoch, seq) alone. */
  occurredAtMs: WallMs,
  monoMs: MonoMs,
  /** Life of the gateway process that wrote it. */
  bootId: UuidText,
}

export const REFUSAL_REASONS = [
  'undecodable', 'no-face', 'many-faces', 'face-too-small', 'poor-quality', 'not-live', 'not-recognised', 'ambiguous',
  'no-permit', 'outside-validity', 'stale-frame', 'controller-offline', 'gate-unknown', 'engine-failed',
] as const
export type RefusalReason = (typeof REFUSAL_REASONS)[number]

const Milliseconds = Type.Number({ minimum: 0, maximum: 600_000 })
/** Milliseconds by stage: decode, detect, landmark, quality, liveness, embed, match, queue, decide, commit. */
export const StageTimingsV1 = Type.Record(Type.String({ pattern: '^[a-z-]{1,16}$' }), Milliseconds, { maxProperties: 16, additionalProperties: false })

/** One decision about a person before a gate. */
export const PassageV1 = Closed({
  kind: Type.Literal('passage.v1'), ...common,
  passageId: UuidText,
  gateId: Slug,
  deviceId: Slug,
  frameId: Type.Union([Type.Null(), UuidText]),
  way: Type.Literal('face'),
  result: Type.Union([Type.Literal('granted'), Type.Literal('refused')]),
  reason: Type.Union([Type.Null(), Type.Enum(REFUSAL_REASONS)]),
  personRef: Type.Union([Type.Null(), UuidText]),
  permitId: Type.Union([Type.Null(), UuidText]),
  /** Cosine to the best template, and how far it beats the best of another person. */
  score: Type.Union([Type.Null(), Type.Number({ minimum: -1, maximum: 1 })]),
  margin: Type.Union([Type.Null(), Type.Number({ minimum: 0, maximum: 2 })]),
  threshold: Type.Union([Type.Null(), Type.Number({ minimum: 0, maximum: 1 })]),
  liveness: Type.Union([Type.Null(), Type.Number({ minimum: 0, maximum: 1 })]),
  /** Persons the face was compared with: those permitted at this gate. */
  gallerySize: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
  modelId: ShortText,
  frameAgeMs: Milliseconds,
  timings: StageTimingsV1,
})
export type PassageV1 = Static<typeof PassageV1>

/** A command that was committed before it was sent. */
export const DoorCommandIssuedV1 = Closed({
  kind: Type.Literal('door-command.v1'), ...common,
  commandId: UuidText, passageId: UuidText, gateId: Slug, deviceId: Slug, deviceBootId: UuidText, doorNo: DoorNo, deadlineMonoMs: MonoMs,
})

/** The controller's answer, or `no-answer` once its deadline passed in silence. */
export const CommandOutcomeV1 = Closed({
  kind: Type.Literal('command-outcome.v1'), ...common,
  commandId: UuidText, passageId: UuidText, gateId: Slug, deviceId: Slug,
  outcome: Type.Union([Type.Literal('executed'), Type.Literal('refused'), Type.Literal('no-answer')]),
  reason: Type.Union([Type.Null(), Type.Enum(COMMAND_REFUSALS)]),
  /** Receipt of the frame to receipt of the answer, on the gateway's monotonic clock. */
  latencyMs: Type.Union([Type.Null(), Milliseconds]),
})

export const DoorEventRecordV1 = Closed({
  kind: Type.Literal('door-event.v1'), ...common,
  eventId: UuidText, gateId: Type.Union([Type.Null(), Slug]), deviceId: Slug, deviceBootId: UuidText, doorNo: DoorNo,
  type: Type.Enum(DOOR_EVENT_TYPES),
  deviceWallMs: WallMs, live: Type.Boolean(),
})

export const DeviceStatusV1 = Closed({
  kind: Type.Literal('device-status.v1'), ...common,
  deviceId: Slug, deviceKind: Type.Union([Type.Literal('camera'), Type.Literal('controller')]), status: Type.Union([Type.Literal('online'), Type.Literal('offline')]),
  deviceBootId: Type.Union([Type.Null(), UuidText]),
  /** Device wall clock minus the gateway's at the latest heartbeat. */
  clockOffsetMs: Type.Union([Type.Null(), Type.Number()]),
})

export const EnrolmentV1 = Closed({
  kind: Type.Literal('enrolment.v1'), ...common,
  personRef: UuidText, consentId: UuidText, templates: Type.Integer({ minimum: 1, maximum: 5 }), modelId: ShortText,
})

/** Proof of deletion: templates are gone from store and memory of this gateway. */
export const ErasureV1 = Closed({
  kind: Type.Literal('erasure.v1'), ...common,
  personRef: UuidText, consentId: UuidText,
  cause: Type.Union([Type.Literal('withdrawn'), Type.Literal('expired'), Type.Literal('person-removed')]),
  templatesRemoved: Type.Integer({ minimum: 0, maximum: 1_000 }),
})

export const GatewayStartV1 = Closed({
  kind: Type.Literal('gateway-start.v1'), ...common,
  version: ShortText, modelId: ShortText, modelDigest: Sha256Hex, rosterCursor: Type.Integer({ minimum: 0 }),
  cleanShutdown: Type.Boolean(),
})

export const RecordBody = Type.Union([
  PassageV1, DoorCommandIssuedV1, CommandOutcomeV1, DoorEventRecordV1, DeviceStatusV1, EnrolmentV1, ErasureV1, GatewayStartV1,
])
export const RECORD_SCHEMAS = {
  'passage.v1': PassageV1,
  'door-command.v1': DoorCommandIssuedV1,
  'command-outcome.v1': CommandOutcomeV1,
  'door-event.v1': DoorEventRecordV1,
  'device-status.v1': DeviceStatusV1,
  'enrolment.v1': EnrolmentV1,
  'erasure.v1': ErasureV1,
  'gateway-start.v1': GatewayStartV1,
} as const
export type RecordKind = keyof typeof RECORD_SCHEMAS
export type RecordOf<Kind extends RecordKind> = Static<(typeof RECORD_SCHEMAS)[Kind]>
export type RecordBody = { [Kind in RecordKind]: RecordOf<Kind> }[RecordKind]
