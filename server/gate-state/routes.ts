import { Type } from 'typebox'
import { Closed, Slug } from '#contract/wire-types.js'
import type { Role } from '../auth/roles.js'
import { requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { GateView, type GateViewService } from './gate-view-service.js'

/** Doors say nothing of persons: whoever watches an estate or all of them sees theirs. */
export const GATE_ROLES: readonly Role[] = ['guard', 'estate-manager', 'bureau-viewer', 'auditor', 'admin']

const Query = Closed({ estateId: Type.Optional(Slug) })
const GateList = Closed({ gates: Type.Array(GateView) })

export const gateStateRoutes = (deps: { gates: GateViewService }): Routes => (app) => {
  app.get('/api/gates', {
    config: { access: scoped(...GATE_ROLES) },
    schema: { summary: 'Gates and their state now', tags: ['gates'], querystring: Query, response: { 200: GateList } },
  }, async (request) => ({ gates: await deps.gates.list(requestedScope(request, request.query.estateId)) }))
}
