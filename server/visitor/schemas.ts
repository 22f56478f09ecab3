import { Type } from 'typebox'
import { VisitV1 } from '#contract/sync-roster.js'
import { Closed, Nullable, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import { VISIT_PURPOSES } from './visit-repository.js'

const { gateIds, validFromMs, validUntilMs, scheduleId, passagesMax, hostPersonRef } = VisitV1.properties
const purpose = Type.Enum(VISIT_PURPOSES)

export const VisitBody = Closed({
  estateId: Slug,
  displayName: Type.String({ minLength: 1, maxLength: 64, pattern: '^(?=.*\\S)[^\\p{Cc}]*$' }),
  purpose, hostPersonRef,
  gateIds: Type.Array(gateIds.items, { minItems: 1, maxItems: 200, uniqueItems: true }),
  validFromMs, validUntilMs, scheduleId, passagesMax,
})
export const NewVisit = Closed({ visitId: UuidText, code: Type.String({ description: 'Content of the QR code; shown here only' }) })
export const VisitParams = Closed({ visitId: UuidText })
export const VisitQuery = Closed({
  estateId: Type.Optional(Slug), hostPersonRef: Type.Optional(UuidText), state: Type.Optional(Type.Enum(['open', 'ended', 'all'])),
  after: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Visits in a page; 50 without it' })),
})
export const VisitList = Closed({
  visits: Type.Array(Closed({
    visitId: UuidText, estateId: Slug, displayName: Nullable(Type.String({ description: 'Masked for auditors; null once erased, and for visits of a desk' })),
    purpose, hostPersonRef, hostName: Nullable(Type.String()), hostUnit: Nullable(Type.String()), gateIds: Type.Array(Slug), validFromMs, validUntilMs,
    scheduleId, passagesMax, origin: Type.Enum(['server', 'desk']), createdAtMs: WallMs, endedAtMs: Nullable(WallMs),
    endCause: Nullable(Type.Enum(['ended', 'expired', 'host-removed', 'moved-out', 'gate-removed'])),
    use: Closed({ passagesIn: Type.Integer(), lastAtMs: Nullable(WallMs) }),
  })),
  next: Nullable(Type.String()),
})
