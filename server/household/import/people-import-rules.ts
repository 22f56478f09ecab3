import { ADULT_YEARS, hasAge } from '../../resident/age-rules.js'
import type { PersonToRegister } from '../../resident/person-registration.js'
import { type CivilDate, isEmpty, overlap } from '../civil-date-rules.js'
import type { MemberRecord } from '../household-repository.js'
import type { PlacedLease } from '../lease-repository.js'
import { leaseInForce, membersOn, spanOf } from '../lease-rules.js'
import { type Draft, type EstateState, firstOf, personKey, planChange, planNew, refuse, stateOf, touch } from './import-plan.js'
import type { PersonRow } from './row-rules.js'
import { ROLE_NAMES } from './sheet-columns.js'

/** Where a person lives, by person: carers' households are none. */
interface Index {
  readonly leasesByHousehold: ReadonlyMap<string, readonly PlacedLease[]>
  readonly membershipsByPerson: Map<string, MemberRecord[]>
}

function indexOf(state: EstateState): Index {
  const leasesByHousehold = new Map<string, PlacedLease[]>()
  for (const lease of state.leases.values()) {
    if (isEmpty(lease)) continue
    const leases = leasesByHousehold.get(lease.householdId) ?? []
    leases.push(lease)
    leasesByHousehold.set(lease.householdId, leases)
  }
  const membershipsByPerson = new Map<string, MemberRecord[]>()
  for (const members of state.members.values()) {
    for (const member of members) {
      const memberships = membershipsByPerson.get(member.personRef) ?? []
      memberships.push(member)
      membershipsByPerson.set(member.personRef, memberships)
    }
  }
  return { leasesByHousehold, membershipsByPerson }
}

type Found = { readonly person: PersonToRegister } | { readonly problem: 'person-ambiguous' } | undefined

/** Of all persons of that name and birth date: who lives in this household, else the one that can be meant. */
function findPerson(state: EstateState, line: PersonRow, householdId: string, index: Index): Found {
  const namesakes = state.persons.get(personKey(line)) ?? []
  const inside = namesakes.find((person) => index.membershipsByPerson.get(person.personRef)?.some((member) => member.householdId === householdId))
  if (inside !== undefined) return { person: inside }
  const samePhone = line.phone === undefined ? [] : namesakes.filter((person) => state.phones.get(person.personRef) === line.phone)
  const candidates = samePhone.length > 0 ? samePhone : namesakes
  const [only, another] = candidates
  if (only === undefined) return undefined
  return another === undefined ? { person: only } : { problem: 'person-ambiguous' }
}

function addPerson(draft: Draft, state: EstateState, line: PersonRow, leases: readonly PlacedLease[]): PersonToRegister {
  const { displayName, birthDate, estateId } = line
  const person = { personRef: draft.newId(), estateId, displayName, birthDate, unitLabel: leaseInForce(leases, draft.today)?.unitLabel ?? '' }
  state.persons.set(personKey(person), [...(state.persons.get(personKey(person)) ?? []), person])
  draft.writes.persons.push(person)
  return person
}

function setMember(draft: Draft, state: EstateState, index: Index, member: MemberRecord): void {
  const replace = (members: readonly MemberRecord[]): MemberRecord[] => [...members.filter((each) => each.memberId !== member.memberId), member]
  state.members.set(member.householdId, replace(state.members.get(member.householdId) ?? []))
  index.membershipsByPerson.set(member.personRef, replace(index.membershipsByPerson.get(member.personRef) ?? []))
  draft.writes.members.set(member.memberId, member)
  touch(draft, state.estateId, member.householdId)
}

/** What the row says of a membership that is there; a blank cell says nothing, and what is over stays over. */
function changeMember(draft: Draft, state: EstateState, index: Index, line: PersonRow, there: MemberRecord): void {
  const { row, displayName } = line
  if (there.closedAtMs !== null) return void planChange(draft, 'people', row, displayName, [])
  const [fromDate, untilDate] = [line.fromDate ?? there.fromDate, line.untilDate ?? there.untilDate]
  const phone = state.phones.get(there.personRef)
  const differs = planChange(draft, 'people', row, displayName, [
    ['role', ROLE_NAMES[there.role], ROLE_NAMES[line.role]], ['fromDate', there.fromDate, fromDate], ['untilDate', there.untilDate, untilDate],
    ['phone', phone, line.phone ?? phone],
  ])
  if (!differs) return
  if (line.phone !== undefined && line.phone !== phone) draft.writes.phones.set(there.personRef, line.phone)
  if (there.role !== line.role || there.fromDate !== fromDate || there.untilDate !== untilDate) setMember(draft, state, index, { ...there, role: line.role, fromDate, untilDate })
}

function planPerson(draft: Draft, state: EstateState, index: Index, line: PersonRow): void {
  const { row, estateId, householdNo, displayName, role } = line
  const household = state.households.get(householdNo)
  const leases = household === undefined ? [] : index.leasesByHousehold.get(household.householdId) ?? []
  if (household === undefined || leases.length === 0) return refuse(draft, 'people', row, 'householdNo', householdNo, 'household-unknown')
  const { householdId } = household
  const found = findPerson(state, line, householdId, index)
  if (found !== undefined && 'problem' in found) return refuse(draft, 'people', row, 'displayName', displayName, found.problem)
  const memberships = found === undefined ? [] : index.membershipsByPerson.get(found.person.personRef) ?? []
  const there = memberships.filter((member) => member.householdId === householdId && !isEmpty(spanOf(member))).sort((a, b) => (a.fromDate < b.fromDate ? 1 : -1))[0]
  if (line.untilDate !== undefined && line.untilDate < (line.fromDate ?? there?.fromDate ?? '')) {
    return refuse(draft, 'people', row, 'untilDate', line.untilDate, 'ends-before-it-begins')
  }
  if (there !== undefined) return changeMember(draft, state, index, line, there)
  const fromDate: CivilDate = line.fromDate ?? leases.map((lease) => lease.fromDate).sort()[0] ?? draft.today
  const untilDate = line.untilDate ?? null
  const elsewhere = memberships.find((member) => member.role !== 'carer' && overlap(spanOf(member), spanOf({ fromDate, untilDate })))
  if (role !== 'carer' && elsewhere !== undefined) {
    const other = [...state.households.values()].find((each) => each.householdId === elsewhere.householdId)
    return refuse(draft, 'people', row, 'displayName', displayName, 'person-elsewhere', other?.householdNo ?? '')
  }
  const { personRef } = found?.person ?? addPerson(draft, state, line, leases)
  if (line.phone !== undefined && state.phones.get(personRef) !== line.phone) {
    draft.writes.phones.set(personRef, line.phone)
    state.phones.set(personRef, line.phone)
  }
  setMember(draft, state, index, { memberId: draft.newId(), estateId, householdId, personRef, role, fromDate, untilDate, closedAtMs: null })
  planNew(draft, 'people', row, displayName)
}

/** Persons of the register who live in a household that was touched: the flat that lists show may be another now. */
function noteLabels(draft: Draft, state: EstateState): void {
  const added = new Set(draft.writes.persons.map((person) => person.personRef))
  for (const householdId of draft.writes.touched.get(state.estateId) ?? []) {
    for (const { personRef } of state.members.get(householdId) ?? []) if (!added.has(personRef)) draft.writes.relabel.add(personRef)
  }
}

/** A household that has a lease ahead has one head then, and that is an adult. */
function refuseHeads(draft: Draft, state: EstateState, index: Index, rowOf: ReadonlyMap<string, number>): void {
  const adults = new Map([...state.persons.values()].flat().map((person) => [person.personRef, hasAge(person.birthDate, ADULT_YEARS, draft.nowMs)]))
  for (const { householdId, householdNo } of state.households.values()) {
    if (draft.writes.touched.get(state.estateId)?.has(householdId) !== true) continue
    const lease = leaseInForce(index.leasesByHousehold.get(householdId) ?? [], draft.today)
    if (lease === undefined) continue
    const day = lease.fromDate > draft.today ? lease.fromDate : draft.today
    const heads = membersOn(state.members.get(householdId) ?? [], day).filter((member) => member.role === 'head')
    const row = rowOf.get(householdNo) ?? 0
    if (heads.length !== 1) refuse(draft, 'people', row, 'role', householdNo, heads.length === 0 ? 'head-missing' : 'head-twice', ROLE_NAMES.head)
    else if (adults.get(heads[0]?.personRef ?? '') === false) refuse(draft, 'people', row, 'birthDate', householdNo, 'head-minor')
  }
}

export function planPeople(draft: Draft, rows: readonly PersonRow[]): void {
  const seen = new Map<string, number>()
  const indices = new Map<EstateState, Index>([...draft.states.values()].map((state) => [state, indexOf(state)]))
  const rowOf = new Map<EstateState, Map<string, number>>()
  for (const line of rows) {
    const state = stateOf(draft, 'people', line)
    const index = state === undefined ? undefined : indices.get(state)
    if (state === undefined || index === undefined) continue
    const key = `${line.estateId}/${line.householdNo}/${personKey(line)}`
    if (!firstOf(draft, 'people', seen, key, { row: line.row, column: 'displayName', value: line.displayName })) continue
    const first = rowOf.get(state) ?? new Map<string, number>()
    rowOf.set(state, first.set(line.householdNo, first.get(line.householdNo) ?? line.row))
    planPerson(draft, state, index, line)
  }
  for (const [state, index] of indices) {
    refuseHeads(draft, state, index, rowOf.get(state) ?? new Map())
    noteLabels(draft, state)
  }
}
