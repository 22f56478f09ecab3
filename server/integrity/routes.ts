import { Type } from 'typebox'
import { Closed, UuidText } from '#contract/wire-types.js'
import type { Role } from '../auth/roles.js'
import { atEstate, scopeOfRequest, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { GatewayIntegrity, type IntegrityService } from './integrity-service.js'
import { GatewayProof } from './proof-schemas.js'
import type { ProofService } from './proof-service.js'

/** Positions in a log say nothing of persons: whoever watches an estate sees whether its log is whole. */
export const INTEGRITY_ROLES: readonly Role[] = ['guard', 'estate-manager', 'bureau-viewer', 'auditor', 'admin']

const GatewayParams = Closed({ gatewayId: UuidText })
const GatewayList = Closed({ gateways: Type.Array(GatewayIntegrity) })

export const integrityRoutes = (deps: { integrity: IntegrityService; proofs: ProofService }): Routes => (app) => {
  app.get('/api/integrity', {
    config: { access: scoped(...INTEGRITY_ROLES) },
    schema: { summary: 'How much of each gateway\'s log is here, and whether its chain holds', tags: ['integrity'], response: { 200: GatewayList } },
  }, async (request) => ({ gateways: await deps.integrity.list(scopeOfRequest(request)) }))

  app.get('/api/integrity/:gatewayId/proof', {
    config: { access: atEstate((request) => deps.proofs.estateOf((request.params as { gatewayId: string }).gatewayId), ...INTEGRITY_ROLES) },
    schema: { summary: 'Read a gateway\'s whole log and recompute it: takes seconds', tags: ['integrity'], params: GatewayParams, response: { 200: GatewayProof } },
  }, (request) => deps.proofs.prove(request.params.gatewayId))
}
