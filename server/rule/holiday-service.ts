import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { allEstates } from '../estate/estate-register.js'
import { type ItemChange, appendRosterChanges } from '../roster/roster-change-writer.js'
import { holidayItem } from './holiday-announcement.js'
import * as holidays from './holiday-repository.js'
import { holidayProblem } from './holiday-rules.js'
import { HOLIDAY_TABLES, type HolidayTable } from './holiday-tables.js'

export interface HolidayYear {
  readonly days: readonly holidays.HolidayRecord[]
  readonly source: string | null
  /** The table of that year that the server ships, null where there is none. */
  readonly offered: HolidayTable | null
}

export interface HolidayService {
  year(year: number): Promise<HolidayYear>
  /** Sets all days of the year anew, for every estate. @throws AppError SV_HOLIDAY_DAYS */
  putYear(by: string, year: number, table: { days: readonly holidays.HolidayRecord[]; source: string }): Promise<void>
}

const endOf = (date: string): ItemChange => ({ itemKey: `holiday:${date}`, item: { kind: 'holiday-deleted.v1', date } })

async function putYear(change: Change, year: number, { days, source }: { days: readonly holidays.HolidayRecord[]; source: string }): Promise<void> {
  const problem = holidayProblem(year, days)
  if (problem !== undefined) throw fail('SV_HOLIDAY_DAYS', { ...problem })
  const { days: before } = await holidays.listYear(change.tx, year)
  const known = new Map(before.map((day) => [day.date, JSON.stringify(day)]))
  const now = new Set(days.map((day) => day.date))
  const changes = [
    ...before.filter((day) => !now.has(day.date)).map((day) => endOf(day.date)),
    ...days.map(({ date, name, treatAs }) => ({ date, name, treatAs })).filter((day) => known.get(day.date) !== JSON.stringify(day)).map(holidayItem),
  ]
  await holidays.replaceYear(change.tx, year, days, source)
  for (const estateId of await allEstates(change.tx)) await appendRosterChanges(change.tx, estateId, changes)
  const text = (day: holidays.HolidayRecord): string => `${day.date} ${day.treatAs}`
  await change.audit({ action: 'holidays.set', subject: `holidays:${year}`, estateId: null, before: { days: before.map(text) }, after: { days: days.map(text), source } })
}

export const createHolidayService = (deps: { read: Tx; change: RunChange }): HolidayService => ({
  year: async (year) => ({ ...(await holidays.listYear(deps.read, year)), offered: HOLIDAY_TABLES.find((table) => table.year === year) ?? null }),
  putYear: (by, year, table) => deps.change(by, (change) => putYear(change, year, table)),
})
