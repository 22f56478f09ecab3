import { maskedName } from '../../access-log/name-rules.js'
import { type CivilDate, dayBefore } from '../../household/civil-date-rules.js'
import type { ListedHousehold } from '../../household/household-directory.js'
import { type Row, type RowError, cellError } from '../../household/import/row-rules.js'
import { sumFen } from '../../money/fen.js'
import { monthAfter } from '../period-rules.js'
import { OPENING_SHEETS, type OpeningSheet } from './opening-columns.js'

interface WhoRow extends Row {
  readonly householdNo?: string
  readonly building?: string
  readonly roomNo?: string
  readonly tenant: string
}
export interface OpeningRows {
  readonly balances: ReadonlyArray<WhoRow & { readonly prepaidFen?: number; readonly depositFen?: number }>
  readonly arrears: ReadonlyArray<WhoRow & { readonly period: string; readonly rentFen?: number; readonly lateChargeFen?: number; readonly dueDate?: CivilDate }>
}

export interface OpeningMonth {
  /** 2026-03 */
  readonly period: string
  readonly rentFen: number
  readonly lateChargeFen: number
  readonly dueDate: CivilDate
  readonly sheetRow: number
}

/** What one household brings along. */
export interface OpeningHousehold {
  readonly householdId: string
  readonly householdNo: string
  readonly unitLabel: string
  readonly buildingId: string | null
  readonly prepaidFen: number
  readonly depositFen: number
  readonly months: OpeningMonth[]
}

export interface OpeningFacts {
  readonly rows: OpeningRows
  readonly households: readonly ListedHousehold[]
  /** Households whose balances were taken over before. */
  readonly openedBefore: ReadonlySet<string>
  /** Last day of the books before. */
  readonly asOfDate: CivilDate
}

const unitKey = (building: string, roomNo: string): string => `${building}\n${roomNo}`
export const lastDayOf = (period: string): CivilDate => dayBefore(monthAfter(`${period}-01`, 1))

/** Finds who rows are about; collects what is wrong with them. */
function finderOf({ households, openedBefore }: OpeningFacts, errors: RowError[]) {
  const byNo = new Map(households.map((each) => [each.householdNo, each]))
  const byUnit = new Map(households.filter((each) => each.living).map((each) => [unitKey(each.building, each.roomNo), each]))
  const wrong = (sheet: OpeningSheet, row: number, key: string, value: string, problem: string, expected = ''): undefined =>
    void errors.push(cellError(OPENING_SHEETS[sheet], row, key, value, problem, expected))

  function find(sheet: OpeningSheet, { row, householdNo, building, roomNo, tenant }: WhoRow): ListedHousehold | undefined {
    const unit = building === undefined || roomNo === undefined ? undefined : unitKey(building, roomNo)
    if (householdNo === undefined && unit === undefined) return wrong(sheet, row, 'householdNo', '', 'household-missing')
    const found = householdNo === undefined ? byUnit.get(unit ?? '') : byNo.get(householdNo)
    if (found === undefined) {
      return householdNo === undefined ? wrong(sheet, row, 'roomNo', `${building} ${roomNo}`, 'unit-empty') : wrong(sheet, row, 'householdNo', householdNo, 'household-unknown')
    }
    if (unit !== undefined && unit !== unitKey(found.building, found.roomNo)) return wrong(sheet, row, 'roomNo', roomNo ?? '', 'unit-differs', found.unitLabel)
    if (found.headName !== null && found.headName !== tenant) return wrong(sheet, row, 'tenant', tenant, 'tenant-differs', maskedName(found.headName))
    if (openedBefore.has(found.householdId)) return wrong(sheet, row, 'householdNo', found.householdNo, 'opened-before')
    return found
  }
  /** Refuses what an earlier row said. */
  function once(seen: Map<string, number>, sheet: OpeningSheet, row: number, key: string, column: string, value: string): boolean {
    const earlier = seen.get(key)
    if (earlier !== undefined) wrong(sheet, row, column, value, 'duplicate', String(earlier))
    else seen.set(key, row)
    return earlier === undefined
  }
  return { find, once, wrong }
}

/** Checks every row against the register; rows with an error are left out. Pure. */
export function openingOf(facts: OpeningFacts): { households: OpeningHousehold[]; errors: RowError[] } {
  const { rows, asOfDate } = facts
  const errors: RowError[] = []
  const { find, once, wrong } = finderOf(facts, errors)
  const all = new Map<string, OpeningHousehold>()
  const cardOf = ({ householdId, householdNo, unitLabel, buildingId }: ListedHousehold): OpeningHousehold =>
    all.get(householdId) ?? { householdId, householdNo, unitLabel, buildingId, prepaidFen: 0, depositFen: 0, months: [] }
  const seenBalances = new Map<string, number>()
  for (const line of rows.balances) {
    const { row, prepaidFen = 0, depositFen = 0 } = line
    const found = find('balances', line)
    if (found === undefined || !once(seenBalances, 'balances', row, found.householdId, 'householdNo', found.householdNo)) continue
    if (prepaidFen + depositFen === 0) wrong('balances', row, 'prepaidFen', '', 'nothing')
    else all.set(found.householdId, { ...cardOf(found), prepaidFen, depositFen })
  }
  const seenMonths = new Map<string, number>()
  for (const line of rows.arrears) {
    const { row, period, rentFen = 0, lateChargeFen = 0 } = line
    const found = find('arrears', line)
    if (found === undefined || !once(seenMonths, 'arrears', row, `${found.householdId} ${period}`, 'period', period)) continue
    const dueDate = line.dueDate ?? (lastDayOf(period) < asOfDate ? lastDayOf(period) : asOfDate)
    if (period > asOfDate.slice(0, 7)) wrong('arrears', row, 'period', period, 'after-books', `≤ ${asOfDate.slice(0, 7)}`)
    else if (dueDate > asOfDate) wrong('arrears', row, 'dueDate', dueDate, 'after-books', `≤ ${asOfDate}`)
    else if (rentFen + lateChargeFen === 0) wrong('arrears', row, 'rentFen', '', 'nothing')
    else {
      const card = cardOf(found)
      all.set(found.householdId, { ...card, months: [...card.months, { period, rentFen, lateChargeFen, dueDate, sheetRow: row }] })
    }
  }
  return { households: [...all.values()].sort((a, b) => (a.householdNo < b.householdNo ? -1 : 1)), errors }
}

export const FIGURES = ['households', 'rent', 'late-charge', 'prepaid', 'deposit'] as const
export type FigureName = (typeof FIGURES)[number]
/** Fen, but for the number of households. */
export type OpeningSums = Readonly<Record<FigureName, number>>

export function sumsOf(households: readonly OpeningHousehold[]): OpeningSums {
  const months = households.flatMap((each) => each.months)
  return {
    'households': households.length, 'rent': sumFen(months.map((each) => each.rentFen)), 'late-charge': sumFen(months.map((each) => each.lateChargeFen)),
    'prepaid': sumFen(households.map((each) => each.prepaidFen)), 'deposit': sumFen(households.map((each) => each.depositFen)),
  }
}

/** Money of households that is there when the books begin, and where. */
export interface HeldMoney {
  readonly account: 'bank' | 'cash'
  readonly of: string
  readonly fen: number
}

/** `held`: what is said to be held of households' money, against what they have prepaid and deposited by the list. */
export type DifferenceName = FigureName | 'held'
export interface OpeningDifference {
  readonly name: DifferenceName
  /** What the list says. */
  readonly list: number
  /** What the books before say. */
  readonly control: number
  readonly difference: number
  /** Why they differ; null where they do not. */
  readonly note: string | null
}

/** The list against totals that a person took from the books before: every figure, equal or not. */
export function differencesOf(
  sums: OpeningSums, control: OpeningSums, held: readonly HeldMoney[], notes: Readonly<Partial<Record<DifferenceName, string>>>,
): OpeningDifference[] {
  const pairs: Array<readonly [DifferenceName, number, number]> = [
    ...FIGURES.map((name) => [name, sums[name], control[name]] as const), ['held', sums.prepaid + sums.deposit, sumFen(held.map((each) => each.fen))],
  ]
  return pairs.map(([name, list, said]) => {
    const note = notes[name]?.trim() ?? ''
    return { name, list, control: said, difference: list - said, note: list === said || note === '' ? null : note }
  })
}
