import type { EstateRecord } from '../../estate/estate-service.js'
import type { PersonToRegister } from '../../resident/person-registration.js'
import type { HouseholdRecord, MemberRecord } from '../household-repository.js'
import type { PlacedLease } from '../lease-repository.js'
import type { BuildingRecord, UnitRecord } from '../unit-repository.js'
import { type RowError, rowError } from './row-rules.js'
import { SHEETS, type SheetId } from './sheet-columns.js'

/** The register of one estate as an import meets it, and as it leaves it: the plan writes into its maps. */
export interface EstateState {
  readonly estateId: string
  /** By name. */
  readonly buildings: Map<string, BuildingRecord>
  /** By building's id and room. */
  readonly units: Map<string, UnitRecord>
  /** By number. */
  readonly households: Map<string, HouseholdRecord>
  /** By number. */
  readonly leases: Map<string, PlacedLease>
  /** By household's id. */
  readonly members: Map<string, MemberRecord[]>
  /** By name and birth date. */
  readonly persons: Map<string, PersonToRegister[]>
  /** By person. */
  readonly phones: Map<string, string>
}

export const unitKey = (buildingId: string, roomNo: string): string => `${buildingId}/${roomNo}`
export const personKey = (person: { displayName: string; birthDate: string }): string => `${person.displayName}/${person.birthDate}`

/** One row that adds something or changes it. */
export interface PlannedRow {
  readonly sheet: string
  readonly row: number
  readonly what: 'new' | 'changed'
  /** How people call it. */
  readonly label: string
  readonly changes: ReadonlyArray<{ readonly column: string; readonly before: string; readonly after: string }>
}

export interface SheetCounts {
  added: number
  changed: number
  unchanged: number
}

/** What an import writes. */
export interface Writes {
  readonly estates: EstateRecord[]
  readonly buildings: BuildingRecord[]
  readonly units: UnitRecord[]
  readonly households: HouseholdRecord[]
  readonly leases: Map<string, PlacedLease>
  readonly persons: PersonToRegister[]
  readonly members: Map<string, MemberRecord>
  readonly phones: Map<string, string>
  /** Households by estate whose passes follow. */
  readonly touched: Map<string, Set<string>>
  /** Persons whose flat in lists follows. */
  readonly relabel: Set<string>
}

/** Collects while the sheets are gone through, in their order. */
export interface Draft {
  readonly states: ReadonlyMap<string, EstateState>
  readonly nowMs: number
  readonly today: string
  newId(): string
  readonly errors: RowError[]
  readonly planned: PlannedRow[]
  readonly counts: Record<SheetId, SheetCounts>
  readonly writes: Writes
}

export function touch(draft: Draft, estateId: string, householdId: string): void {
  const touched = draft.writes.touched.get(estateId) ?? new Set<string>()
  draft.writes.touched.set(estateId, touched.add(householdId))
}

export const refuse = (draft: Draft, sheet: SheetId, row: number, key: string, value: string, problem: string, expected = ''): void =>
  void draft.errors.push(rowError(sheet, row, key, value, problem, expected))

export function planNew(draft: Draft, sheet: SheetId, row: number, label: string): void {
  draft.counts[sheet].added += 1
  draft.planned.push({ sheet: SHEETS[sheet].name, row, what: 'new', label, changes: [] })
}

/** Compares what is there with what the row says, cell by cell. @returns whether anything differs */
export function planChange(draft: Draft, sheet: SheetId, row: number, label: string, cells: ReadonlyArray<readonly [key: string, before: unknown, after: unknown]>): boolean {
  const changes = cells.filter(([, before, after]) => before !== after)
    .map(([key, before, after]) => ({ column: SHEETS[sheet].columns.find((column) => column.key === key)?.header ?? key, before: String(before ?? ''), after: String(after) }))
  draft.counts[sheet][changes.length > 0 ? 'changed' : 'unchanged'] += 1
  if (changes.length > 0) draft.planned.push({ sheet: SHEETS[sheet].name, row, what: 'changed', label, changes })
  return changes.length > 0
}

/** The estate's state; an error where it is unknown or out of scope. */
export function stateOf(draft: Draft, sheet: SheetId, row: { row: number; estateId: string }): EstateState | undefined {
  const state = draft.states.get(row.estateId)
  if (state === undefined) refuse(draft, sheet, row.row, 'estateId', row.estateId, 'estate-unknown')
  return state
}

/** Refuses a key that an earlier row of the sheet has. @returns whether it is new */
export function firstOf(draft: Draft, sheet: SheetId, seen: Map<string, number>, key: string, place: { row: number; column: string; value: string }): boolean {
  const earlier = seen.get(key)
  if (earlier === undefined) seen.set(key, place.row)
  else refuse(draft, sheet, place.row, place.column, place.value, 'duplicate', String(earlier))
  return earlier === undefined
}
