import type { Role } from '../auth/roles.js'
import { atEstate, callerOf, estateInParams, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { OrderView } from '../order/schemas.js'
import type { AlarmService } from './alarm-service.js'
import { AlarmBody, AlarmPage, AlarmParams, AlarmQuery, OpenAlarmQuery, OpenAlarms } from './schemas.js'

const tags = ['alarms']
/** Who sees alarms: some name persons, so they are for those who see the access log. */
export const ALARM_ROLES: readonly Role[] = ['guard', 'estate-manager', 'auditor', 'admin']

const ASKS = [
  { path: 'acknowledge', state: 'acknowledged', summary: 'Ask the gateway to note that somebody looks after the alarm' },
  { path: 'clear', state: 'cleared', summary: 'Ask the gateway to note that the cause of the alarm is gone' },
] as const

/** What somebody must look at. The gateway keeps alarms: what is asked here shows as pending until its record says that it is done. */
export const alarmRoutes = (deps: { alarms: AlarmService }): Routes => (app) => {
  const { alarms } = deps
  const config = { access: scoped(...ALARM_ROLES) }
  app.get('/api/alarms/open', {
    config, schema: { summary: 'Alarms that are not cleared, the most urgent first', tags, querystring: OpenAlarmQuery, response: { 200: OpenAlarms } },
  }, (request) => alarms.open(callerOf(request), requestedScope(request, request.query.estateId)))

  app.get('/api/alarms', {
    config, schema: { summary: 'Alarms of any state, newest first', tags, querystring: AlarmQuery, response: { 200: AlarmPage } },
  }, (request) => alarms.list(callerOf(request), requestedScope(request, request.query.estateId), request.query))

  for (const { path, state, summary } of ASKS) {
    app.post(`/api/estates/:estateId/alarms/:alarmId/${path}`, {
      config: { access: atEstate(estateInParams, 'guard', 'estate-manager', 'admin') },
      schema: { summary, tags, params: AlarmParams, body: AlarmBody, response: { 202: OrderView } },
    }, async (request, reply) => {
      const { estateId, alarmId } = request.params
      return reply.code(202).send(await alarms.ask(callerOf(request), estateId, alarmId, state, request.body.note))
    })
  }
}
