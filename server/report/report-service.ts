import type { Clock } from '#kernel/clock.js'
import { type EstateScope, covers } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { allEstates } from '../estate/estate-register.js'
import { type CivilDate, civilDateOf } from '../household/civil-date-rules.js'
import { estateOfHousehold } from '../household/household-register.js'
import type { TransitService } from '../treasury/transit-service.js'
import { ageingReport, arrearsReport } from './arrears-reports.js'
import { cardReport } from './card-report.js'
import { MONTHS_MAX, type MonthSpan, monthSpan } from './month-rules.js'
import type { Names } from './person-names.js'
import { performanceReport } from './performance-report.js'
import { channelReport, handOverReport, transitReport } from './place-reports.js'
import { rentReport } from './rent-report.js'
import type { ReportFilter, ReportName, ReportTable } from './report-table.js'
import { reviewReport } from './review-report.js'

/** Rows of one report; for more it must be narrowed. Five times the estates, tiers and months of Jiangmen by building. */
const ROWS_MAX = 20_000

export interface ReportService {
  /**
   * One report over the estates of `scope` (of the filter's, where it names one: the caller has checked it).
   * @throws AppError SV_HTTP_VALIDATION naming the field, SV_HTTP_NOT_FOUND for a household out of scope, SV_REPORT_TOO_LARGE
   */
  report(scope: EstateScope, report: ReportName, filter: ReportFilter, names: Names): Promise<ReportTable>
}

function spanOf({ fromMonth, untilMonth }: ReportFilter): MonthSpan {
  if (fromMonth === undefined) throw fail('SV_HTTP_VALIDATION', { field: 'fromMonth', problem: 'is missing' })
  if (untilMonth === undefined) throw fail('SV_HTTP_VALIDATION', { field: 'untilMonth', problem: 'is missing' })
  const span = monthSpan(fromMonth, untilMonth)
  if (span === undefined) throw fail('SV_HTTP_VALIDATION', { field: 'untilMonth', problem: `is before fromMonth, or makes more than ${MONTHS_MAX} months` })
  return span
}

function yearOf({ year }: ReportFilter, today: CivilDate): string {
  if (year === undefined) throw fail('SV_HTTP_VALIDATION', { field: 'year', problem: 'is missing' })
  if (year > today.slice(0, 4)) throw fail('SV_HTTP_VALIDATION', { field: 'year', problem: 'has not begun' })
  return year
}

export function createReportService(deps: { readonly read: Tx; readonly clock: Clock; readonly transit: TransitService; readonly rowsMax?: number }): ReportService {
  const { read, clock, transit, rowsMax = ROWS_MAX } = deps

  async function card(scope: EstateScope, filter: ReportFilter, names: Names): Promise<ReportTable> {
    const { householdId } = filter
    if (householdId === undefined) throw fail('SV_HTTP_VALIDATION', { field: 'householdId', problem: 'is missing' })
    const estateId = await estateOfHousehold(read, householdId)
    if (estateId === undefined || !covers(scope, estateId)) throw fail('SV_HTTP_NOT_FOUND')
    return cardReport(read, { estateId, householdId, names, today: civilDateOf(clock.wallMs()) }, spanOf(filter))
  }

  async function made(scope: EstateScope, report: ReportName, filter: ReportFilter, names: Names): Promise<ReportTable> {
    const estateIds = scope === 'all' ? await allEstates(read) : scope
    const date = civilDateOf(clock.wallMs())
    switch (report) {
      case 'rent': return rentReport(read, estateIds, filter, spanOf(filter))
      case 'ageing': return ageingReport(read, estateIds, filter, date)
      case 'arrears': return arrearsReport(read, estateIds, filter, { date, names })
      case 'channels': return channelReport(read, estateIds, spanOf(filter))
      case 'hand-over': return handOverReport(read, estateIds, spanOf(filter))
      case 'transit': return transitReport(read, estateIds, transit)
      case 'performance': return performanceReport(read, estateIds, yearOf(filter, date), { today: date, nowMs: clock.wallMs() })
      case 'review': return reviewReport(read, estateIds, filter, date)
      case 'card': return card(scope, filter, names)
    }
  }

  return {
    async report(scope, report, filter, names) {
      const table = await made(scope, report, filter, names)
      if (table.rows.length > rowsMax) throw fail('SV_REPORT_TOO_LARGE', { rowsMax, field: 'by', problem: `leaves more than ${rowsMax} rows` })
      return table
    },
  }
}
