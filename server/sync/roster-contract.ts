import type { GateV2, PermitV2, RosterItem } from '#contract/sync-roster.js'
import type { CurrentRosterItem } from '#contract/upgrade.js'

/** Version of the contract from which on a gateway understands everything that is told here. */
export const NEWEST_CONTRACT = 2

/** A `gate.v1` names so many devices at most. */
const CAMERAS_MAX = 8

/** Rules that keep somebody out. What opens a gate, or only remarks, may be left untold. */
const restricts = ({ rules }: GateV2): boolean =>
  rules.antiPassback === 'hard' || rules.antiPassback === 'timed' || rules.occupancyMax !== null || rules.interlockGroup !== null || rules.lockedScheduleId !== null

function gateForFirst(gate: GateV2): RosterItem {
  const { gateId, name, controllerId, doorNo, releaseMs, faceFreeWays } = gate
  if (restricts(gate)) return { kind: 'gate-deleted.v1', gateId }
  const inwards = gate.devices.filter((device) => device.direction === 'in').map((device) => device.deviceId)
  return { kind: 'gate.v1', gateId, name, cameraIds: inwards.slice(0, CAMERAS_MAX), controllerId, doorNo, releaseMs, faceFreeWays }
}

function permitForFirst({ permitId, personRef, gateIds, validFromMs, validUntilMs, scheduleId }: PermitV2): RosterItem {
  if (scheduleId !== null) return { kind: 'permit-deleted.v1', permitId }
  return { kind: 'permit.v1', permitId, personRef, gateIds, validFromMs, validUntilMs }
}

const SINCE_SECOND = /^(schedule|holiday|credential|visit|device-settings)(-deleted)?\.v1$/

/**
 * The item as a gateway of the first contract understands it. What carries a restriction that it cannot be told of is
 * ended there: an older, looser version of it must not go on. Undefined where it never knew such items.
 */
export function forFirstContract(item: CurrentRosterItem): RosterItem | undefined {
  if (item.kind === 'gate.v2') return gateForFirst(item)
  if (item.kind === 'permit.v2') return permitForFirst(item)
  return SINCE_SECOND.test(item.kind) ? undefined : item
}
