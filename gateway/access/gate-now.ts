import type { DoorModes } from './door-modes.js'
import { type FreshnessLimits, freshnessOf } from './freshness-rules.js'
import type { Openings } from './openings.js'
import type { Times } from './permit-rules.js'
import type { GateNow } from './policy.js'
import type { AccessView, DevicePlace } from './ports.js'
import type { Presence } from './presence.js'

const NOBODY_INSIDE = { inside: 0, isInside: false }

/** Everything that a decision asks of the moment, read in one go. */
export interface Moment {
  times(): Times
  /** @param holder whom anti-passback and occupancy count, null where nobody is told apart */
  of(place: DevicePlace | undefined, holder: string | null): GateNow
}

export function createMoment(deps: { view: AccessView; modes: DoorModes; presence: Presence; openings: Openings; times: () => Times; limits: FreshnessLimits }): Moment {
  const { view, modes, presence, openings, times, limits } = deps
  return {
    times,
    of(place, holder) {
      const roster = freshnessOf(view.rosterAgeMs(), limits)
      if (place === undefined) return { fire: false, mode: 'normal', lastCrossing: undefined, area: NOBODY_INSIDE, group: [], controller: undefined, roster }
      const { gate } = place
      const held = modes.of(gate.gateId)
      return {
        fire: held.cause === 'fire-zone' || view.doors.state(gate.controllerId, gate.doorNo).kind === 'fire',
        mode: held.mode,
        lastCrossing: holder === null ? undefined : presence.last(gate, holder),
        area: gate.rules.occupancyMax === null ? NOBODY_INSIDE : presence.area(gate, holder),
        group: openings.groupOf(gate),
        controller: view.clocks.controllerClock(gate.controllerId),
        roster,
      }
    },
  }
}
