import type { PassageV2 } from './passage-record.js'
import type { DeviceStatusV2 } from './device-records.js'
import type { RecordBody, RecordOf } from './sync-records.js'
import type { GateRules, GateV2, PermitV2, RosterItem, RosterItemOf } from './sync-roster.js'

/** Rules of a gate that has none. */
export const NO_GATE_RULES: GateRules = {
  antiPassback: 'off', antiPassbackMinutes: 10, areaId: null, occupancyMax: null, interlockGroup: null, openScheduleId: null, lockedScheduleId: null, firstPersonIn: false,
}
/** Zone of gates that were given none: they are released together. */
export const DEFAULT_ZONE = 'all'

type Superseded = 'permit.v1' | 'gate.v1'
/** A roster item in the newest version of its kind. */
export type CurrentRosterItem = Exclude<RosterItem, { kind: Superseded }>
type SupersededRecord = 'passage.v1' | 'device-status.v1'
/** A record in the newest version of its kind. */
export type CurrentRecord = Exclude<RecordBody, { kind: SupersededRecord }>

const gateOf = ({ gateId, name, cameraIds, controllerId, doorNo, releaseMs, faceFreeWays }: RosterItemOf<'gate.v1'>): GateV2 => ({
  kind: 'gate.v2', gateId, name, zoneId: DEFAULT_ZONE, devices: cameraIds.map((deviceId) => ({ deviceId, direction: 'in' })),
  controllerId, doorNo, releaseMs, faceFreeWays, rules: NO_GATE_RULES,
})
const permitOf = (permit: RosterItemOf<'permit.v1'>): PermitV2 => ({ ...permit, kind: 'permit.v2', role: 'resident', scheduleId: null })

/** What a server of the first contract says, as the newest would say it. */
export function currentRosterItem(item: RosterItem): CurrentRosterItem {
  if (item.kind === 'gate.v1') return gateOf(item)
  if (item.kind === 'permit.v1') return permitOf(item)
  return item
}

function passageOf({ kind: _, frameId, frameAgeMs, ...same }: RecordOf<'passage.v1'>): PassageV2 {
  return {
    ...same, kind: 'passage.v2', seenId: frameId, direction: 'in', remarks: [], credentialId: null, visitId: null, operatorRef: null, override: null,
    ageMs: frameAgeMs, waitMs: null, attempts: 1,
  }
}
const statusOf = (record: RecordOf<'device-status.v1'>): DeviceStatusV2 => ({ ...record, kind: 'device-status.v2' })

/** What a gateway of the first contract wrote, as the newest would have written it. */
export function currentRecord(record: RecordBody): CurrentRecord {
  if (record.kind === 'passage.v1') return passageOf(record)
  if (record.kind === 'device-status.v1') return statusOf(record)
  return record
}
