import type { Tx } from '../db/transaction.js'
import { estateNames } from '../estate/estate-register.js'
import { TIERS } from '../billing/rent-terms.js'
import * as rows from './figure-repository.js'
import type { MonthSpan } from './month-rules.js'
import { type BillLegs, type PrepaidLegs, type RentGroup, rentGroups } from './rent-figure-rules.js'
import { DIMENSIONS, type ReportCell, type ReportColumn, type ReportFilter, type ReportTable, type RowLink, column } from './report-table.js'

const FEN = [
  'openingFen', 'takenOverFen', 'billedFen', 'reducedFen', 'offsetFen', 'netFen', 'priorNetFen', 'collectedFen', 'priorCollectedFen', 'currentFen', 'clearedFen',
  'openFen', 'overdueFen', 'prepaidFen',
] as const
const PPM = ['currentPpm', 'clearedPpm', 'cumulativePpm'] as const
const FIGURES: readonly ReportColumn[] = [...column('fen', ...FEN), ...column('ppm', ...PPM)]
const DIMENSION_COLUMNS = { estate: 'text', building: 'text', tier: 'code', month: 'month' } as const

const linkOf = ({ estateId, buildingId, tier, month }: RentGroup): RowLink =>
  Object.fromEntries(Object.entries({ estateId, buildingId, tier, month }).filter(([, value]) => value !== null))

/** Legs of the estates, each with the home of its household as far as the filter asks for some. */
async function legsOf(read: Tx, estateIds: readonly string[], untilDate: string): Promise<{ bills: BillLegs[]; prepaid: PrepaidLegs[] }> {
  const bills: BillLegs[] = []
  const prepaid: PrepaidLegs[] = []
  for (const estateId of estateIds) {
    bills.push(...await rows.billLegs(read, estateId, untilDate))
    const ahead = await rows.prepaidLegs(read, estateId, untilDate)
    if (ahead.length === 0) continue
    const homes = await rows.homesByBill(read, estateId)
    for (const { householdId, ...legs } of ahead) {
      const { buildingId = null, tier = null } = homes.get(householdId ?? '') ?? {}
      prepaid.push({ ...legs, buildingId, tier })
    }
  }
  return { bills, prepaid }
}

/** Rents of estates by estate, building, tier and month: what `RentFigures` says, from the ledger and its bills. */
export async function rentReport(read: Tx, estateIds: readonly string[], filter: ReportFilter, { months, untilDate }: MonthSpan): Promise<ReportTable> {
  const by = DIMENSIONS.filter((dimension) => (filter.by ?? ['estate', 'month']).includes(dimension))
  const wanted = ({ buildingId, tier }: Pick<BillLegs, 'buildingId' | 'tier'>): boolean =>
    (filter.buildingId === undefined || buildingId === filter.buildingId) && (filter.tier === undefined || tier === filter.tier)
  const all = await legsOf(read, estateIds, untilDate)
  const [bills, prepaid] = [all.bills.filter(wanted), all.prepaid.filter(wanted)]
  const [estates, buildings] = await Promise.all([estateNames(read, estateIds), rows.buildingNames(read, estateIds)])
  const nameOf = {
    estate: ({ estateId }: RentGroup) => estates.get(estateId ?? '') ?? estateId, building: ({ buildingId }: RentGroup) => buildings.get(buildingId ?? '') ?? buildingId,
    tier: ({ tier }: RentGroup) => tier, month: ({ month }: RentGroup) => month,
  }
  const rank = (group: RentGroup): string => by.map((dimension) =>
    (dimension === 'tier' ? String(TIERS.findIndex((tier) => tier === group.tier) + 1).padStart(2, '0') : nameOf[dimension](group) ?? '')).join('\n')
  const groups = rentGroups(bills, prepaid, months, by)
    .filter((group) => FEN.some((key) => group[key] !== 0))
    .sort((a, b) => rank(a).localeCompare(rank(b), 'zh-CN', { numeric: true }))
  const [total] = rentGroups(bills, prepaid, months, [])
  /** Month by month they are split otherwise than over all months: no sum of their rows. */
  const split = by.includes('month') ? ['currentFen', 'clearedFen'] : []
  const cells = (group: RentGroup): ReportCell[] => FIGURES.map(({ key }) => group[key as keyof RentGroup])
  return {
    report: 'rent', columns: [...by.map((dimension) => ({ key: dimension, unit: DIMENSION_COLUMNS[dimension] })), ...FIGURES],
    rows: groups.map((group) => ({
      cells: [...by.map((dimension) => nameOf[dimension](group)), ...cells(group)],
      link: linkOf(group),
    })),
    totals: [...by.map(() => null), ...FIGURES.map(({ key, unit }) => (split.includes(key) ? null : total?.[key as keyof RentGroup] ?? (unit === 'fen' ? 0 : null)))],
  }
}
