import { Type, type Static } from 'typebox'
import { recordCommon } from './record-common.js'
import { Closed, Nullable, ShortText, Slug, UuidText, WallMs } from './wire-types.js'

/** What became of an order of the server. */
export const ORDER_OUTCOMES = ['done', 'refused', 'expired', 'no-answer'] as const
export const OrderResultV1 = Closed({
  kind: Type.Literal('order-result.v1'), ...recordCommon,
  orderId: UuidText,
  outcome: Type.Enum(ORDER_OUTCOMES),
  /** A code, null where done. */
  reason: Nullable(ShortText),
})
export type OrderResultV1 = Static<typeof OrderResultV1>

export const OPERATOR_ACTIONS = [
  'login', 'login-failed', 'logout', 'open-door', 'door-mode', 'fire-reset', 'enrol', 'erase', 'force-duplicate', 'visit-create', 'visit-end', 'alarm-acknowledge', 'alarm-clear',
  'credential-block', 'device-claim', 'device-revoke', 'operator-create', 'operator-disable', 'shift-hand-over', 'view-person', 'export',
] as const
/** Somebody did something at the estate's desk or its command line. */
export const OperatorActionV1 = Closed({
  kind: Type.Literal('operator-action.v1'), ...recordCommon,
  operatorRef: UuidText,
  role: Type.Union([Type.Literal('guard'), Type.Literal('manager'), Type.Literal('installer')]),
  action: Type.Enum(OPERATOR_ACTIONS),
  /** Id of what it was done to: gate, person, visit, alarm, device, operator. */
  subject: Nullable(ShortText),
  /** A code for why; free text stays in erasable tables. */
  reason: Nullable(ShortText),
  outcome: Type.Union([Type.Literal('done'), Type.Literal('refused')]),
})
export type OperatorActionV1 = Static<typeof OperatorActionV1>

/** A visit that was agreed at the desk; its code is known at this gateway only. */
export const DeskVisitV1 = Closed({
  kind: Type.Literal('desk-visit.v1'), ...recordCommon,
  visitId: UuidText, hostPersonRef: Nullable(UuidText), gateIds: Type.Array(Slug, { minItems: 1, maxItems: 64 }),
  validFromMs: WallMs, validUntilMs: WallMs, passagesMax: Nullable(Type.Integer({ minimum: 1, maximum: 1_000 })),
  /** True where an earlier visit ends with this record. */
  ended: Type.Boolean(),
  operatorRef: UuidText,
})
export type DeskVisitV1 = Static<typeof DeskVisitV1>

/** A consent given on paper at the desk while the server could not be asked; it stands at this gateway at once. */
export const DeskConsentV1 = Closed({
  kind: Type.Literal('desk-consent.v1'), ...recordCommon,
  consentId: UuidText, personRef: UuidText, noticeVersion: ShortText, guardianRef: Nullable(UuidText),
  grantedAtMs: WallMs, expiresAtMs: WallMs, operatorRef: UuidText,
})
export type DeskConsentV1 = Static<typeof DeskConsentV1>

/** A consent withdrawn at the desk. This gateway erases at once; the server ends the consent everywhere else. */
export const DeskWithdrawalV1 = Closed({
  kind: Type.Literal('desk-withdrawal.v1'), ...recordCommon,
  consentId: UuidText, personRef: UuidText, operatorRef: UuidText,
})
export type DeskWithdrawalV1 = Static<typeof DeskWithdrawalV1>

/** A lost card or phone blocked at the desk: from here on void at this gateway; the server ends it everywhere else. */
export const CredentialBlockedV1 = Closed({
  kind: Type.Literal('credential-blocked.v1'), ...recordCommon,
  credentialId: UuidText, operatorRef: UuidText,
})
export type CredentialBlockedV1 = Static<typeof CredentialBlockedV1>
