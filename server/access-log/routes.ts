import { callerOf, requestedScope, scopeOfRequest, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { AccessLogService } from './access-log-service.js'
import type { ExportService } from './export-service.js'
import { LOG_ROLES } from './name-rules.js'
import { AccessLogItem, AccessLogPage, AccessLogQuery, ExportBody, PassageParams } from './schemas.js'
import { WORKBOOK_TYPE } from './workbook.js'

const tags = ['access log']

export const accessLogRoutes = (deps: { accessLog: AccessLogService; exports: ExportService }): Routes => (app) => {
  const config = { access: scoped(...LOG_ROLES) }

  app.get('/api/access-log', {
    config,
    schema: { summary: 'Passages, newest first; asking for one person is audited', tags, querystring: AccessLogQuery, response: { 200: AccessLogPage } },
  }, (request) => deps.accessLog.list(callerOf(request), requestedScope(request, request.query.estateId), request.query))

  app.post('/api/access-log/export', {
    config,
    schema: { summary: 'Passages as a workbook, names masked unless a reason is given; audited', tags, body: ExportBody },
  }, async (request, reply) => {
    const { conditions } = request.body
    const { exportId, stream } = await deps.exports.passages(callerOf(request), requestedScope(request, conditions.estateId), request.body)
    return reply.type(WORKBOOK_TYPE).header('content-disposition', `attachment; filename="passages-${exportId.slice(-8)}.xlsx"`).send(stream)
  })

  app.get('/api/access-log/:passageId', {
    config,
    schema: { summary: 'One passage', tags, params: PassageParams, response: { 200: AccessLogItem } },
  }, (request) => deps.accessLog.find(callerOf(request), scopeOfRequest(request), request.params.passageId))
}
