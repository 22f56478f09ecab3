import { WORKBOOK_TYPE } from '../access-log/workbook.js'
import { type EstateFinder, atEstate, callerOf, estateInBody, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { Book, BookService } from './book-service.js'
import type { ReportService } from './report-service.js'
import type { Dimension, ReportFilter } from './report-table.js'
import * as schemas from './schemas.js'

const tags = ['report']
const READERS = ['finance-maker', 'finance-checker', 'treasury-officer', 'auditor'] as const
/** Who may need people's names; an auditor looks them up in the register where a finding needs it. */
const ASKERS = ['finance-maker', 'finance-checker'] as const

const attachment = (report: string, { exportId }: Book): string => `attachment; filename="${report}-${exportId.slice(-8)}.xlsx"`
/** Fields that were given: what was not is no part of a filter. */
const given = (filter: object): ReportFilter => Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as ReportFilter

/** Figures for finance, on screen and as workbooks that have the same. */
export const reportRoutes = (deps: { readonly reports: ReportService; readonly books: BookService }): Routes => (app) => {
  const { reports, books } = deps
  const readers = { access: scoped(...READERS) }

  app.get('/api/reports/:report', {
    config: readers,
    schema: { summary: 'A report; people are masked', tags, params: schemas.ReportParams, querystring: schemas.ReportQuery, response: { 200: schemas.ReportAnswer } },
  }, async (request) => {
    const { by, ...rest } = request.query
    const filter = given({ ...rest, by: by?.split(',') as Dimension[] | undefined })
    const { columns, rows, totals, report } = await reports.report(requestedScope(request, filter.estateId), request.params.report, filter, 'masked')
    return { report, columns: [...columns], rows: rows.map(({ cells, link }) => ({ cells: [...cells], link })), totals: [...totals] }
  })

  app.post('/api/reports/:report/workbook', {
    config: readers,
    schema: { summary: 'The same report as a workbook; audited', tags, params: schemas.ReportParams, body: schemas.BookBody },
  }, async (request, reply) => {
    const { filter, language = 'zh-CN' } = request.body
    const book = await books.masked(callerOf(request), requestedScope(request, filter.estateId), request.params.report, { filter: given(filter), language })
    return reply.type(WORKBOOK_TYPE).header('content-disposition', attachment(request.params.report, book)).send(book.stream)
  })
  nameRoutes(books)(app)
}

const nameRoutes = (books: BookService): Routes => (app) => {
  const ofExport: EstateFinder = (request) => books.estateOf((request.params as { exportId: string }).exportId)

  app.get('/api/report-exports', {
    config: { access: scoped(...READERS) }, schema: { summary: 'Requests for workbooks with names, newest first', tags, response: { 200: schemas.NamesList } },
  }, async (request) => {
    const scope = requestedScope(request, undefined)
    return { items: await books.requests(scope === 'all' ? null : scope) }
  })

  app.post('/api/report-exports', {
    config: { access: atEstate(estateInBody, ...ASKERS) },
    schema: { summary: 'Ask for a report with names in clear', tags, body: schemas.NamesBody, response: { 201: schemas.NamesMade } },
  }, async (request, reply) => {
    const { filter, ...wish } = request.body
    return reply.code(201).send(await books.request(callerOf(request).userId, { ...wish, filter: { ...given(filter), estateId: wish.estateId } }))
  })

  app.post('/api/report-exports/:exportId/decision', {
    config: { access: atEstate(ofExport, 'finance-checker') },
    schema: { summary: 'Agree to what somebody else asked for, or not', tags, params: schemas.NamesParams, body: schemas.NamesDecision, response: { 200: schemas.Done } },
  }, async (request) => {
    await books.decide(callerOf(request).userId, request.params.exportId, request.body.decision)
    return { done: true as const }
  })

  app.post('/api/report-exports/:exportId/workbook', {
    config: { access: atEstate(ofExport, ...ASKERS) },
    schema: { summary: 'Take the workbook with names, once, as who asked for it', tags, params: schemas.NamesParams, body: schemas.NamesTake },
  }, async (request, reply) => {
    const book = await books.take(callerOf(request), request.params.exportId, request.body.language ?? 'zh-CN')
    return reply.type(WORKBOOK_TYPE).header('content-disposition', attachment('report', book)).send(book.stream)
  })
}
