import type { Clock } from '#kernel/clock.js'
import type { GateV2 } from '#contract/sync-roster.js'
import type { GroupDoor } from './interlock-rules.js'
import type { DoorLookup, RosterLookup } from './ports.js'

/** Gates that were released a moment ago: between the grant and the controller's own word the door counts as open. */
export interface Openings {
  begin(gate: GateV2): void
  /** The door did not open by it. */
  drop(gate: GateV2): void
  /** The other gates of this gate's interlock group; none where it has no group. */
  groupOf(gate: GateV2): readonly GroupDoor[]
}

export function createOpenings(deps: { roster: RosterLookup; doors: DoorLookup; clock: Clock; commandValidityMs: number }): Openings {
  const { roster, doors, clock, commandValidityMs } = deps
  const untilMs = new Map<string, number>()
  return {
    begin: ({ gateId, releaseMs }) => void untilMs.set(gateId, clock.monoMs() + commandValidityMs + releaseMs),
    drop: ({ gateId }) => void untilMs.delete(gateId),
    groupOf({ gateId, rules: { interlockGroup } }) {
      if (interlockGroup === null) return []
      return roster.gates().filter((other) => other.rules.interlockGroup === interlockGroup && other.gateId !== gateId).map((other) => ({
        state: doors.state(other.controllerId, other.doorNo).kind, opening: clock.monoMs() < (untilMs.get(other.gateId) ?? 0),
      }))
    },
  }
}
