import { callerOf, requestedScope, scopeOfRequest, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { AccessLogService } from './access-log-service.js'
import { LOG_ROLES } from './name-rules.js'
import { AccessLogItem, AccessLogPage, AccessLogQuery, PassageParams } from './schemas.js'

const tags = ['access log']

export const accessLogRoutes = (deps: { accessLog: AccessLogService }): Routes => (app) => {
  const config = { access: scoped(...LOG_ROLES) }

  app.get('/api/access-log', {
    config,
    schema: { summary: 'Passages, newest first; asking for one person is audited', tags, querystring: AccessLogQuery, response: { 200: AccessLogPage } },
  }, (request) => deps.accessLog.list(callerOf(request), requestedScope(request, request.query.estateId), request.query))

  app.get('/api/access-log/:passageId', {
    config,
    schema: { summary: 'One passage', tags, params: PassageParams, response: { 200: AccessLogItem } },
  }, (request) => deps.accessLog.find(callerOf(request), scopeOfRequest(request), request.params.passageId))
}
