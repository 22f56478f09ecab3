import { createHash } from 'node:crypto'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../../audit/change.js'
import type { EstateScope } from '../../auth/roles.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import { estatesInScope } from '../../estate/estate-register.js'
import { addEstate } from '../../estate/estate-service.js'
import { registerPersons, setPhones } from '../../resident/person-registration.js'
import { addHouseholds, saveMembers } from '../household-repository.js'
import { saveLeases } from '../lease-repository.js'
import { alignPasses } from '../pass-alignment.js'
import { relabel } from '../residency.js'
import { saveBuildings, saveUnits } from '../unit-repository.js'
import type { PlannedRow, SheetCounts, Writes } from './import-plan.js'
import { findImport, noteImport } from './import-repository.js'
import { type ImportPlan, planImport } from './import-rules.js'
import { readEstateState } from './import-state.js'
import { type RowError, type Rows, readRows } from './row-rules.js'
import { SHEETS, SHEET_IDS } from './sheet-columns.js'
import { type RawWorkbook, readWorkbook } from './workbook-reader.js'

/** Rows and errors that an answer holds; the numbers are of all. */
const SHOWN_MAX = 200
/** With more households than that it is quicker to look at the whole estate. */
const ONE_BY_ONE_MAX = 200

/** Who imports: the estates they look after, and whether they may add one. */
export interface Importer {
  readonly userId: string
  readonly scope: EstateScope
  readonly mayAddEstates: boolean
}

export type NamedCounts = ReadonlyArray<SheetCounts & { readonly sheet: string }>

export interface ImportPreview {
  /** Of the file and of what it would do; to be given back for confirming. */
  readonly digest: string
  readonly counts: NamedCounts
  readonly errors: readonly RowError[]
  readonly errorCount: number
  readonly rows: readonly PlannedRow[]
  readonly rowCount: number
}

export interface ImportResult {
  readonly counts: NamedCounts
  /** Permits that began, changed or ended by it. */
  readonly permits: number
  /** True where the same import was confirmed before: nothing was done now. */
  readonly repeated: boolean
}

export interface ImportService {
  /** @throws AppError SV_HOUSEHOLD_IMPORT_FILE, SV_HOUSEHOLD_IMPORT_SIZE */
  preview(importer: Importer, bytes: Buffer): Promise<ImportPreview>
  /**
   * Takes in what the preview of this digest showed, all of it or nothing. A second time does nothing.
   * @throws AppError SV_HOUSEHOLD_IMPORT_*
   */
  confirm(importer: Importer, bytes: Buffer, digest: string): Promise<ImportResult>
}

const namedCounts = (counts: ImportPlan['counts']): NamedCounts => SHEET_IDS.map((id) => ({ sheet: SHEETS[id].name, ...counts[id] }))

const digestOf = (bytes: Buffer, plan: ImportPlan): string =>
  createHash('sha256').update(createHash('sha256').update(bytes).digest()).update(JSON.stringify([plan.planned, plan.counts, plan.errors])).digest('hex')

const estatesIn = (rows: Rows): string[] =>
  [...new Set([rows.estates, rows.buildings, rows.units, rows.leases, rows.people].flatMap((sheet) => sheet.map((row) => row.estateId)))]

async function write(change: Change, ids: IdSource, writes: Writes): Promise<number> {
  const { tx, atMs } = change
  for (const estate of writes.estates) await addEstate(change, estate)
  await saveBuildings(tx, writes.buildings, atMs)
  await saveUnits(tx, writes.units, atMs)
  await addHouseholds(tx, writes.households, atMs)
  await saveLeases(tx, [...writes.leases.values()], atMs)
  for (const estateId of new Set(writes.persons.map((person) => person.estateId))) {
    await registerPersons(change, estateId, writes.persons.filter((person) => person.estateId === estateId))
  }
  await saveMembers(tx, [...writes.members.values()], atMs)
  await setPhones(change, [...writes.phones].map(([personRef, phone]) => ({ personRef, phone })))
  let permits = 0
  for (const [estateId, touched] of writes.touched) {
    permits += (await alignPasses(ids, change, estateId, touched.size > ONE_BY_ONE_MAX ? 'all' : [...touched])).length
  }
  await relabel(change, [...writes.relabel])
  return permits
}

export function createImportService(deps: { read: Tx; change: RunChange; ids: IdSource; clock: Clock }): ImportService {
  async function planOf(tx: Tx, importer: Importer, workbook: RawWorkbook, nowMs: number): Promise<ImportPlan> {
    const { rows, errors } = readRows(workbook, nowMs)
    const known = new Map((await estatesInScope(tx, importer.scope)).map((estate) => [estate.estateId, estate]))
    const states = new Map()
    for (const estateId of estatesIn(rows)) if (known.has(estateId)) states.set(estateId, await readEstateState(tx, estateId))
    const plan = planImport({ rows, known, states, mayAddEstates: importer.mayAddEstates, nowMs, newId: () => deps.ids.uuid() })
    return { ...plan, errors: [...errors, ...plan.errors] }
  }

  return {
    async preview(importer, bytes) {
      const plan = await planOf(deps.read, importer, await readWorkbook(bytes), deps.clock.wallMs())
      return {
        digest: digestOf(bytes, plan), counts: namedCounts(plan.counts), errors: plan.errors.slice(0, SHOWN_MAX), errorCount: plan.errors.length,
        rows: plan.planned.slice(0, SHOWN_MAX), rowCount: plan.planned.length,
      }
    },
    async confirm(importer, bytes, digest) {
      const workbook = await readWorkbook(bytes)
      return deps.change(importer.userId, async (change) => {
        const before = await findImport(change.tx, digest)
        if (before !== null) return { ...JSON.parse(before) as Pick<ImportResult, 'counts' | 'permits'>, repeated: true }
        const plan = await planOf(change.tx, importer, workbook, change.atMs)
        if (digestOf(bytes, plan) !== digest) throw fail('SV_HOUSEHOLD_IMPORT_CHANGED')
        if (plan.errors.length > 0) throw fail('SV_HOUSEHOLD_IMPORT_ERRORS', { errors: plan.errors.length })
        const permits = await write(change, deps.ids, plan.writes)
        const counts = namedCounts(plan.counts)
        await noteImport(change.tx, digest, importer.userId, change.atMs, JSON.stringify({ counts, permits }))
        const facts = Object.fromEntries(counts.flatMap(({ sheet, added, changed }) => [[`${sheet} added`, added], [`${sheet} changed`, changed]]))
        for (const estateId of plan.writes.touched.size > 0 ? plan.writes.touched.keys() : [null]) {
          await change.audit({ action: 'household.import', subject: `import:${digest}`, estateId, after: { ...facts, permits } })
        }
        return { counts, permits, repeated: false }
      })
    },
  }
}
