import type { DoorMode, DoorModeCause } from '#contract/device-messages.js'
import type { GateRules } from '#contract/sync-roster.js'
import { localMoment, timeOfDayMs, timesOfDay } from '#kernel/schedule.js'
import type { Times } from './permit-rules.js'

/** How a gate is held, and by what. `normal` has no cause of its own: it is the end of the one named. */
export interface HeldMode {
  readonly mode: DoorMode
  readonly cause: DoorModeCause
}

/** When the times of a schedule that hold now began, or undefined outside of them. */
function beganAtMs(scheduleId: string | null, { nowWallMs, schedule, calendar }: Times): number | undefined {
  const known = scheduleId === null ? undefined : schedule(scheduleId)
  if (known === undefined) return undefined
  const moment = localMoment(nowWallMs)
  const midnightMs = nowWallMs - moment.dayMs
  const begun = timesOfDay(known, calendar, moment)
    .filter(({ from, until }) => timeOfDayMs(from) <= moment.dayMs && moment.dayMs < timeOfDayMs(until))
    .map(({ from }) => midnightMs + timeOfDayMs(from))
  return begun.length === 0 ? undefined : Math.min(...begun)
}

/**
 * What the gate's schedules say now. Locked goes before open where both hold. With `firstPersonIn` the open times begin
 * when somebody with a permit came in, so that no gate stands open before anybody is there (first person in).
 */
export function scheduledMode(
  rules: Pick<GateRules, 'openScheduleId' | 'lockedScheduleId' | 'firstPersonIn'>, times: Times, firstInAtMs: number | null,
): DoorMode {
  if (beganAtMs(rules.lockedScheduleId, times) !== undefined) return 'kept-locked'
  const openSinceMs = beganAtMs(rules.openScheduleId, times)
  if (openSinceMs === undefined) return 'normal'
  const somebodyIsIn = firstInAtMs !== null && openSinceMs <= firstInAtMs && firstInAtMs <= times.nowWallMs
  return !rules.firstPersonIn || somebodyIsIn ? 'kept-open' : 'normal'
}

/** Fire before people before schedules (GB 50396-2007 §9.0.1). */
export function heldMode(said: { readonly fire: boolean; readonly operatorMode: DoorMode | null; readonly scheduled: DoorMode }): HeldMode {
  if (said.fire) return { mode: 'kept-open', cause: 'fire-zone' }
  if (said.operatorMode !== null) return { mode: said.operatorMode, cause: 'operator' }
  return { mode: said.scheduled, cause: 'schedule' }
}
