import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type ExcelJS from 'exceljs'
import { checkZip } from '../../household/import/zip-guard.js'
import { found } from '../file/finding.js'

/** A year of one account is below 30 000 lines. */
const ROWS_MAX = 50_000
const COLUMNS_MAX = 64
/** Lines above the header: the bank's name, the account, the time of export. */
const HEADER_WITHIN = 20

function cellText(value: ExcelJS.CellValue): string {
  if (value === null || value === undefined) return ''
  // The library reads a day as midnight UTC.
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString().slice(0, 19).replace('T', ' ').replace(' 00:00:00', '')
  if (typeof value === 'object') {
    if ('richText' in value) return value.richText.map((part) => part.text).join('')
    if ('text' in value) return String(value.text)
    if ('result' in value) return cellText(value.result as ExcelJS.CellValue)
    return ''
  }
  // 0.1 + 0.2 in a sheet is still 0.30 yuan.
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toFixed(2))) : String(value)
}

/**
 * Rows of a bank's workbook by the names of its header, which is the first line that has all of `required`.
 * @throws AppError SV_RECON_FILE
 */
export async function readBankWorkbook(path: string, required: readonly string[]): Promise<Array<{ cells: Record<string, string>; line: number }>> {
  const file = basename(path)
  const bytes = await readFile(path)
  const zip = checkZip(bytes)
  if (!zip.ok) return found(zip.error === 'too-large' ? 'zip-size' : 'zip-damaged', { file }, 'the workbook cannot be opened')
  const { default: Excel } = await import('exceljs')
  const workbook = new Excel.Workbook()
  await workbook.xlsx.load(bytes as unknown as ExcelJS.Buffer, { maxRows: ROWS_MAX + 1_000, maxCols: COLUMNS_MAX } as Partial<ExcelJS.XlsxReadOptions>)
    .catch((cause: unknown) => found('zip-damaged', { file }, cause instanceof Error ? cause.message : 'no workbook'))
  const sheet = workbook.worksheets[0]
  if (sheet === undefined) return found('not-a-bill', { file }, 'a workbook without a sheet')
  let header: Map<number, string> | undefined
  const rows: Array<{ cells: Record<string, string>; line: number }> = []
  sheet.eachRow((row, line) => {
    const texts = new Map<number, string>()
    row.eachCell((cell, at) => texts.set(at, cellText(cell.value).trim()))
    if (header === undefined) {
      if (line <= HEADER_WITHIN && required.every((name) => [...texts.values()].includes(name))) header = texts
      return
    }
    const cells = Object.fromEntries([...header].map(([at, name]) => [name, texts.get(at) ?? '']))
    if (Object.values(cells).some((text) => text !== '')) rows.push({ cells, line })
  })
  if (header === undefined) return found('columns-missing', { file, line: 1 }, required.join('、'))
  if (rows.length > ROWS_MAX) return found('zip-size', { file }, `more than ${ROWS_MAX} lines`)
  return rows
}
