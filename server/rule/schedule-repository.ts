import type { ScheduleV1 } from '#contract/sync-roster.js'
import type { Tx } from '../db/transaction.js'

/** A schedule as gateways are told of it. */
export type ScheduleRecord = Omit<ScheduleV1, 'kind'>

interface ScheduleRow {
  readonly scheduleId: string
  readonly name: string
  readonly weekly: string
  readonly onHolidays: string
}

const recordOf = ({ scheduleId, name, weekly, onHolidays }: ScheduleRow): ScheduleRecord => ({
  scheduleId, name, weekly: JSON.parse(weekly) as ScheduleRecord['weekly'], onHolidays: JSON.parse(onHolidays) as ScheduleRecord['onHolidays'],
})

export async function find(tx: Tx, estateId: string, scheduleId: string): Promise<ScheduleRecord | null> {
  const row = await tx.schedule.findUnique({ where: { estateId_scheduleId: { estateId, scheduleId } } })
  return row === null ? null : recordOf(row)
}

/** Schedules of the estate, by id. */
export const list = async (tx: Tx, estateId: string): Promise<ScheduleRecord[]> =>
  (await tx.schedule.findMany({ where: { estateId }, orderBy: { scheduleId: 'asc' } })).map(recordOf)

export async function save(tx: Tx, estateId: string, schedule: ScheduleRecord): Promise<void> {
  const { scheduleId, name } = schedule
  const data = { name, weekly: JSON.stringify(schedule.weekly), onHolidays: JSON.stringify(schedule.onHolidays) }
  await tx.schedule.upsert({ where: { estateId_scheduleId: { estateId, scheduleId } }, create: { estateId, scheduleId, ...data }, update: data })
}

export const remove = async (tx: Tx, estateId: string, scheduleId: string): Promise<void> =>
  void (await tx.schedule.delete({ where: { estateId_scheduleId: { estateId, scheduleId } } }))
