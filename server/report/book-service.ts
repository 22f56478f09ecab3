import type { Readable } from 'node:stream'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import { streamWorkbook } from '../access-log/workbook.js'
import type { AuditFacts } from '../audit/audit-log.js'
import type { Change, RunChange } from '../audit/change.js'
import type { Caller, EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { allEstates, estateNames } from '../estate/estate-register.js'
import * as rows from './export-repository.js'
import { buildingNames } from './figure-repository.js'
import { filterLines } from './filter-lines.js'
import { householdNumber } from './household-search-repository.js'
import type { Names } from './person-names.js'
import type { ReportService } from './report-service.js'
import { type Language, reportSheets } from './report-sheets.js'
import type { PeopleReport, ReportFilter, ReportName, ReportTable } from './report-table.js'

/** How long somebody may think about a request, and how long the names may then be taken. */
const DECIDE_MS = 3 * 86_400_000
const TAKE_MS = 4 * 3_600_000
const SHOWN_MAX = 200

export interface Book {
  readonly exportId: string
  readonly stream: Readable
}

export interface NamesWish {
  readonly estateId: string
  readonly report: PeopleReport
  readonly filter: ReportFilter
  /** Stands in the audit log and on the sheet. */
  readonly reason: string
}

export interface BookService {
  /** Notes that somebody reads a report that tells of persons' passages. */
  noteReading(caller: Caller, report: ReportName, filter: ReportFilter): Promise<void>
  /** A report as a workbook, people masked; audited before the first byte. @throws as ReportService.report */
  masked(caller: Caller, scope: EstateScope, report: ReportName, wish: { readonly filter: ReportFilter; readonly language: Language }): Promise<Book>
  /** Asks for a report of one estate with names in clear. @throws AppError SV_HTTP_VALIDATION, SV_HTTP_NOT_FOUND where the report cannot be made */
  request(by: string, wish: NamesWish): Promise<{ exportId: string }>
  /** Agrees or not. @throws AppError SV_HTTP_NOT_FOUND, SV_REPORT_SELF, SV_REPORT_EXPORT */
  decide(by: string, exportId: string, decision: 'approve' | 'reject'): Promise<void>
  /** The workbook with names, once, for whoever asked for it. @throws AppError SV_HTTP_NOT_FOUND, SV_REPORT_SELF, SV_REPORT_EXPORT */
  take(caller: Caller, exportId: string, language: Language): Promise<Book>
  /** Newest first. @param estateIds null for all */
  requests(estateIds: readonly string[] | null): Promise<rows.ExportRecord[]>
  estateOf(exportId: string): Promise<string | undefined>
}

/** The filter as facts of the audit log. */
const factsOf = ({ by, ...filter }: ReportFilter): AuditFacts => ({ ...filter, ...(by === undefined ? {} : { by: [...by] }) })

/** Name of an estate, building or household of the filter, by its id. */
async function namesOf(read: Tx, { estateId, buildingId, householdId }: ReportFilter): Promise<(id: string) => string> {
  const estateIds = estateId === undefined ? await allEstates(read) : [estateId]
  const known = new Map([...await estateNames(read, estateIds), ...(buildingId === undefined ? [] : await buildingNames(read, estateIds))])
  const home = householdId === undefined ? undefined : await householdNumber(read, householdId)
  return (id) => (id === householdId ? home : known.get(id)) ?? id
}

export interface BookServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly clock: Clock
  readonly ids: IdSource
  readonly reports: ReportService
}

export function createBookService(deps: BookServiceDeps): BookService {
  const { read, change: runChange, clock, ids, reports } = deps

  interface BookFacts { exportId: string; caller: Caller; filter: ReportFilter; names: Names; reason: string | null; language: Language }
  const bookOf = async (table: ReportTable, of: BookFacts): Promise<Book> => {
    const { exportId, caller, filter, names, reason, language } = of
    const lines = filterLines(filter, language, await namesOf(read, filter))
    const facts = { exportId, atMs: clock.wallMs(), by: `${caller.displayName} (${caller.loginName})`, names, reason, filter: lines, language }
    return { exportId, stream: streamWorkbook(reportSheets(table, facts)) }
  }

  const found = async (tx: Tx, exportId: string): Promise<rows.ExportRecord> => {
    const record = await rows.findExport(tx, exportId)
    if (record === null) throw fail('SV_HTTP_NOT_FOUND')
    return record
  }

  async function takeIn({ tx, atMs, audit }: Change, userId: string, exportId: string): Promise<rows.ExportRecord> {
    const record = await found(tx, exportId)
    if (record.requestedBy !== userId) throw fail('SV_REPORT_SELF')
    if (!await rows.moveExport(tx, exportId, 'approved', atMs, { state: 'taken', takenAtMs: atMs })) throw fail('SV_REPORT_EXPORT', { state: record.state })
    await audit({
      action: 'report.export', subject: `export:${exportId}`, estateId: record.estateId, before: { state: 'approved' },
      after: { report: record.report, filter: record.filter, names: 'clear', state: 'taken' },
    })
    return record
  }

  return {
    noteReading: (caller, report, filter) => runChange(caller.userId, ({ audit }) =>
      audit({ action: 'report.read', subject: `report:${report}`, estateId: filter.estateId ?? null, after: { report, ...factsOf(filter) } })),
    async masked(caller, scope, report, { filter, language }) {
      const table = await reports.report(scope, report, filter, 'masked')
      const exportId = ids.uuid()
      await runChange(caller.userId, ({ audit }) => audit({
        action: 'report.export', subject: `export:${exportId}`, estateId: filter.estateId ?? null, after: { report, ...factsOf(filter), rows: table.rows.length, names: 'masked' },
      }))
      return bookOf(table, { exportId, caller, filter, names: 'masked', reason: null, language })
    },
    async request(by, { estateId, report, filter, reason }) {
      // What cannot be made is refused now, not when somebody has agreed to it.
      await reports.report([estateId], report, filter, 'masked')
      const exportId = ids.uuid()
      await runChange(by, async ({ tx, atMs, audit }) => {
        await rows.addExport(tx, {
          exportId, estateId, report, filter: JSON.stringify(filter), reason, state: 'requested', requestedBy: by, requestedAtMs: atMs, decidedBy: null, decidedAtMs: null,
          endsAtMs: atMs + DECIDE_MS, takenAtMs: null,
        })
        await audit({ action: 'report.names-request', subject: `export:${exportId}`, estateId, after: { report, ...factsOf(filter), reason } })
      })
      return { exportId }
    },
    decide: (by, exportId, decision) => runChange(by, async ({ tx, atMs, audit }) => {
      const record = await found(tx, exportId)
      if (record.requestedBy === by) throw fail('SV_REPORT_SELF')
      const state = decision === 'approve' ? 'approved' : 'refused'
      const decided = { state, decidedBy: by, decidedAtMs: atMs, endsAtMs: atMs + TAKE_MS } as const
      if (!await rows.moveExport(tx, exportId, 'requested', atMs, decided)) throw fail('SV_REPORT_EXPORT', { state: record.state })
      await audit({ action: 'report.names-decide', subject: `export:${exportId}`, estateId: record.estateId, before: { state: 'requested' }, after: { state } })
    }),
    async take(caller, exportId, language) {
      const { report, filter: text, estateId, reason } = await runChange(caller.userId, (change) => takeIn(change, caller.userId, exportId))
      const filter = JSON.parse(text) as ReportFilter
      const table = await reports.report([estateId], report as PeopleReport, filter, 'clear')
      return bookOf(table, { exportId, caller, filter, names: 'clear', reason, language })
    },
    requests: (estateIds) => rows.exportsOf(read, estateIds, SHOWN_MAX),
    estateOf: async (exportId) => (await rows.findExport(read, exportId))?.estateId,
  }
}
