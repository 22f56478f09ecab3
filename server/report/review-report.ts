import { lateHouseholds } from '../billing/arrears-service.js'
import type { Tx } from '../db/transaction.js'
import { estateNames } from '../estate/estate-register.js'
import { type CivilDate, LAST_DATE, addDays, covers, startOfDayMs } from '../household/civil-date-rules.js'
import { type CoveringLease, leasesCovering } from '../household/lease-register.js'
import { homesByBill } from './figure-repository.js'
import { headNames } from './person-names.js'
import { type ReportFilter, type ReportTable, column, summed } from './report-table.js'
import { certificatesByHousehold, householdsNotSeen, watchedSinceMs } from './review-repository.js'
import { IDLE_DAYS, REVIEW_REASONS, findingsOf } from './review-rules.js'

const COLUMNS = [
  ...column('text', 'estate', 'unit', 'name'), ...column('code', 'tier', 'reason'), ...column('date', 'onDate'), ...column('count', 'unpaidMonths'), ...column('fen', 'lateFen'),
]

interface Watched {
  /** Leases of the last half year and to come. */
  readonly leases: readonly CoveringLease[]
  readonly today: CivilDate
}

/** Households that live there since half a year and were not seen at a gate in it; none where the gates are not watched for as long. */
async function notSeen(read: Tx, estateId: string, { leases, today }: Watched): Promise<ReadonlySet<string>> {
  const since = addDays(today, -IDLE_DAYS)
  const watched = await watchedSinceMs(read, estateId)
  if (watched === undefined || watched > startOfDayMs(since)) return new Set()
  const settled = new Set(leases.filter((lease) => lease.fromDate === since).map((lease) => lease.householdId))
  const missing = await householdsNotSeen(read, estateId, { date: today, sinceMs: startOfDayMs(since) })
  return new Set([...missing].filter((householdId) => settled.has(householdId)))
}

type ReviewRow = ReportTable['rows'][number] & { readonly rank: number }
async function rowsOf(read: Tx, estateId: string, estateName: string, { filter, today }: { filter: ReportFilter; today: CivilDate }): Promise<ReviewRow[]> {
  const leases = await leasesCovering(read, estateId, addDays(today, -IDLE_DAYS), LAST_DATE)
  const living = new Map(leases.filter((lease) => covers(lease, today)).map((lease) => [lease.householdId, lease]))
  const [certificates, bills, late, heads, unseen] = await Promise.all([
    certificatesByHousehold(read, estateId), homesByBill(read, estateId), lateHouseholds(read, estateId, today), headNames(read, [...living.keys()], today, 'masked'),
    notSeen(read, estateId, { leases, today }),
  ])
  const arrears = new Map((late ?? []).map((item) => [item.householdId, item]))
  return [...living].flatMap(([householdId, { unitLabel, buildingId }]) => {
    const { openFen = 0, unpaidMonths = 0 } = arrears.get(householdId) ?? {}
    const own = certificates.get(householdId) ?? []
    const tier = own.filter((one) => covers(one, today)).at(-1)?.tier ?? bills.get(householdId)?.tier ?? null
    if ((filter.buildingId ?? buildingId) !== buildingId || (filter.tier ?? tier) !== tier) return []
    const leaseUntil = leases.filter((lease) => lease.householdId === householdId).map((lease) => lease.untilDate).sort().at(-1) ?? LAST_DATE
    return findingsOf({ leaseUntil, tier, certificates: own, unpaidMonths, notSeen: unseen.has(householdId) }, today).map(({ reason, date }) => ({
      cells: [estateName, unitLabel, heads.get(householdId)?.name ?? '', tier, reason, date, unpaidMonths, openFen], link: { estateId, householdId },
      rank: REVIEW_REASONS.indexOf(reason),
    }))
  })
}

/**
 * Households to be looked at in the yearly review (资格年审) or to be warned that they may have to leave (退出预警), one row for each reason. Source:
 * leases that run today, certificates of tiers, newest bills, what is late as the list of arrears has it, and whether anybody of them passed a gate
 * in half a year (never when or where). Names are masked; whoever asks audits it.
 */
export async function reviewReport(read: Tx, estateIds: readonly string[], filter: ReportFilter, today: CivilDate): Promise<ReportTable> {
  const names = await estateNames(read, estateIds)
  const rows: ReviewRow[] = []
  for (const estateId of estateIds) rows.push(...await rowsOf(read, estateId, names.get(estateId) ?? estateId, { filter, today }))
  const text = (row: ReviewRow, at: number): string => String(row.cells[at] ?? '')
  rows.sort((a, b) => a.rank - b.rank || text(a, 5).localeCompare(text(b, 5)) || text(a, 1).localeCompare(text(b, 1), 'zh-CN', { numeric: true }))
  // A household may stand in several rows: what it owes must not be added up.
  return summed('review', COLUMNS, rows.map(({ cells, link }) => ({ cells, link })), ['unpaidMonths', 'lateFen'])
}
