import { lateHouseholds } from '../billing/arrears-service.js'
import type { Tx } from '../db/transaction.js'
import { estateNames } from '../estate/estate-register.js'
import { type CivilDate, LAST_DATE } from '../household/civil-date-rules.js'
import { leasesCovering } from '../household/lease-register.js'
import { homesByBill } from './figure-repository.js'
import { headNames } from './person-names.js'
import { type ReportFilter, type ReportTable, column, summed } from './report-table.js'
import { certificatesByHousehold } from './review-repository.js'
import { REVIEW_REASONS, findingsOf } from './review-rules.js'

const COLUMNS = [
  ...column('text', 'estate', 'unit', 'name'), ...column('code', 'tier', 'reason'), ...column('date', 'onDate'), ...column('count', 'unpaidMonths'), ...column('fen', 'lateFen'),
]

/**
 * Households to be looked at in the yearly review (资格年审) or to be warned that they may have to leave (退出预警), one row for each reason. Source:
 * leases that run today, certificates of tiers, newest bills, and what is late as the list of arrears has it. Names are masked.
 */
export async function reviewReport(read: Tx, estateIds: readonly string[], filter: ReportFilter, today: CivilDate): Promise<ReportTable> {
  const names = await estateNames(read, estateIds)
  const rows: Array<ReportTable['rows'][number] & { readonly rank: number }> = []
  for (const estateId of estateIds) {
    const leases = await leasesCovering(read, estateId, today, LAST_DATE)
    const living = new Map(leases.filter((lease) => lease.fromDate === today).map((lease) => [lease.householdId, lease]))
    const [certificates, bills, late, heads] = await Promise.all([
      certificatesByHousehold(read, estateId), homesByBill(read, estateId), lateHouseholds(read, estateId, today), headNames(read, [...living.keys()], today, 'masked'),
    ])
    const arrears = new Map((late ?? []).map((item) => [item.householdId, item]))
    for (const [householdId, { unitLabel, buildingId }] of living) {
      if (filter.buildingId !== undefined && filter.buildingId !== buildingId) continue
      const { openFen = 0, unpaidMonths = 0 } = arrears.get(householdId) ?? {}
      const own = certificates.get(householdId) ?? []
      const tier = own.filter((one) => one.fromDate <= today && today <= one.untilDate).at(-1)?.tier ?? bills.get(householdId)?.tier ?? null
      if (filter.tier !== undefined && filter.tier !== tier) continue
      const leaseUntil = leases.filter((lease) => lease.householdId === householdId).map((lease) => lease.untilDate).sort().at(-1) ?? LAST_DATE
      for (const { reason, date } of findingsOf({ leaseUntil, tier, certificates: own, unpaidMonths }, today)) {
        const cells = [names.get(estateId) ?? estateId, unitLabel, heads.get(householdId)?.name ?? '', tier, reason, date, unpaidMonths, openFen]
        rows.push({ cells, link: { estateId, householdId }, rank: REVIEW_REASONS.indexOf(reason) })
      }
    }
  }
  const text = (row: { readonly cells: readonly unknown[] }, at: number): string => String(row.cells[at] ?? '')
  rows.sort((a, b) => a.rank - b.rank || text(a, 5).localeCompare(text(b, 5)) || text(a, 1).localeCompare(text(b, 1), 'zh-CN', { numeric: true }))
  // A household may stand in several rows: what it owes must not be added up.
  return summed('review', COLUMNS, rows.map(({ cells, link }) => ({ cells, link })), ['unpaidMonths', 'lateFen'])
}
