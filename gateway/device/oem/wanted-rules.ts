import type { WantedPerson } from './person-plan-rules.js'

/** What is asked of the roster: who may pass where, and who consented. */
export interface RosterPart {
  readonly persons: ReadonlyArray<{ readonly personRef: string }>
  readonly consents: ReadonlyArray<{ readonly personRef: string; readonly consentId: string; readonly grantedAtMs: number; readonly expiresAtMs: number }>
  readonly permits: ReadonlyArray<{
    readonly permitId: string; readonly personRef: string; readonly gateIds: readonly string[]
    readonly validFromMs: number; readonly validUntilMs: number; readonly scheduleId?: string | null
  }>
}

/** The permit of this person at this gate that holds at `nowMs` and lasts longest. */
export function permitAt(roster: RosterPart, personRef: string, gateId: string, nowMs: number): RosterPart['permits'][number] | undefined {
  const held = roster.permits.filter((permit) => permit.personRef === personRef && permit.gateIds.includes(gateId) &&
    permit.validFromMs <= nowMs && nowMs < permit.validUntilMs)
  return held.sort((one, other) => other.validUntilMs - one.validUntilMs)[0]
}

/**
 * Who shall be on the terminal of a gate: known, permitted now, with a consent that stands. A permit with a schedule puts
 * nobody there: a terminal that opens by itself knows no times of the week, and the gate has other ways in.
 */
export function wantedAt(roster: RosterPart, gateId: string, nowMs: number): Map<string, WantedPerson> {
  const known = new Set(roster.persons.map((person) => person.personRef))
  const consents = new Map<string, Map<string, number>>()
  for (const { personRef, consentId, grantedAtMs, expiresAtMs } of roster.consents) {
    if (!known.has(personRef) || grantedAtMs > nowMs || expiresAtMs <= nowMs) continue
    consents.set(personRef, (consents.get(personRef) ?? new Map<string, number>()).set(consentId, expiresAtMs))
  }
  const wanted = new Map<string, WantedPerson>()
  for (const { personRef, gateIds, validFromMs, validUntilMs, scheduleId } of roster.permits) {
    const standing = consents.get(personRef)
    if (standing === undefined || (scheduleId ?? null) !== null || !gateIds.includes(gateId)) continue
    if (validFromMs > nowMs || validUntilMs <= nowMs) continue
    if (validUntilMs > (wanted.get(personRef)?.validUntilMs ?? 0)) wanted.set(personRef, { consents: standing, validFromMs, validUntilMs })
  }
  return wanted
}
