import type { GateV1, PermitV1 } from '#contract/sync-roster.js'
import type { Roster, RosterLookup } from './ports.js'

/** The roster in memory, indexed for decisions. */
export interface RosterView extends RosterLookup {
  /** Takes over a whole committed roster, at once for every later question. */
  replace(roster: Roster): void
  gates(): readonly GateV1[]
  /** Persons who may be compared with at this gate now: known, consenting, with a permit that is valid. Sorted. */
  permitted(gateId: string, nowWallMs: number): readonly string[]
  /** The next moment at which somebody's permit or consent begins or ends by itself. */
  nextChangeMs(nowWallMs: number): number | undefined
}

const listOf = <Value>(map: Map<string, Value[]>, key: string): Value[] => {
  let list = map.get(key)
  if (list === undefined) map.set(key, (list = []))
  return list
}

function indexOf(roster: Roster) {
  const persons = new Set(roster.persons.map((person) => person.personRef))
  // A person who is gone has no consent, whatever rows of theirs are still to be deleted.
  const consentEndsMs = new Map<string, number>()
  for (const { personRef, expiresAtMs } of roster.consents) {
    if (persons.has(personRef)) consentEndsMs.set(personRef, Math.max(expiresAtMs, consentEndsMs.get(personRef) ?? 0))
  }
  const permitsAt = new Map<string, PermitV1[]>()
  const permitsOf = new Map<string, PermitV1[]>()
  for (const permit of roster.permits) {
    for (const gateId of new Set(permit.gateIds)) {
      listOf(permitsAt, gateId).push(permit)
      listOf(permitsOf, `${permit.personRef} ${gateId}`).push(permit)
    }
  }
  const byCamera = new Map<string, GateV1[]>()
  const byDoor = new Map<string, GateV1[]>()
  for (const gate of roster.gates) {
    for (const cameraId of new Set(gate.cameraIds)) listOf(byCamera, cameraId).push(gate)
    listOf(byDoor, `${gate.controllerId} ${gate.doorNo}`).push(gate)
  }
  const times = [...roster.permits.flatMap((permit) => [permit.validFromMs, permit.validUntilMs]), ...consentEndsMs.values()]
  return { gates: roster.gates, consentEndsMs, permitsAt, permitsOf, byCamera, byDoor, times: [...new Set(times)].sort((a, b) => a - b) }
}

/** Undefined where two claim it: which one is meant is not for the gateway to guess. */
const onlyOne = <Value>(list: readonly Value[] | undefined): Value | undefined => (list?.length === 1 ? list[0] : undefined)

export function createRosterView(): RosterView {
  let index = indexOf({ persons: [], consents: [], permits: [], gates: [] })
  const hasConsent = (personRef: string, nowWallMs: number): boolean => nowWallMs < (index.consentEndsMs.get(personRef) ?? 0)
  return {
    replace(roster) {
      index = indexOf(roster)
    },
    gates: () => index.gates,
    gateOfCamera: (cameraId) => onlyOne(index.byCamera.get(cameraId)),
    gateOfDoor: (controllerId, doorNo) => onlyOne(index.byDoor.get(`${controllerId} ${doorNo}`)),
    permits: (personRef, gateId) => index.permitsOf.get(`${personRef} ${gateId}`) ?? [],
    hasConsent,
    permitted(gateId, nowWallMs) {
      const now = (index.permitsAt.get(gateId) ?? []).filter((permit) =>
        permit.validFromMs <= nowWallMs && nowWallMs < permit.validUntilMs && hasConsent(permit.personRef, nowWallMs))
      return [...new Set(now.map((permit) => permit.personRef))].sort()
    },
    nextChangeMs: (nowWallMs) => index.times.find((time) => time > nowWallMs),
  }
}
