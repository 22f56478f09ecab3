import type ExcelJS from 'exceljs'
import { fail } from '../../errors.js'
import type { RawCell } from './cell-rules.js'
import { HINT_MARK, SHEETS, type SheetId, type SheetSpec } from './sheet-columns.js'
import { checkZip } from './zip-guard.js'

/** Rows of one sheet; an estate has some thousand units. */
export const ROWS_MAX = 30_000

export interface RawRow {
  /** As the spreadsheet counts it, from 1. */
  readonly row: number
  readonly cells: Readonly<Record<string, RawCell>>
}

export interface RawSheet {
  readonly rows: readonly RawRow[]
  /** Headers that are not there. */
  readonly missing: readonly string[]
}

/** The sheets that a kind of workbook has, by own names. */
export type SheetSpecs<Id extends string> = Readonly<Record<Id, SheetSpec>>
export type RawWorkbook<Id extends string = SheetId> = Readonly<Record<Id, RawSheet>>

/** Where the library stops reading a sheet: what is beyond is no list of people, and each cell costs memory. */
const LIBRARY_LIMITS = { maxRows: ROWS_MAX + 5_000, maxCols: 64 }

/** Ranges that a hostile file stretches over the whole sheet: nothing in them matters here. */
const IGNORED = ['mergeCells', 'dataValidations', 'conditionalFormatting', 'autoFilter', 'hyperlinks', 'drawing', 'picture', 'tableParts', 'extLst', 'cols']
const EMPTY: RawCell = { kind: 'empty' }

function textCell(text: string): RawCell {
  return text.trim() === '' ? EMPTY : { kind: 'text', text }
}

function rawCell(value: ExcelJS.CellValue): RawCell {
  if (value === null || value === undefined) return EMPTY
  if (typeof value === 'string') return textCell(value)
  if (typeof value === 'number') return { kind: 'number', number: value }
  if (typeof value === 'boolean') return textCell(String(value))
  // The library reads a day as midnight UTC.
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? { kind: 'error', text: '' } : { kind: 'date', date: value.toISOString().slice(0, 10) }
  if ('formula' in value || 'sharedFormula' in value) return { kind: 'formula' }
  if ('richText' in value) return textCell(value.richText.map((part) => part.text).join(''))
  if ('text' in value) return textCell(String(value.text))
  return 'error' in value ? { kind: 'error', text: String(value.error) } : { kind: 'error', text: '' }
}

const textOf = (cell: RawCell): string => (cell.kind === 'text' ? cell.text.trim() : '')

/** A header may carry a star or a unit behind it. */
const headerOf = (cell: RawCell): string => textOf(cell).replace(/\s*[*＊(（].*$/, '')

function readSheet(sheet: ExcelJS.Worksheet, spec: SheetSpec): RawSheet {
  const columnOf = new Map<string, number>()
  sheet.getRow(1).eachCell((cell, at) => {
    const header = headerOf(rawCell(cell.value))
    if (!columnOf.has(header)) columnOf.set(header, at)
  })
  const columns = spec.columns.flatMap((column) => {
    const at = columnOf.get(column.header)
    return at === undefined ? [] : [{ key: column.key, at }]
  })
  const rows: RawRow[] = []
  sheet.eachRow((line, row) => {
    if (row === 1 || (row === 2 && textOf(rawCell(line.getCell(1).value)).startsWith(HINT_MARK))) return
    const cells = Object.fromEntries(columns.map(({ key, at }) => [key, rawCell(line.findCell(at)?.value)]))
    if (Object.values(cells).some((cell) => cell.kind !== 'empty')) rows.push({ row, cells })
  })
  if (rows.length > ROWS_MAX) throw fail('SV_HOUSEHOLD_IMPORT_SIZE', { sheet: spec.name, rows: rows.length, rowsMax: ROWS_MAX })
  return { rows, missing: spec.columns.filter((column) => column.optional !== true && !columnOf.has(column.header)).map((column) => column.header) }
}

/**
 * Reads the sheets that are known; one that is not there has no rows.
 * @throws AppError SV_HOUSEHOLD_IMPORT_FILE, SV_HOUSEHOLD_IMPORT_SIZE
 */
export async function readSheets<Id extends string>(bytes: Buffer, specs: SheetSpecs<Id>): Promise<RawWorkbook<Id>> {
  const zip = checkZip(bytes)
  if (!zip.ok) throw fail(zip.error === 'too-large' ? 'SV_HOUSEHOLD_IMPORT_SIZE' : 'SV_HOUSEHOLD_IMPORT_FILE')
  // A third of what the server's start would import: loaded with the first workbook.
  const { default: Excel } = await import('exceljs')
  const workbook = new Excel.Workbook()
  try {
    // Its types are of a newer Node's Buffer.
    await workbook.xlsx.load(bytes as unknown as ExcelJS.Buffer, { ignoreNodes: IGNORED, ...LIBRARY_LIMITS })
  } catch (cause) {
    throw fail('SV_HOUSEHOLD_IMPORT_FILE', {}, cause)
  }
  const ids = Object.keys(specs) as Id[]
  const sheets = ids.map((id) => [id, workbook.getWorksheet(specs[id].name)] as const)
  if (sheets.every(([, sheet]) => sheet === undefined)) throw fail('SV_HOUSEHOLD_IMPORT_FILE', { sheets: ids.map((id) => specs[id].name) })
  return Object.fromEntries(sheets.map(([id, sheet]) => [id, sheet === undefined ? { rows: [], missing: [] } : readSheet(sheet, specs[id])])) as unknown as RawWorkbook<Id>
}

/** As `readSheets`, of the register's workbook. */
export const readWorkbook = (bytes: Buffer): Promise<RawWorkbook> => readSheets(bytes, SHEETS)
