import { Type } from 'typebox'
import { atEstate, callerOf, estateInParams, everywhere, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { HolidayService } from './holiday-service.js'
import type { PassTestService } from './pass-test-service.js'
import type { ScheduleService } from './schedule-service.js'
import { EstateParams, HolidayBody, HolidayYear, PassTest, PassTestQuery, Schedule, ScheduleBody, ScheduleList, ScheduleParams, YearParams } from './schemas.js'

const tags = ['rule']

export interface RuleRoutesDeps {
  readonly schedules: ScheduleService
  readonly holidays: HolidayService
  readonly passTests: PassTestService
}

/** Times of the week, holidays, and who could pass by them. */
export const ruleRoutes = (deps: RuleRoutesDeps): Routes => (app) => {
  const readers = atEstate(estateInParams, 'guard', 'estate-manager', 'auditor', 'admin')
  const managers = atEstate(estateInParams, 'estate-manager', 'admin')

  app.get('/api/estates/:estateId/schedules', {
    config: { access: readers },
    schema: { summary: 'Schedules of an estate and how many go by them, by id', tags, params: EstateParams, response: { 200: ScheduleList } },
  }, async (request) => ({ schedules: await deps.schedules.list(request.params.estateId) }))

  app.put('/api/estates/:estateId/schedules/:scheduleId', {
    config: { access: managers },
    schema: { summary: 'Make a schedule or set it anew; whoever goes by it follows at once', tags, params: ScheduleParams, body: ScheduleBody, response: { 200: Schedule } },
  }, async (request) => {
    const { estateId, scheduleId } = request.params
    await deps.schedules.put(callerOf(request).userId, estateId, { scheduleId, ...request.body })
    return { scheduleId, ...request.body }
  })

  app.delete('/api/estates/:estateId/schedules/:scheduleId', {
    config: { access: managers },
    schema: { summary: 'Remove a schedule that nobody goes by', tags, params: ScheduleParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await deps.schedules.remove(callerOf(request).userId, request.params.estateId, request.params.scheduleId)
    return reply.code(204).send(null)
  })

  app.get('/api/estates/:estateId/pass-test', {
    config: { access: readers },
    schema: { summary: 'Who could pass a gate at a time, by the rules that gateways go by', tags, params: EstateParams, querystring: PassTestQuery, response: { 200: PassTest } },
  }, (request) => deps.passTests.test(request.params.estateId, request.query.gateId, request.query.atMs))

  app.get('/api/holidays/:year', {
    config: { access: scoped('guard', 'estate-manager', 'auditor', 'admin') },
    schema: { summary: 'Holidays and worked weekends of a year, for all estates', tags, params: YearParams, response: { 200: HolidayYear } },
  }, async (request) => {
    const { days, source, offered } = await deps.holidays.year(request.params.year)
    return { days: [...days], source, offered: offered === null ? null : { ...offered, days: [...offered.days] } }
  })

  app.put('/api/holidays/:year', {
    config: { access: everywhere('admin') },
    schema: { summary: 'Set the holidays and worked weekends of a year anew, for all estates', tags, params: YearParams, body: HolidayBody, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await deps.holidays.putYear(callerOf(request).userId, request.params.year, request.body)
    return reply.code(204).send(null)
  })
}
