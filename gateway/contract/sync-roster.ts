import { Type, type Static } from 'typebox'
import { ParameterValues } from './device-care-messages.js'
import { DIRECTIONS } from './passage-record.js'
import { Base64Text, Closed, DoorNo, LocalDate, Nullable, Sha256Hex, ShortText, Slug, TimeOfDay, UuidText, WallMs } from './wire-types.js'

/** What the server tells an estate's gateway, by cursor: who may pass where, and who consented to face matching. */
export const PersonV1 = Closed({
  kind: Type.Literal('person.v1'), personRef: UuidText,
  /** For the estate's own desk; lives in erasable tables only. */
  displayName: ShortText,
})
export const PersonDeletedV1 = Closed({ kind: Type.Literal('person-deleted.v1'), personRef: UuidText })

/** The gallery's only entrance. Without one that is valid now a person has no template on any gateway. */
export const ConsentV1 = Closed({
  kind: Type.Literal('consent.v1'), consentId: UuidText, personRef: UuidText,
  purpose: Type.Literal('face-access'),
  noticeVersion: ShortText,
  /** Who consented for a person under 14, else null. */
  guardianRef: Type.Union([Type.Null(), UuidText]),
  grantedAtMs: WallMs,
  expiresAtMs: WallMs,
})
export const ConsentDeletedV1 = Closed({
  kind: Type.Literal('consent-deleted.v1'), consentId: UuidText, personRef: UuidText,
  cause: Type.Union([Type.Literal('withdrawn'), Type.Literal('expired'), Type.Literal('person-removed')]),
})

/** As the first contract had it; `permit.v2` took its place. */
export const PermitV1 = Closed({
  kind: Type.Literal('permit.v1'), permitId: UuidText, personRef: UuidText,
  gateIds: Type.Array(Slug, { minItems: 1, maxItems: 200 }),
  validFromMs: WallMs,
  validUntilMs: WallMs,
})
export const PermitDeletedV1 = Closed({ kind: Type.Literal('permit-deleted.v1'), permitId: UuidText })

export const PERMIT_ROLES = ['resident', 'household', 'staff', 'carer'] as const
/** Who may pass where and when. Rent is no part of it and cannot be. */
export const PermitV2 = Closed({
  kind: Type.Literal('permit.v2'), permitId: UuidText, personRef: UuidText,
  role: Type.Enum(PERMIT_ROLES),
  gateIds: Type.Array(Slug, { minItems: 1, maxItems: 200 }),
  validFromMs: WallMs,
  validUntilMs: WallMs,
  /** Times of the week; null is always. A schedule that is not known here lets nobody in. */
  scheduleId: Nullable(Slug),
})

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** Half-open local times of a day. */
const Interval = Closed({ days: Type.Array(Type.Enum(WEEKDAYS), { minItems: 1, maxItems: 7 }), from: TimeOfDay, until: TimeOfDay })
export const ScheduleV1 = Closed({
  kind: Type.Literal('schedule.v1'), scheduleId: Slug, name: ShortText,
  weekly: Type.Array(Interval, { maxItems: 64 }),
  /** Takes the place of the week on a holiday. */
  onHolidays: Type.Array(Closed({ from: TimeOfDay, until: TimeOfDay }), { maxItems: 16 }),
})
export const ScheduleDeletedV1 = Closed({ kind: Type.Literal('schedule-deleted.v1'), scheduleId: Slug })

/** 法定节假日 and 调休: a `workday` on a weekend counts as a Monday. */
export const HolidayV1 = Closed({
  kind: Type.Literal('holiday.v1'), date: LocalDate, name: ShortText, treatAs: Type.Union([Type.Literal('holiday'), Type.Literal('workday')]),
})
export const HolidayDeletedV1 = Closed({ kind: Type.Literal('holiday-deleted.v1'), date: LocalDate })

/** What proves the holder of a credential. */
export const CredentialSecret = Type.Union([
  Closed({ kind: Type.Literal('card'), number: Type.String({ pattern: '^[0-9a-f]{4,32}$' }) }),
  /** Rotating codes, signed on the holder's phone: ECDSA P-256 public key, SPKI DER, base64. Works with no network at either end. */
  Closed({ kind: Type.Literal('phone-key'), publicKey: Base64Text(128) }),
  /** A code that was sent or printed: SHA-256 of its text. */
  Closed({ kind: Type.Literal('token'), sha256: Sha256Hex }),
  /** `scrypt$N$r$p$salt$hash`, base64; the duress PIN opens too, and calls for help. */
  Closed({
    kind: Type.Literal('pin'), number: Type.String({ pattern: '^[0-9]{3,8}$' }),
    verifier: Type.String({ minLength: 16, maxLength: 200 }), duressVerifier: Nullable(Type.String({ minLength: 16, maxLength: 200 })),
  }),
])
export type CredentialSecret = Static<typeof CredentialSecret>
/** Of a person or of a visit, never both. */
export const CredentialItemV1 = Closed({
  kind: Type.Literal('credential.v1'), credentialId: UuidText, personRef: Nullable(UuidText), visitId: Nullable(UuidText),
  secret: CredentialSecret,
  validFromMs: WallMs,
  validUntilMs: WallMs,
})
export const CredentialDeletedV1 = Closed({ kind: Type.Literal('credential-deleted.v1'), credentialId: UuidText })

export const VisitV1 = Closed({
  kind: Type.Literal('visit.v1'), visitId: UuidText,
  /** For the estate's own desk; lives in erasable tables only. */
  displayName: ShortText,
  hostPersonRef: Nullable(UuidText),
  gateIds: Type.Array(Slug, { minItems: 1, maxItems: 200 }),
  validFromMs: WallMs,
  validUntilMs: WallMs,
  scheduleId: Nullable(Slug),
  /** Passages inwards in all; null is any number. */
  passagesMax: Nullable(Type.Integer({ minimum: 1, maximum: 1_000 })),
})
export const VisitDeletedV1 = Closed({ kind: Type.Literal('visit-deleted.v1'), visitId: UuidText })

/** All settings of a device that are not as delivered. */
export const DeviceSettingsV1 = Closed({ kind: Type.Literal('device-settings.v1'), deviceId: Slug, parameterSetId: UuidText, values: ParameterValues })
export const DeviceSettingsDeletedV1 = Closed({ kind: Type.Literal('device-settings-deleted.v1'), deviceId: Slug })

export const ANTI_PASSBACK_MODES = ['off', 'soft', 'hard', 'timed'] as const
export const FACE_FREE_WAYS = ['card', 'qr', 'pin', 'guard'] as const
/** Rules of a gate beside who may pass. */
export const GateRules = Closed({
  /** `soft` lets in and remarks; `timed` refuses the same person inwards again within the minutes. */
  antiPassback: Type.Enum(ANTI_PASSBACK_MODES),
  antiPassbackMinutes: Type.Integer({ minimum: 1, maximum: 1_440 }),
  /** What the gate leads into; anti-passback and occupancy count by it. */
  areaId: Nullable(Slug),
  occupancyMax: Nullable(Type.Integer({ minimum: 1, maximum: 100_000 })),
  /** Of the gates of a group one at a time may be open. */
  interlockGroup: Nullable(Slug),
  /** Kept open, or locked against residents and visitors, at these times. */
  openScheduleId: Nullable(Slug),
  lockedScheduleId: Nullable(Slug),
  /** The times of `openScheduleId` begin when the first person with a permit came in. */
  firstPersonIn: Type.Boolean(),
})
export type GateRules = Static<typeof GateRules>

export const GateV2 = Closed({
  kind: Type.Literal('gate.v2'), gateId: Slug, name: ShortText,
  /** Doors of one zone are released together when any of them burns. */
  zoneId: Slug,
  /** Cameras, readers and terminals at this gate, and which way they look. */
  devices: Type.Array(Closed({ deviceId: Slug, direction: Type.Enum(DIRECTIONS) }), { maxItems: 16 }),
  controllerId: Slug,
  doorNo: DoorNo,
  /** How long a grant releases the relay, milliseconds. */
  releaseMs: Type.Integer({ minimum: 200, maximum: 60_000 }),
  /** 人脸识别技术应用安全管理办法 art. 10: a gate without a face-free way in is refused. */
  faceFreeWays: Type.Array(Type.Enum(FACE_FREE_WAYS), { minItems: 1, maxItems: 4 }),
  rules: GateRules,
})

/** As the first contract had it; `gate.v2` took its place. */
export const GateV1 = Closed({
  kind: Type.Literal('gate.v1'), gateId: Slug, name: ShortText,
  cameraIds: Type.Array(Slug, { maxItems: 8 }),
  controllerId: Slug,
  doorNo: DoorNo,
  /** How long a grant releases the relay, milliseconds. */
  releaseMs: Type.Integer({ minimum: 200, maximum: 60_000 }),
  /** 人脸识别技术应用安全管理办法 art. 10: a gate without a face-free way in is refused. */
  faceFreeWays: Type.Array(Type.Enum(['card', 'qr', 'pin', 'guard']), { minItems: 1, maxItems: 4 }),
})
export const GateDeletedV1 = Closed({ kind: Type.Literal('gate-deleted.v1'), gateId: Slug })

/** Starts a full snapshot; what it does not name is gone once `complete.v1` arrives. */
export const ResetV1 = Closed({ kind: Type.Literal('reset.v1') })
export const CompleteV1 = Closed({ kind: Type.Literal('complete.v1') })

export const ROSTER_SCHEMAS = {
  'person.v1': PersonV1, 'person-deleted.v1': PersonDeletedV1,
  'consent.v1': ConsentV1, 'consent-deleted.v1': ConsentDeletedV1,
  'permit.v1': PermitV1, 'permit.v2': PermitV2, 'permit-deleted.v1': PermitDeletedV1,
  'gate.v1': GateV1, 'gate.v2': GateV2, 'gate-deleted.v1': GateDeletedV1,
  'schedule.v1': ScheduleV1, 'schedule-deleted.v1': ScheduleDeletedV1,
  'holiday.v1': HolidayV1, 'holiday-deleted.v1': HolidayDeletedV1,
  'credential.v1': CredentialItemV1, 'credential-deleted.v1': CredentialDeletedV1,
  'visit.v1': VisitV1, 'visit-deleted.v1': VisitDeletedV1,
  'device-settings.v1': DeviceSettingsV1, 'device-settings-deleted.v1': DeviceSettingsDeletedV1,
  'reset.v1': ResetV1, 'complete.v1': CompleteV1,
} as const
export type RosterKind = keyof typeof ROSTER_SCHEMAS
export type RosterItemOf<Kind extends RosterKind> = Static<(typeof ROSTER_SCHEMAS)[Kind]>
export type RosterItem = { [Kind in RosterKind]: RosterItemOf<Kind> }[RosterKind]
export const RosterItem = Type.Unsafe<RosterItem>(Type.Union(Object.values(ROSTER_SCHEMAS)))

export type PersonV1 = Static<typeof PersonV1>
export type ConsentV1 = Static<typeof ConsentV1>
export type ConsentDeletedV1 = Static<typeof ConsentDeletedV1>
export type PermitV1 = Static<typeof PermitV1>
export type PermitV2 = Static<typeof PermitV2>
export type ScheduleV1 = Static<typeof ScheduleV1>
export type HolidayV1 = Static<typeof HolidayV1>
export type CredentialItemV1 = Static<typeof CredentialItemV1>
export type VisitV1 = Static<typeof VisitV1>
export type DeviceSettingsV1 = Static<typeof DeviceSettingsV1>
export type GateV1 = Static<typeof GateV1>
export type GateV2 = Static<typeof GateV2>
