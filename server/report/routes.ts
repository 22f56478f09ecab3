import { WORKBOOK_TYPE } from '../access-log/workbook.js'
import { type EstateFinder, atEstate, callerOf, estateInBody, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { Book, BookService } from './book-service.js'
import type { HouseholdSearch } from './household-search.js'
import type { ReportService } from './report-service.js'
import { type Dimension, REPORTS, REPORT_READERS, type ReportFilter, type ReportName } from './report-table.js'
import * as schemas from './schemas.js'

const tags = ['report']
/** Who sees what was asked for and given: those who keep the books. */
const READERS = ['finance-maker', 'finance-checker', 'treasury-officer', 'auditor'] as const
/** Who may need people's names; an auditor looks them up in the register where a finding needs it. */
const ASKERS = ['finance-maker', 'finance-checker'] as const

const attachment = (report: string, { exportId }: Book): string => `attachment; filename="${report}-${exportId.slice(-8)}.xlsx"`
/** Fields that were given: what was not is no part of a filter. */
const given = (filter: object): ReportFilter => Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as ReportFilter

/** Figures for finance, on screen and as workbooks that have the same. Each report is a route of its own, for those who may see it. */
export const reportRoutes = (deps: { readonly reports: ReportService; readonly books: BookService; readonly households: HouseholdSearch }): Routes => (app) => {
  for (const report of REPORTS) oneReport(deps, report)(app)

  app.get('/api/report-households', {
    config: { access: scoped(...REPORT_READERS.card) },
    schema: {
      summary: 'Households by room, whole name, household number or the number of a payment order; names are masked', tags, querystring: schemas.SearchQuery,
      response: { 200: schemas.SearchAnswer },
    },
  }, async (request) => ({ items: await deps.households(requestedScope(request, request.query.estateId), request.query.text) }))
  nameRoutes(deps.books)(app)
}

const oneReport = ({ reports, books }: { readonly reports: ReportService; readonly books: BookService }, report: ReportName): Routes => (app) => {
  const config = { access: scoped(...REPORT_READERS[report]) }

  app.get(`/api/reports/${report}`, {
    config, schema: { summary: `The report "${report}"; people are masked`, tags, querystring: schemas.ReportQuery, response: { 200: schemas.ReportAnswer } },
  }, async (request) => {
    const { by, ...rest } = request.query
    const filter = given({ ...rest, by: by?.split(',') as Dimension[] | undefined })
    const { columns, rows, totals } = await reports.report(requestedScope(request, filter.estateId), report, filter, 'masked')
    if (report === 'review') await books.noteReading(callerOf(request), report, filter)
    return { report, columns: [...columns], rows: rows.map(({ cells, link }) => ({ cells: [...cells], link })), totals: [...totals] }
  })

  app.post(`/api/reports/${report}/workbook`, {
    config, schema: { summary: `The report "${report}" as a workbook; audited`, tags, body: schemas.BookBody },
  }, async (request, reply) => {
    const { filter, language = 'zh-CN' } = request.body
    const book = await books.masked(callerOf(request), requestedScope(request, filter.estateId), report, { filter: given(filter), language })
    return reply.type(WORKBOOK_TYPE).header('content-disposition', attachment(report, book)).send(book.stream)
  })
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
