import { requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { GATE_ROLES } from '../gate-state/routes.js'
import type { FiguresService } from './figures-service.js'
import { FigureBookQuery, FigureQuery, PassageFigures } from './figures-schemas.js'
import { figureSheets } from './figures-sheets.js'
import { WORKBOOK_TYPE, streamWorkbook } from './workbook.js'

const tags = ['access log']

/** Passages in figures: they name nobody, so whoever watches an estate sees them. */
export const figureRoutes = (deps: { figures: FiguresService }): Routes => (app) => {
  const config = { access: scoped(...GATE_ROLES) }
  app.get('/api/figures/passages', {
    config, schema: { summary: 'Passages by hour, day, way and refusal reason, and how ways compare', tags, querystring: FigureQuery, response: { 200: PassageFigures } },
  }, (request) => deps.figures.passages(requestedScope(request, request.query.estateId), request.query))

  app.get('/api/figures/passages.xlsx', {
    config, schema: { summary: 'The same figures as a workbook', tags, querystring: FigureBookQuery },
  }, async (request, reply) => {
    const { estateId, language = 'zh-CN', ...span } = request.query
    const figures = await deps.figures.passages(requestedScope(request, estateId), span)
    return reply.type(WORKBOOK_TYPE).header('content-disposition', 'attachment; filename="figures.xlsx"').send(streamWorkbook(figureSheets(figures, language)))
  })
}
