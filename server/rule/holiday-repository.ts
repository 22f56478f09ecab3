import type { HolidayV1 } from '#contract/sync-roster.js'
import type { Tx } from '../db/transaction.js'

export type HolidayRecord = Omit<HolidayV1, 'kind'>

interface HolidayRow {
  readonly date: string
  readonly name: string
  readonly treatAs: string
}

const recordOf = ({ date, name, treatAs }: HolidayRow): HolidayRecord => ({ date, name, treatAs: treatAs as HolidayRecord['treatAs'] })
const ofYear = (year: number) => ({ date: { gte: `${year}-01-01`, lte: `${year}-12-31` } })

/** All days, the earliest first. */
export const list = async (tx: Tx): Promise<HolidayRecord[]> => (await tx.holiday.findMany({ orderBy: { date: 'asc' } })).map(recordOf)

/** Days of a year with where they were taken from. */
export async function listYear(tx: Tx, year: number): Promise<{ days: HolidayRecord[]; source: string | null }> {
  const rows = await tx.holiday.findMany({ where: ofYear(year), orderBy: { date: 'asc' } })
  return { days: rows.map(recordOf), source: rows[0]?.source ?? null }
}

export async function replaceYear(tx: Tx, year: number, days: readonly HolidayRecord[], source: string): Promise<void> {
  await tx.holiday.deleteMany({ where: ofYear(year) })
  await tx.holiday.createMany({ data: days.map((day) => ({ ...day, source })) })
}
