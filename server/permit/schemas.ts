import { Type } from 'typebox'
import { PermitV2 } from '#contract/sync-roster.js'
import { Closed, Slug, UuidText } from '#contract/wire-types.js'

const { role, gateIds, validFromMs, validUntilMs, scheduleId } = PermitV2.properties

export const PermitBody = Closed({
  personRef: UuidText,
  gateIds: Type.Array(gateIds.items, { minItems: 1, maxItems: 200, uniqueItems: true }),
  validFromMs, validUntilMs,
  role: Type.Optional(role),
  scheduleId: Type.Optional(scheduleId),
})
export const NewPermit = Closed({ permitId: UuidText })
export const PermitParams = Closed({ permitId: UuidText })
export const PermitQuery = Closed({ personRef: UuidText })
export const PermitList = Closed({
  permits: Type.Array(Closed({
    permitId: UuidText, estateId: Slug, personRef: UuidText, role, gateIds: Type.Array(Slug), validFromMs, validUntilMs, scheduleId,
    endedAtMs: Type.Union([Type.Integer(), Type.Null()]),
  })),
})
