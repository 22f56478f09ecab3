import { civilDateOf } from '../civil-date-rules.js'
import { unitLabel } from '../lease-rules.js'
import { type Draft, type EstateState, type PlannedRow, type SheetCounts, type Writes } from './import-plan.js'
import { planLeases } from './lease-import-rules.js'
import { planPeople } from './people-import-rules.js'
import type { RowError, Rows } from './row-rules.js'
import { SHEET_IDS, type SheetId } from './sheet-columns.js'
import { type KnownEstate, planBuildings, planEstates, planUnits } from './unit-import-rules.js'

export interface ImportFacts {
  readonly rows: Rows
  /** Estates in scope, and the state of each that the workbook names. */
  readonly known: ReadonlyMap<string, KnownEstate>
  readonly states: ReadonlyMap<string, EstateState>
  readonly mayAddEstates: boolean
  readonly nowMs: number
  newId(): string
}

export interface ImportPlan {
  readonly errors: readonly RowError[]
  readonly planned: readonly PlannedRow[]
  readonly counts: Readonly<Record<SheetId, SheetCounts>>
  readonly writes: Writes
}

const emptyState = (estateId: string): EstateState => ({
  estateId, buildings: new Map(), units: new Map(), households: new Map(), leases: new Map(), members: new Map(), persons: new Map(), phones: new Map(),
})

/** Compares the workbook with the register: what is new, what changes, and what does not fit, sheet by sheet. */
export function planImport(facts: ImportFacts): ImportPlan {
  const { rows, nowMs } = facts
  const states = new Map(facts.states)
  const draft: Draft = {
    states, nowMs, today: civilDateOf(nowMs), newId: facts.newId, errors: [], planned: [],
    counts: Object.fromEntries(SHEET_IDS.map((id) => [id, { added: 0, changed: 0, unchanged: 0 }])) as Record<SheetId, SheetCounts>,
    writes: {
      estates: [], buildings: [], units: [], households: [], leases: new Map(), persons: [], members: new Map(), phones: new Map(), touched: new Map(), relabel: new Set(),
    },
  }
  planEstates(draft, rows.estates, facts.known, facts.mayAddEstates)
  for (const { estateId } of draft.writes.estates) states.set(estateId, emptyState(estateId))
  planBuildings(draft, rows.buildings)
  planUnits(draft, rows.units, unitLabel)
  planLeases(draft, rows.leases)
  planPeople(draft, rows.people)
  return { errors: draft.errors, planned: draft.planned, counts: draft.counts, writes: draft.writes }
}
