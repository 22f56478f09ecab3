import { type ArrearsItem, lateHouseholds } from '../billing/arrears-service.js'
import { TIERS } from '../billing/rent-terms.js'
import type { Tx } from '../db/transaction.js'
import { estateNames } from '../estate/estate-register.js'
import type { CivilDate } from '../household/civil-date-rules.js'
import { type HomeRow, buildingNames, homesByBill } from './figure-repository.js'
import { type Names, headNames } from './person-names.js'
import { type ReportFilter, type ReportTable, column, summed } from './report-table.js'
import { EXIT_MONTHS } from './review-rules.js'

type Home = Pick<HomeRow, 'buildingId' | 'tier'>
type Late = ArrearsItem & Home & { readonly estateId: string }

/** Who is late today, each with building and tier of its newest bill; none of estates where no policy has begun. */
async function lateOf(read: Tx, estateIds: readonly string[], filter: ReportFilter, date: CivilDate): Promise<Late[]> {
  const late: Late[] = []
  for (const estateId of estateIds) {
    const items = await lateHouseholds(read, estateId, date) ?? []
    const homes: ReadonlyMap<string, Home> = items.length === 0 ? new Map() : await homesByBill(read, estateId)
    late.push(...items.map((item) => {
      const { buildingId = null, tier = null } = homes.get(item.householdId) ?? {}
      return { ...item, estateId, buildingId, tier }
    }))
  }
  const matches = (wanted: string | undefined, has: string | null): boolean => wanted === undefined || wanted === has
  return late.filter(({ buildingId, tier }) => matches(filter.buildingId, buildingId) && matches(filter.tier, tier))
}

const AGES = ['to30Fen', 'to90Fen', 'to180Fen', 'over180Fen'] as const
const AGEING_COLUMNS = [
  ...column('text', 'estate', 'building'), ...column('code', 'tier'), ...column('count', 'households', 'longHouseholds'), ...column('fen', 'lateFen', ...AGES),
]

/**
 * What is late today by estate, building and tier, by days overdue. Source: open parts of bills whose days of grace are over, as
 * the list of arrears has them; `longHouseholds` are those with `EXIT_MONTHS` unpaid months or more, whether they follow each other or not.
 */
export async function ageingReport(read: Tx, estateIds: readonly string[], filter: ReportFilter, date: CivilDate): Promise<ReportTable> {
  const [estates, buildings] = await Promise.all([estateNames(read, estateIds), buildingNames(read, estateIds)])
  const groups = new Map<string, Late[]>()
  for (const item of await lateOf(read, estateIds, filter, date)) {
    const key = JSON.stringify([estates.get(item.estateId), buildings.get(item.buildingId ?? '') ?? '', TIERS.findIndex((tier) => tier === item.tier)])
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  const rows = [...groups].sort(([a], [b]) => a.localeCompare(b, 'zh-CN', { numeric: true })).flatMap(([, items]) => {
    const [first] = items
    if (first === undefined) return []
    const { estateId, buildingId, tier } = first
    const sum = (of: (item: Late) => number): number => items.reduce((total, item) => total + of(item), 0)
    const ages = AGES.map((_, at) => sum((item) => item.ageingFen[at] ?? 0))
    const link = { estateId, ...(buildingId === null ? {} : { buildingId }), ...(tier === null ? {} : { tier }) }
    return [{
      cells: [
        estates.get(estateId) ?? estateId, buildings.get(buildingId ?? '') ?? null, tier, items.length, sum((item) => (item.unpaidMonths >= EXIT_MONTHS ? 1 : 0)),
        sum((item) => item.openFen), ...ages,
      ],
      link,
    }]
  })
  return summed('ageing', AGEING_COLUMNS, rows)
}

const ARREARS_COLUMNS = [
  ...column('text', 'estate', 'unit', 'name', 'phone'), ...column('count', 'unpaidMonths'), ...column('fen', 'lateFen', ...AGES), ...column('date', 'oldestDueDate'),
  ...column('count', 'daysOverdue'), ...column('code', 'step'),
]

/** Households with so many unpaid months, the longest first. Source as of `ageingReport`. */
export async function arrearsReport(
  read: Tx, estateIds: readonly string[], filter: ReportFilter, { date, names }: { date: CivilDate; names: Names },
): Promise<ReportTable> {
  const { minMonths = EXIT_MONTHS } = filter
  const items = (await lateOf(read, estateIds, filter, date)).filter((item) => item.unpaidMonths >= minMonths)
    .sort((a, b) => b.unpaidMonths - a.unpaidMonths || b.openFen - a.openFen)
  const [estates, heads] = await Promise.all([estateNames(read, estateIds), headNames(read, items.map((item) => item.householdId), date, names)])
  const rows = items.map(({ estateId, householdId, unitLabel, unpaidMonths, openFen, ageingFen, oldestDueDate, daysOverdue, step }) => {
    const head = heads.get(householdId)
    const who = [estates.get(estateId) ?? estateId, unitLabel, head?.name ?? '', head?.phone ?? '']
    return { cells: [...who, unpaidMonths, openFen, ...ageingFen, oldestDueDate, daysOverdue, step], link: { estateId, householdId } }
  })
  return summed('arrears', ARREARS_COLUMNS, rows, ['unpaidMonths', 'daysOverdue'])
}
