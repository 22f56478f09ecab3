import { type CellValue, readCell, shown } from './cell-rules.js'
import { SHEETS, type SheetId, type SheetSpec } from './sheet-columns.js'
import type { RawRow, RawWorkbook } from './workbook-reader.js'
import type { MemberRole } from '../lease-rules.js'

/** What is wrong with a cell, or with the row where no column is to blame. */
export interface RowError {
  readonly sheet: string
  readonly row: number
  readonly column: string
  /** The cell as people see it. */
  readonly value: string
  readonly problem: string
  /** What would be right, or what it collides with. */
  readonly expected: string
}

export interface Row {
  readonly row: number
}
export interface EstateRow extends Row { readonly estateId: string; readonly name: string; readonly district: string }
export interface BuildingRow extends Row { readonly estateId: string; readonly building: string; readonly floors: number }
export interface UnitRow extends Row {
  readonly estateId: string
  readonly building: string
  readonly roomNo: string
  readonly floor: number
  readonly areaCentiM2: number
  readonly layout: string
  readonly hasElevator: boolean
}
export interface LeaseRow extends Row {
  readonly estateId: string
  readonly building: string
  readonly roomNo: string
  readonly householdNo: string
  readonly leaseNo: string
  readonly fromDate: string
  readonly untilDate: string
}
export interface PersonRow extends Row {
  readonly estateId: string
  readonly householdNo: string
  readonly displayName: string
  readonly role: MemberRole
  readonly birthDate: string
  readonly phone?: string
  readonly fromDate?: string
  readonly untilDate?: string
}

export interface Rows {
  readonly estates: readonly EstateRow[]
  readonly buildings: readonly BuildingRow[]
  readonly units: readonly UnitRow[]
  readonly leases: readonly LeaseRow[]
  readonly people: readonly PersonRow[]
}

/** Names a cell of a sheet in an error. */
export function cellError(sheet: SheetSpec, row: number, key: string, value: string, problem: string, expected = ''): RowError {
  const column = sheet.columns.find((each) => each.key === key)
  return { sheet: sheet.name, row, column: column?.header ?? '', value, problem, expected }
}
export const rowError = (sheet: SheetId, row: number, key: string, value: string, problem: string, expected = ''): RowError =>
  cellError(SHEETS[sheet], row, key, value, problem, expected)

/** The row's values by key; a cell that is wrong is an error and the row none. */
function readRow(sheet: SheetSpec, raw: RawRow, nowMs: number, errors: RowError[]): (Row & Record<string, CellValue>) | undefined {
  const values: Record<string, CellValue> = {}
  let good = true
  for (const column of sheet.columns) {
    const cell = raw.cells[column.key] ?? { kind: 'empty' as const }
    if (cell.kind === 'empty' && column.optional === true) continue
    const value = readCell(cell, column.kind, nowMs)
    if (value.ok) values[column.key] = value.value
    else {
      good = false
      errors.push(cellError(sheet, raw.row, column.key, shown(cell), value.error.problem, value.error.expected))
    }
  }
  return good ? { ...values, row: raw.row } : undefined
}

/** Reads every cell. Rows with an error are left out, so that what follows from them is not told twice. */
export function readRowsOf<AllRows>(specs: Readonly<Record<string, SheetSpec>>, workbook: RawWorkbook<string>, nowMs: number): { rows: AllRows; errors: RowError[] } {
  const errors: RowError[] = []
  const sheets = Object.entries(specs).map(([id, spec]) => {
    const { rows, missing } = workbook[id] ?? { rows: [], missing: [] }
    for (const header of missing) errors.push({ sheet: spec.name, row: 1, column: header, value: '', problem: 'column-missing', expected: header })
    const read = missing.length > 0 ? [] : rows.flatMap((raw) => readRow(spec, raw, nowMs, errors) ?? [])
    return [id, read] as const
  })
  // The columns' kinds are what the row types say.
  return { rows: Object.fromEntries(sheets) as AllRows, errors }
}

/** As `readRowsOf`, of the register's workbook. */
export const readRows = (workbook: RawWorkbook, nowMs: number): { rows: Rows; errors: RowError[] } => readRowsOf<Rows>(SHEETS, workbook, nowMs)
