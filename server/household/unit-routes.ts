import type { Clock } from '#kernel/clock.js'
import { atEstate, callerOf, estateInBody, estateInParams, estateInQuery } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { civilDateOf, isCivilDate } from './civil-date-rules.js'
import { BuildingBody, BuildingList, EstateQuery, GateBuildings, GateBuildingsBody, GateParams, NewBuilding, NewUnit, UnitBody, UnitList, UnitQuery } from './schemas.js'
import type { UnitService } from './unit-service.js'
import { fail } from '../errors.js'

const tags = ['unit']

/** Buildings and units, and which gates are for which buildings. */
export const unitRoutes = (deps: { units: UnitService; clock: Clock }): Routes => (app) => {
  const readers = atEstate(estateInQuery, 'guard', 'estate-manager', 'auditor', 'admin')
  const writers = atEstate(estateInBody, 'estate-manager', 'admin')

  app.get('/api/buildings', {
    config: { access: readers },
    schema: { summary: 'Buildings of an estate by name', tags, querystring: EstateQuery, response: { 200: BuildingList } },
  }, async (request) => ({ buildings: await deps.units.buildings(request.query.estateId) }))

  app.post('/api/buildings', {
    config: { access: writers },
    schema: { summary: 'Add a building', tags, body: BuildingBody, response: { 201: NewBuilding } },
  }, async (request, reply) => reply.code(201).send(await deps.units.addBuilding(callerOf(request).userId, request.body)))

  app.get('/api/units', {
    config: { access: readers },
    schema: { summary: 'Units of an estate, with the household that has a lease on that day; today without one', tags, querystring: UnitQuery, response: { 200: UnitList } },
  }, async (request) => {
    const { estateId, date = civilDateOf(deps.clock.wallMs()) } = request.query
    if (!isCivilDate(date)) throw fail('SV_HTTP_VALIDATION', { field: 'date', problem: 'is no day' })
    return { units: await deps.units.units(estateId, date) }
  })

  app.post('/api/units', {
    config: { access: writers },
    schema: { summary: 'Add a unit', tags, body: UnitBody, response: { 201: NewUnit } },
  }, async (request, reply) => {
    const { estateId, ...unit } = request.body
    return reply.code(201).send(await deps.units.addUnit(callerOf(request).userId, estateId, unit))
  })

  app.put('/api/estates/:estateId/gates/:gateId/buildings', {
    config: { access: atEstate(estateInParams, 'estate-manager', 'admin') },
    schema: { summary: 'Say which buildings a gate is for; none is all. Permits follow', tags, params: GateParams, body: GateBuildingsBody, response: { 200: GateBuildings } },
  }, async (request) => deps.units.bindGate(callerOf(request).userId, request.params.estateId, request.params.gateId, request.body.buildingIds))
}
