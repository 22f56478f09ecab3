import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { AlarmService } from './alarm-service.js'

export const ROSTER_LOOK_MS = 60_000
const ROSTER_STALE = { alarm: 'roster-stale', gateId: null, deviceId: null } as const
const HOUR_MS = 3_600_000

/** Watches how old the roster is: the desk must know that nobody's revocation reaches the estate, and when it is over. */
export function createRosterWatch(deps: {
  /** Since everything that the server had was here. */
  ageMs: () => number
  alarms: Pick<AlarmService, 'raise' | 'clear' | 'list'>
  oldHours: number
  clock: Clock
}): { start(): void; stop(): void } {
  const { ageMs, alarms, oldHours, clock } = deps
  let cancel: CancelTimer = () => undefined

  const look = (): void => {
    const hours = ageMs() / HOUR_MS
    const stands = alarms.list().some(({ alarm, phase }) => alarm === 'roster-stale' && phase.kind === 'open' && phase.active)
    if (hours >= oldHours && !stands) alarms.raise({ ...ROSTER_STALE, detail: `${Math.floor(hours)} h without the server` })
    if (hours < oldHours && stands) alarms.clear(ROSTER_STALE)
    cancel = clock.after(ROSTER_LOOK_MS, look)
  }
  return { start: look, stop: () => cancel() }
}
