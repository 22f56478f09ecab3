import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { gatesBySchedule, unknownEstates } from '../estate/estate-register.js'
import { countPermitsBySchedule } from '../permit/permit-register.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import { countVisitsBySchedule } from '../visitor/visit-register.js'
import * as schedules from './schedule-repository.js'
import { scheduleProblem } from './schedule-rules.js'

/** How many go by a schedule now. */
export interface ScheduleUse {
  readonly permits: number
  readonly gates: number
  readonly visits: number
}
export interface UsedSchedule extends schedules.ScheduleRecord {
  readonly usedBy: ScheduleUse
}

export interface ScheduleService {
  /** Schedules of the estate with who goes by them, by id. */
  list(estateId: string): Promise<UsedSchedule[]>
  /** Makes the schedule or sets all of it anew; whoever goes by it follows at once. @throws AppError SV_HTTP_NOT_FOUND (estate), SV_SCHEDULE_TIMES */
  put(by: string, estateId: string, schedule: schedules.ScheduleRecord): Promise<void>
  /** @throws AppError SV_HTTP_NOT_FOUND, SV_SCHEDULE_IN_USE */
  remove(by: string, estateId: string, scheduleId: string): Promise<void>
}

async function usesOf(tx: Tx, estateId: string): Promise<(scheduleId: string) => ScheduleUse> {
  const permits = await countPermitsBySchedule(tx, estateId)
  const gates = await gatesBySchedule(tx, estateId)
  const visits = await countVisitsBySchedule(tx, estateId)
  return (scheduleId) => ({ permits: permits.get(scheduleId) ?? 0, gates: gates.get(scheduleId)?.length ?? 0, visits: visits.get(scheduleId) ?? 0 })
}

const facts = ({ name, weekly, onHolidays }: schedules.ScheduleRecord) => ({
  name, weekly: weekly.map(({ days, from, until }) => `${days.join('+')} ${from}-${until}`), onHolidays: onHolidays.map(({ from, until }) => `${from}-${until}`),
})

async function put(change: Change, estateId: string, schedule: schedules.ScheduleRecord): Promise<void> {
  if ((await unknownEstates(change.tx, [estateId])).length > 0) throw fail('SV_HTTP_NOT_FOUND')
  const problem = scheduleProblem(schedule)
  if (problem !== undefined) throw fail('SV_SCHEDULE_TIMES', { ...problem })
  const { scheduleId } = schedule
  const before = await schedules.find(change.tx, estateId, scheduleId)
  await schedules.save(change.tx, estateId, schedule)
  await appendRosterChange(change.tx, estateId, `schedule:${scheduleId}`, { kind: 'schedule.v1', ...schedule })
  await change.audit({
    action: before === null ? 'schedule.create' : 'schedule.change', subject: `schedule:${estateId}/${scheduleId}`, estateId,
    ...(before === null ? {} : { before: facts(before) }), after: facts(schedule),
  })
}

async function remove(change: Change, estateId: string, scheduleId: string): Promise<void> {
  const before = await schedules.find(change.tx, estateId, scheduleId)
  if (before === null) throw fail('SV_HTTP_NOT_FOUND')
  const usedBy = (await usesOf(change.tx, estateId))(scheduleId)
  // A schedule that is gone lets nobody in: whoever goes by it would stand before a shut gate.
  if (usedBy.permits + usedBy.gates + usedBy.visits > 0) throw fail('SV_SCHEDULE_IN_USE', { ...usedBy })
  await schedules.remove(change.tx, estateId, scheduleId)
  await appendRosterChange(change.tx, estateId, `schedule:${scheduleId}`, { kind: 'schedule-deleted.v1', scheduleId })
  await change.audit({ action: 'schedule.remove', subject: `schedule:${estateId}/${scheduleId}`, estateId, before: facts(before) })
}

export const createScheduleService = (deps: { read: Tx; change: RunChange }): ScheduleService => ({
  async list(estateId) {
    const useOf = await usesOf(deps.read, estateId)
    return (await schedules.list(deps.read, estateId)).map((schedule) => ({ ...schedule, usedBy: useOf(schedule.scheduleId) }))
  },
  put: (by, estateId, schedule) => deps.change(by, (change) => put(change, estateId, schedule)),
  remove: (by, estateId, scheduleId) => deps.change(by, (change) => remove(change, estateId, scheduleId)),
})
