import type { PermitV2 } from '#contract/sync-roster.js'
import { LAST_DATE, type CivilDate, common, endOfDayMs, isEmpty, startOfDayMs } from './civil-date-rules.js'
import type { MemberRole } from './lease-rules.js'

/** A lease as far as gates are concerned. */
export interface LeaseSpan {
  readonly leaseId: string
  readonly householdId: string
  readonly buildingId: string
  readonly fromDate: CivilDate
  readonly untilDate: CivilDate
}

export interface MemberSpan {
  readonly memberId: string
  readonly householdId: string
  readonly personRef: string
  readonly role: MemberRole
  readonly fromDate: CivilDate
  /** Null while nobody said a last day. */
  readonly untilDate: CivilDate | null
}

/** What a member may pass because of a lease, and when: from the first moment of its first day up to the end of its last. */
export interface Pass {
  readonly memberId: string
  readonly leaseId: string
  readonly householdId: string
  readonly personRef: string
  readonly role: PermitRole
  /** Sorted. */
  readonly gateIds: readonly string[]
  readonly validFromMs: number
  readonly validUntilMs: number
}

export type PermitRole = PermitV2['role']

/** What gates are told of a member: schedules go by it. */
const permitRole = (role: MemberRole): PermitRole => (role === 'head' ? 'resident' : role === 'carer' ? 'carer' : 'household')

export const passKey = (pass: { memberId: string; leaseId: string }): string => `${pass.memberId} ${pass.leaseId}`

/** The gates of all, and those of the building. */
export type GatesOfBuilding = (buildingId: string) => readonly string[]

/** @param bound buildings of each gate that is for some buildings alone */
export function gatesByBuilding(gateIds: readonly string[], bound: ReadonlyMap<string, ReadonlySet<string>>): GatesOfBuilding {
  const sorted = [...gateIds].sort()
  const known = new Map<string, readonly string[]>()
  return (buildingId) => {
    const gates = known.get(buildingId) ?? sorted.filter((gateId) => bound.get(gateId)?.has(buildingId) ?? true)
    known.set(buildingId, gates)
    return gates
  }
}

/**
 * What leases and memberships say about gates, and nothing else does: one pass for each member and lease that share a
 * day. What is over at `nowMs` is left out.
 */
export function passesOf(members: readonly MemberSpan[], leases: readonly LeaseSpan[], gatesOf: GatesOfBuilding, nowMs: number): Pass[] {
  const byHousehold = new Map<string, LeaseSpan[]>()
  for (const lease of leases) byHousehold.set(lease.householdId, [...(byHousehold.get(lease.householdId) ?? []), lease])
  return members.flatMap((member) => (byHousehold.get(member.householdId) ?? []).flatMap((lease): Pass[] => {
    const span = common(lease, { fromDate: member.fromDate, untilDate: member.untilDate ?? LAST_DATE })
    const gateIds = gatesOf(lease.buildingId)
    if (isEmpty(span) || gateIds.length === 0 || endOfDayMs(span.untilDate) <= nowMs) return []
    const { memberId, personRef, householdId } = member
    const times = { validFromMs: startOfDayMs(span.fromDate), validUntilMs: endOfDayMs(span.untilDate) }
    return [{ memberId, leaseId: lease.leaseId, householdId, personRef, role: permitRole(member.role), gateIds, ...times }]
  }))
}
