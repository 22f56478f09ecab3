import type { CredentialItemV1, GateV2, PermitV2 } from '#contract/sync-roster.js'
import type { DevicePlace, Roster, RosterLookup } from './ports.js'

/** The roster in memory, indexed for decisions. */
export interface RosterView extends RosterLookup {
  /**
   * Takes over a whole committed roster, at once for every later question.
   * @param agreedHere ids of what the estate's own desk agreed and the server has not named yet
   */
  replace(roster: Roster, agreedHere?: ReadonlySet<string>): void
  /** Persons who may be compared with at this gate now: known, consenting, with a permit that is valid. Sorted. */
  permitted(gateId: string, nowWallMs: number): readonly string[]
  /** The next moment at which somebody's permit or consent begins or ends by itself. */
  nextChangeMs(nowWallMs: number): number | undefined
}

const NOTHING: ReadonlySet<string> = new Set()
const EMPTY: Roster = { persons: [], consents: [], permits: [], gates: [], schedules: [], holidays: [], credentials: [], visits: [] }

const listOf = <Value>(map: Map<string, Value[]>, key: string): Value[] => {
  let list = map.get(key)
  if (list === undefined) map.set(key, (list = []))
  return list
}
const keyed = <Value>(values: readonly Value[], keyOf: (value: Value) => string): ReadonlyMap<string, Value> =>
  new Map(values.map((value) => [keyOf(value), value]))

/** What a reader's value is looked up by; phone keys are found by their id. */
function lookupOf({ secret }: CredentialItemV1): string | undefined {
  switch (secret.kind) {
    case 'card': return `card ${secret.number}`
    case 'token': return `token ${secret.sha256}`
    case 'pin': return `pin ${secret.number}`
    case 'phone-key': return undefined
  }
}

function placesOf(gates: readonly GateV2[]) {
  const byDevice = new Map<string, DevicePlace[]>()
  const byDoor = new Map<string, GateV2[]>()
  for (const gate of gates) {
    for (const [deviceId, { direction }] of keyed(gate.devices, (device) => device.deviceId)) listOf(byDevice, deviceId).push({ gate, direction })
    listOf(byDoor, `${gate.controllerId} ${gate.doorNo}`).push(gate)
  }
  return { byDevice, byDoor }
}

function indexOf(roster: Roster) {
  const persons = new Set(roster.persons.map((person) => person.personRef))
  // A person who is gone has no consent, whatever rows of theirs are still to be deleted.
  const consentEndsMs = new Map<string, number>()
  for (const { personRef, expiresAtMs } of roster.consents) {
    if (persons.has(personRef)) consentEndsMs.set(personRef, Math.max(expiresAtMs, consentEndsMs.get(personRef) ?? 0))
  }
  const permitsAt = new Map<string, PermitV2[]>()
  const permitsOf = new Map<string, PermitV2[]>()
  for (const permit of roster.permits) {
    for (const gateId of new Set(permit.gateIds)) {
      listOf(permitsAt, gateId).push(permit)
      listOf(permitsOf, `${permit.personRef} ${gateId}`).push(permit)
    }
  }
  const credentialsBy = new Map<string, CredentialItemV1[]>()
  for (const credential of roster.credentials) {
    const lookup = lookupOf(credential)
    if (lookup !== undefined) listOf(credentialsBy, lookup).push(credential)
  }
  const times = [...roster.permits.flatMap((permit) => [permit.validFromMs, permit.validUntilMs]), ...consentEndsMs.values()]
  return {
    gates: roster.gates, gate: keyed(roster.gates, (gate) => gate.gateId), consentEndsMs, permitsAt, permitsOf, credentialsBy, ...placesOf(roster.gates),
    credential: keyed(roster.credentials, (credential) => credential.credentialId), visit: keyed(roster.visits, (visit) => visit.visitId),
    schedule: keyed(roster.schedules, (schedule) => schedule.scheduleId),
    calendar: new Map(roster.holidays.map((holiday) => [holiday.date, holiday.treatAs])),
    times: [...new Set(times)].sort((a, b) => a - b),
  }
}

/** Undefined where two claim it: which one is meant is not for the gateway to guess. */
const onlyOne = <Value>(list: readonly Value[] | undefined): Value | undefined => (list?.length === 1 ? list[0] : undefined)

export function createRosterView(): RosterView {
  let index = indexOf(EMPTY)
  let here = NOTHING
  const hasConsent = (personRef: string, nowWallMs: number): boolean => nowWallMs < (index.consentEndsMs.get(personRef) ?? 0)
  return {
    replace(roster, agreedHere = NOTHING) {
      index = indexOf(roster)
      here = agreedHere
    },
    gates: () => index.gates,
    gate: (gateId) => index.gate.get(gateId),
    placeOf: (deviceId) => onlyOne(index.byDevice.get(deviceId)),
    gateOfCamera: (cameraId) => onlyOne(index.byDevice.get(cameraId))?.gate,
    gateOfDoor: (controllerId, doorNo) => onlyOne(index.byDoor.get(`${controllerId} ${doorNo}`)),
    permits: (personRef, gateId) => index.permitsOf.get(`${personRef} ${gateId}`) ?? [],
    hasConsent,
    visit: (visitId) => index.visit.get(visitId),
    isAgreedHere: (itemId) => here.has(itemId),
    schedule: (scheduleId) => index.schedule.get(scheduleId),
    calendar: () => index.calendar,
    credential: (credentialId) => index.credential.get(credentialId),
    cardOf: (number) => onlyOne(index.credentialsBy.get(`card ${number}`)),
    tokenOf: (sha256) => onlyOne(index.credentialsBy.get(`token ${sha256}`)),
    pinOf: (number) => onlyOne(index.credentialsBy.get(`pin ${number}`)),
    permitted(gateId, nowWallMs) {
      const now = (index.permitsAt.get(gateId) ?? []).filter((permit) =>
        permit.validFromMs <= nowWallMs && nowWallMs < permit.validUntilMs && hasConsent(permit.personRef, nowWallMs))
      return [...new Set(now.map((permit) => permit.personRef))].sort()
    },
    nextChangeMs: (nowWallMs) => index.times.find((time) => time > nowWallMs),
  }
}
