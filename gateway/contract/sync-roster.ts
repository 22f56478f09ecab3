import { Type, type Static } from 'typebox'
import { Closed, DoorNo, ShortText, Slug, UuidText, WallMs } from './wire-types.js'

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

export const PermitV1 = Closed({
  kind: Type.Literal('permit.v1'), permitId: UuidText, personRef: UuidText,
  gateIds: Type.Array(Slug, { minItems: 1, maxItems: 200 }),
  validFromMs: WallMs,
  validUntilMs: WallMs,
})
export const PermitDeletedV1 = Closed({ kind: Type.Literal('permit-deleted.v1'), permitId: UuidText })

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

export const RosterItem = Type.Union([
  PersonV1, PersonDeletedV1, ConsentV1, ConsentDeletedV1, PermitV1, PermitDeletedV1, GateV1, GateDeletedV1, ResetV1, CompleteV1,
])
export type PersonV1 = Static<typeof PersonV1>
export type ConsentV1 = Static<typeof ConsentV1>
export type ConsentDeletedV1 = Static<typeof ConsentDeletedV1>
export type PermitV1 = Static<typeof PermitV1>
export type GateV1 = Static<typeof GateV1>
export type RosterItem =
  | PersonV1 | Static<typeof PersonDeletedV1> | ConsentV1 | ConsentDeletedV1 | PermitV1 | Static<typeof PermitDeletedV1>
  | GateV1 | Static<typeof GateDeletedV1> | Static<typeof ResetV1> | Static<typeof CompleteV1>
