import { Type, type Static } from 'typebox'
import { AlarmV1 } from './alarm-records.js'
import { CredentialBlockedV1, DeskConsentV1, DeskVisitV1, DeskWithdrawalV1, OperatorActionV1, OrderResultV1 } from './desk-records.js'
import { COMMAND_REFUSALS, DOOR_EVENT_TYPES } from './device-messages.js'
import {
  DeviceHealthV1, DeviceInfoV1, DeviceStatusV2, DoorModeRecordV1, FirmwareStatusRecordV1, ParameterResultRecordV1, TerminalErasureV1,
} from './device-records.js'
import { PassageV2 } from './passage-record.js'
import { RecordMs, StageTimingsV1, recordCommon } from './record-common.js'
import { EstateCloseV1, PaymentV1 } from './till-records.js'
import { Closed, DoorNo, MonoMs, Sha256Hex, ShortText, Slug, UuidText, WallMs } from './wire-types.js'

/** Why a `passage.v1` was refused. */
export const FACE_REFUSAL_REASONS = [
  'undecodable', 'no-face', 'many-faces', 'face-too-small', 'poor-quality', 'not-live', 'not-recognised', 'ambiguous',
  'no-permit', 'outside-validity', 'stale-frame', 'controller-offline', 'gate-unknown', 'engine-failed',
] as const
export type FaceRefusalReason = (typeof FACE_REFUSAL_REASONS)[number]

/** One decision about a face before a gate, as gateways of the first contract wrote it; `passage.v2` took its place. */
export const PassageV1 = Closed({
  kind: Type.Literal('passage.v1'), ...recordCommon,
  passageId: UuidText,
  gateId: Slug,
  deviceId: Slug,
  frameId: Type.Union([Type.Null(), UuidText]),
  way: Type.Literal('face'),
  result: Type.Union([Type.Literal('granted'), Type.Literal('refused')]),
  reason: Type.Union([Type.Null(), Type.Enum(FACE_REFUSAL_REASONS)]),
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
  frameAgeMs: RecordMs,
  timings: StageTimingsV1,
})
export type PassageV1 = Static<typeof PassageV1>

/** A command that was committed before it was sent. */
export const DoorCommandIssuedV1 = Closed({
  kind: Type.Literal('door-command.v1'), ...recordCommon,
  commandId: UuidText, passageId: UuidText, gateId: Slug, deviceId: Slug, deviceBootId: UuidText, doorNo: DoorNo, deadlineMonoMs: MonoMs,
})

/** The controller's answer, or `no-answer` once its deadline passed in silence. */
export const CommandOutcomeV1 = Closed({
  kind: Type.Literal('command-outcome.v1'), ...recordCommon,
  commandId: UuidText, passageId: UuidText, gateId: Slug, deviceId: Slug,
  outcome: Type.Union([Type.Literal('executed'), Type.Literal('refused'), Type.Literal('no-answer')]),
  reason: Type.Union([Type.Null(), Type.Enum(COMMAND_REFUSALS)]),
  /** Receipt of the frame to receipt of the answer, on the gateway's monotonic clock. */
  latencyMs: Type.Union([Type.Null(), RecordMs]),
})

export const DoorEventRecordV1 = Closed({
  kind: Type.Literal('door-event.v1'), ...recordCommon,
  eventId: UuidText, gateId: Type.Union([Type.Null(), Slug]), deviceId: Slug, deviceBootId: UuidText, doorNo: DoorNo,
  type: Type.Enum(DOOR_EVENT_TYPES),
  deviceWallMs: WallMs, live: Type.Boolean(),
})

/** As gateways of the first contract wrote it; `device-status.v2` took its place. */
export const DeviceStatusV1 = Closed({
  kind: Type.Literal('device-status.v1'), ...recordCommon,
  deviceId: Slug, deviceKind: Type.Union([Type.Literal('camera'), Type.Literal('controller')]), status: Type.Union([Type.Literal('online'), Type.Literal('offline')]),
  deviceBootId: Type.Union([Type.Null(), UuidText]),
  /** Device wall clock minus the gateway's at the latest heartbeat. */
  clockOffsetMs: Type.Union([Type.Null(), Type.Number()]),
})

export const EnrolmentV1 = Closed({
  kind: Type.Literal('enrolment.v1'), ...recordCommon,
  personRef: UuidText, consentId: UuidText, templates: Type.Integer({ minimum: 1, maximum: 5 }), modelId: ShortText,
})

/** Proof of deletion: templates are gone from store and memory of this gateway. */
export const ErasureV1 = Closed({
  kind: Type.Literal('erasure.v1'), ...recordCommon,
  personRef: UuidText, consentId: UuidText,
  cause: Type.Union([Type.Literal('withdrawn'), Type.Literal('expired'), Type.Literal('person-removed')]),
  templatesRemoved: Type.Integer({ minimum: 0, maximum: 1_000 }),
})

export const GatewayStartV1 = Closed({
  kind: Type.Literal('gateway-start.v1'), ...recordCommon,
  version: ShortText, modelId: ShortText, modelDigest: Sha256Hex, rosterCursor: Type.Integer({ minimum: 0 }),
  cleanShutdown: Type.Boolean(),
})

export const RECORD_SCHEMAS = {
  'passage.v1': PassageV1,
  'door-command.v1': DoorCommandIssuedV1,
  'command-outcome.v1': CommandOutcomeV1,
  'door-event.v1': DoorEventRecordV1,
  'device-status.v1': DeviceStatusV1,
  'enrolment.v1': EnrolmentV1,
  'erasure.v1': ErasureV1,
  'gateway-start.v1': GatewayStartV1,
  'passage.v2': PassageV2,
  'device-status.v2': DeviceStatusV2,
  'device-info.v1': DeviceInfoV1,
  'device-health.v1': DeviceHealthV1,
  'parameter-result.v1': ParameterResultRecordV1,
  'firmware-status.v1': FirmwareStatusRecordV1,
  'door-mode.v1': DoorModeRecordV1,
  'alarm.v1': AlarmV1,
  'order-result.v1': OrderResultV1,
  'operator-action.v1': OperatorActionV1,
  'desk-visit.v1': DeskVisitV1,
  'desk-consent.v1': DeskConsentV1,
  'desk-withdrawal.v1': DeskWithdrawalV1,
  'credential-blocked.v1': CredentialBlockedV1,
  'terminal-erasure.v1': TerminalErasureV1,
  'payment.v1': PaymentV1,
  'estate-close.v1': EstateCloseV1,
} as const
export type RecordKind = keyof typeof RECORD_SCHEMAS
export type RecordOf<Kind extends RecordKind> = Static<(typeof RECORD_SCHEMAS)[Kind]>
export type RecordBody = { [Kind in RecordKind]: RecordOf<Kind> }[RecordKind]
export const RecordBody = Type.Unsafe<RecordBody>(Type.Union(Object.values(RECORD_SCHEMAS)))
