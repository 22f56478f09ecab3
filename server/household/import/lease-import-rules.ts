import { isEmpty, overlap } from '../civil-date-rules.js'
import type { PlacedLease } from '../lease-repository.js'
import { checkSpan } from '../lease-rules.js'
import { type Draft, type EstateState, firstOf, planChange, planNew, refuse, stateOf, touch, unitKey } from './import-plan.js'
import type { LeaseRow } from './row-rules.js'

function householdOf(draft: Draft, state: EstateState, householdNo: string) {
  const there = state.households.get(householdNo)
  if (there !== undefined) return there
  const household = { householdId: draft.newId(), estateId: state.estateId, householdNo }
  state.households.set(householdNo, household)
  draft.writes.households.push(household)
  return household
}

/** Only as it was agreed: what a move has ended, an older list does not bring back. */
function changed(draft: Draft, line: LeaseRow, there: PlacedLease): PlacedLease | undefined {
  const { row, leaseNo, fromDate, untilDate } = line
  const differs = there.fromDate !== fromDate || there.agreedUntilDate !== untilDate
  if (differs && there.endCause !== null) {
    refuse(draft, 'leases', row, 'leaseNo', leaseNo, 'lease-ended', `${there.fromDate} – ${there.untilDate}`)
    return undefined
  }
  if (!planChange(draft, 'leases', row, leaseNo, [['fromDate', there.fromDate, fromDate], ['untilDate', there.agreedUntilDate, untilDate]])) return undefined
  // One that had run out and is longer now runs again.
  return { ...there, fromDate, untilDate, agreedUntilDate: untilDate, closedAtMs: untilDate < draft.today ? there.closedAtMs : null }
}

function planLease(draft: Draft, state: EstateState, line: LeaseRow): void {
  const { row, building: name, roomNo, householdNo, leaseNo, fromDate, untilDate } = line
  const building = state.buildings.get(name)
  const unit = building === undefined ? undefined : state.units.get(unitKey(building.buildingId, roomNo))
  if (building === undefined) return refuse(draft, 'leases', row, 'building', name, 'building-unknown')
  if (unit === undefined) return refuse(draft, 'leases', row, 'roomNo', roomNo, 'unit-unknown')
  const span = checkSpan({ fromDate, untilDate })
  if (!span.ok) return refuse(draft, 'leases', row, span.error.field, line[span.error.field], span.error.problem)
  const there = state.leases.get(leaseNo)
  const household = there === undefined ? householdOf(draft, state, householdNo) : state.households.get(householdNo)
  if (there !== undefined && there.unitId !== unit.unitId) return refuse(draft, 'leases', row, 'roomNo', unit.label, 'lease-moved', there.unitLabel)
  if (household === undefined || (there !== undefined && there.householdId !== household.householdId)) {
    return refuse(draft, 'leases', row, 'householdNo', householdNo, 'lease-of-others')
  }
  if (there === undefined) planNew(draft, 'leases', row, leaseNo)
  const lease: PlacedLease | undefined = there === undefined ? {
    leaseId: draft.newId(), estateId: state.estateId, householdId: household.householdId, unitId: unit.unitId, leaseNo, fromDate, untilDate, agreedUntilDate: untilDate,
    endCause: null, closedAtMs: null, buildingId: unit.buildingId, unitLabel: unit.label,
  } : changed(draft, line, there)
  if (lease === undefined) return
  state.leases.set(leaseNo, lease)
  draft.writes.leases.set(lease.leaseId, lease)
  touch(draft, state.estateId, household.householdId)
}

/** One lease a day for each unit and each household, those of the register among them. */
function refuseOverlaps(draft: Draft, state: EstateState, rows: ReadonlyMap<string, LeaseRow>, by: 'unitId' | 'householdId'): void {
  const groups = new Map<string, PlacedLease[]>()
  for (const lease of state.leases.values()) {
    if (isEmpty(lease)) continue
    const group = groups.get(lease[by]) ?? []
    group.push(lease)
    groups.set(lease[by], group)
  }
  for (const group of groups.values()) {
    group.sort((a, b) => (a.fromDate < b.fromDate ? -1 : 1))
    for (let at = 1; at < group.length; at++) {
      const [before, after] = [group[at - 1], group[at]] as [PlacedLease, PlacedLease]
      if (!overlap(before, after)) continue
      const [own, other] = rows.has(after.leaseNo) ? [after, before] : [before, after]
      const line = rows.get(own.leaseNo)
      if (line === undefined) continue
      const expected = `${other.leaseNo} ${other.fromDate} – ${other.untilDate}`
      const [key, value] = by === 'unitId' ? ['roomNo', own.unitLabel] : ['householdNo', line.householdNo]
      refuse(draft, 'leases', line.row, key, value, by === 'unitId' ? 'unit-taken' : 'household-taken', expected)
    }
  }
}

export function planLeases(draft: Draft, rows: readonly LeaseRow[]): void {
  const seen = new Map<string, number>()
  const byEstate = new Map<EstateState, Map<string, LeaseRow>>()
  for (const line of rows) {
    const state = stateOf(draft, 'leases', line)
    if (state === undefined || !firstOf(draft, 'leases', seen, `${line.estateId}/${line.leaseNo}`, { row: line.row, column: 'leaseNo', value: line.leaseNo })) continue
    planLease(draft, state, line)
    byEstate.set(state, (byEstate.get(state) ?? new Map<string, LeaseRow>()).set(line.leaseNo, line))
  }
  for (const [state, lines] of byEstate) {
    refuseOverlaps(draft, state, lines, 'unitId')
    refuseOverlaps(draft, state, lines, 'householdId')
  }
}
