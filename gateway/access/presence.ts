import type { Direction } from '#contract/passage-record.js'
import type { GateV2 } from '#contract/sync-roster.js'
import { createCrossings } from './crossings.js'
import type { AreaNow } from './occupancy-rules.js'
import { type Crossing, passbackArea } from './passback-rules.js'
import type { AccessPolicy, AccessRuntime, AccessStore, DoorLookup } from './ports.js'
import type { PresenceRow } from './rule-ports.js'

/** Somebody who was let through and whose door has not been seen to open yet. */
export interface Entering {
  readonly passageId: string
  readonly gate: GateV2
  readonly holder: string
  readonly direction: Direction
  /** True where it is somebody with a permit of their own, not a visit. */
  readonly hasPermit: boolean
}

/**
 * Who is inside which area, as far as doors were seen to open. Somebody who was refused, or let in by a door that stayed
 * shut, is not inside. Survives a restart, is forgotten after the policy's hours, and never holds more than it may.
 */
export interface Presence {
  load(rows: readonly PresenceRow[]): void
  /** Undefined where nothing was seen lately. */
  last(gate: GateV2, holder: string): Crossing | undefined
  area(gate: GateV2, holder: string | null): AreaNow
  begin(entering: Entering): void
  /** The controller released the door. */
  released(passageId: string): void
  /** The door did not open by it. */
  drop(passageId: string): void
  /** Somebody went through without a word of ours, as by a terminal that decides by itself; a report that comes late undoes nothing that is newer. */
  crossed(gate: GateV2, crossing: Omit<PresenceRow, 'areaId'>): void
  /** A door is known to stand open now. */
  opened(controllerId: string, doorNo: number): void
}

/** A door that does not open for so long after its release was not gone through. */
const OPENS_WITHIN_MS = 10_000
/** How often what is too old goes from the disk too. */
const PRUNE_EVERY = 500

/** Gates behind which nobody asks who is inside cost no write. */
const isCounted = ({ rules }: GateV2): boolean => rules.areaId !== null || rules.antiPassback !== 'off' || rules.firstPersonIn

const HOUR_MS = 3_600_000

export function createPresence(deps: {
  store: AccessStore; doors: DoorLookup; policy: Pick<AccessPolicy, 'presenceHours' | 'commandValidityMs'>; runtime: AccessRuntime
  crossed: (entering: Entering, atMs: number) => void
}): Presence {
  const { store, doors, policy, runtime: { clock, log, observer }, crossed: onConfirmed } = deps
  const forgetMs = policy.presenceHours * HOUR_MS
  const crossings = createCrossings({ clock, forgetMs })
  const under = new Map<string, { readonly entering: Entering; cancel: () => void }>()
  let written = 0

  const drop = (passageId: string): void => {
    under.get(passageId)?.cancel()
    under.delete(passageId)
  }
  const confirm = ({ entering }: { readonly entering: Entering }): void => {
    const { passageId, gate, holder, direction } = entering
    drop(passageId)
    const atMs = clock.wallMs()
    onConfirmed(entering, atMs)
    keep(gate, { holder, direction, atMs })
  }
  const keep = (gate: GateV2, crossing: Omit<PresenceRow, 'areaId'>): void => {
    const row: PresenceRow = { areaId: passbackArea(gate), ...crossing }
    crossings.put(row)
    const prunes = written++ % PRUNE_EVERY === 0
    store.transact(async (tx) => {
      await tx.putPresence(row)
      if (prunes) await tx.prunePresence(clock.wallMs() - forgetMs)
    }).catch((error: unknown) => {
      observer.anomaly('store-failed')
      log.error({ err: error, gateId: gate.gateId }, 'a crossing is known here, and would not be after a restart')
    })
  }

  return {
    load(rows) {
      for (const row of [...rows].sort((a, b) => a.atMs - b.atMs)) crossings.put(row)
    },
    last: (gate, holder) => crossings.get(passbackArea(gate), holder),
    area(gate, holder) {
      const areaId = passbackArea(gate)
      const inside = crossings.inside(areaId)
      for (const { entering } of under.values()) if (entering.direction === 'in' && passbackArea(entering.gate) === areaId) inside.add(entering.holder)
      return { inside: inside.size, isInside: holder !== null && inside.has(holder) }
    },
    begin(entering) {
      if (!isCounted(entering.gate)) return
      const cancel = clock.after(policy.commandValidityMs + entering.gate.releaseMs + OPENS_WITHIN_MS, () => drop(entering.passageId))
      under.set(entering.passageId, { entering, cancel })
    },
    released(passageId) {
      const now = under.get(passageId)
      if (now === undefined) return
      const { controllerId, doorNo } = now.entering.gate
      const state = doors.state(controllerId, doorNo).kind
      // Without a contact the release is all that will ever be known; an open door needs no second opening.
      if (!doors.hasContact(controllerId, doorNo) || state === 'open' || state === 'held-open') confirm(now)
    },
    drop,
    crossed(gate, crossing) {
      const lastMs = crossings.get(passbackArea(gate), crossing.holder)?.atMs ?? clock.wallMs() - forgetMs + 1
      if (isCounted(gate) && crossing.atMs >= lastMs) keep(gate, crossing)
    },
    opened(controllerId, doorNo) {
      for (const now of [...under.values()]) {
        if (now.entering.gate.controllerId === controllerId && now.entering.gate.doorNo === doorNo) confirm(now)
      }
    },
  }
}
