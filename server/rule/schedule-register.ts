import type { DayCalendar } from '#kernel/schedule.js'
import type { Tx } from '../db/transaction.js'
import * as holidays from './holiday-repository.js'
import * as schedules from './schedule-repository.js'

/** What other features ask of the rules. */

export type RegisteredSchedule = schedules.ScheduleRecord

/** Those of `scheduleIds` that the estate does not have. */
export async function unknownSchedules(tx: Tx, estateId: string, scheduleIds: readonly (string | null)[]): Promise<string[]> {
  const asked = scheduleIds.filter((id) => id !== null)
  if (asked.length === 0) return []
  const known = new Set((await schedules.list(tx, estateId)).map((schedule) => schedule.scheduleId))
  return asked.filter((id) => !known.has(id))
}

export const schedulesOfEstate = (tx: Tx, estateId: string): Promise<RegisteredSchedule[]> => schedules.list(tx, estateId)

/** The days that are not as their week day says. */
export const dayCalendar = async (tx: Tx): Promise<DayCalendar> =>
  new Map((await holidays.list(tx)).map(({ date, treatAs }) => [date, treatAs]))
