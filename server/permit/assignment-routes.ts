import { Type, type Static } from 'typebox'
import { PERMIT_ROLES, PermitV2 } from '#contract/sync-roster.js'
import { Closed, Sha256Hex, Slug, UuidText } from '#contract/wire-types.js'
import { atEstate, callerOf, estateInBody } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { Assignment, AssignmentService } from './assignment-service.js'

const tags = ['permit']
const { role, scheduleId } = PermitV2.properties
const group = {
  estateId: Slug, scheduleId,
  roles: Type.Optional(Type.Array(Type.Enum(PERMIT_ROLES), { minItems: 1, maxItems: 4, uniqueItems: true })),
  gateId: Type.Optional(Slug), buildingId: Type.Optional(UuidText),
}
const PreviewBody = Closed(group)
const Preview = Closed({
  digest: Sha256Hex, permits: Type.Integer(), changed: Type.Integer(),
  persons: Type.Array(Closed({ personRef: UuidText, displayName: Type.String(), unitLabel: Type.String(), role, gateIds: Type.Array(Slug), scheduleId })),
})
const AssignBody = Closed({ ...group, digest: Type.String({ ...Sha256Hex, description: '`digest` of the preview' }) })

/** Times of the week for a group of permits, looked at before they are set. */
export const assignmentRoutes = (deps: { assignments: AssignmentService }): Routes => (app) => {
  const config = { access: atEstate(estateInBody, 'estate-manager', 'admin') }
  const assignmentOf = ({ estateId, scheduleId: times, roles, gateId, buildingId }: Static<typeof PreviewBody>): Assignment =>
    ({ estateId, scheduleId: times, roles, gateId, buildingId })

  app.post('/api/permit-assignments/preview', {
    config, schema: { summary: 'Whom it would concern to give a group of permits these times', tags, body: PreviewBody, response: { 200: Preview } },
  }, async (request) => {
    const preview = await deps.assignments.preview(assignmentOf(request.body))
    return { ...preview, persons: preview.persons.map((person) => ({ ...person, gateIds: [...person.gateIds] })) }
  })

  app.post('/api/permit-assignments', {
    config, schema: { summary: 'Give a group of permits these times, as previewed', tags, body: AssignBody, response: { 200: Closed({ changed: Type.Integer() }) } },
  }, (request) => deps.assignments.carryOut(callerOf(request).userId, assignmentOf(request.body), request.body.digest))
}
