import { type Column, HINT_MARK, NO, ROLE_NAMES, SHEETS, type SheetSpec, YES } from './sheet-columns.js'

const ACCENT = 'FF1F5FBF'
const GREY = 'FF5B6675'
/** Rows that offer a choice in cells that have one. */
const CHOICE_ROWS = 2_000
const WIDTH = 16

function choicesOf(column: Column): readonly string[] | undefined {
  if (column.kind.is === 'role') return Object.values(ROLE_NAMES)
  return column.kind.is === 'yes-no' ? [YES, NO] : undefined
}

/** As text, a room 0102 keeps its zero and a phone number its digits. */
function formatOf({ kind }: Column): string | undefined {
  if (kind.is === 'whole' || kind.is === 'area') return undefined
  if (kind.is === 'yuan') return '#,##0.00'
  return kind.is === 'date' || kind.is === 'birth-date' ? 'yyyy-mm-dd' : '@'
}

/** An empty workbook: headers, a row that explains each column, and choices where there are any. */
export async function templateOf(specs: Readonly<Record<string, SheetSpec>>): Promise<Buffer> {
  const { default: Excel } = await import('exceljs')
  const workbook = new Excel.Workbook()
  for (const { name, columns } of Object.values(specs)) {
    const sheet = workbook.addWorksheet(name, { views: [{ state: 'frozen', ySplit: 2 }] })
    sheet.addRow(columns.map((column) => `${column.header}${column.optional === true ? '' : ' *'}`))
    sheet.addRow(columns.map((column, index) => `${index === 0 ? `${HINT_MARK}：` : ''}${column.hint}`))
    sheet.getRow(1).font = { bold: true, color: { argb: ACCENT } }
    sheet.getRow(2).font = { color: { argb: GREY } }
    sheet.getRow(2).alignment = { wrapText: true, vertical: 'top' }
    columns.forEach((column, index) => {
      const at = index + 1
      sheet.getColumn(at).width = WIDTH
      const format = formatOf(column)
      if (format !== undefined) sheet.getColumn(at).numFmt = format
      const choices = choicesOf(column)
      if (choices === undefined) return
      for (let row = 3; row < 3 + CHOICE_ROWS; row++) sheet.getCell(row, at).dataValidation = { type: 'list', allowBlank: true, formulae: [`"${choices.join(',')}"`] }
    })
  }
  return Buffer.from(await workbook.xlsx.writeBuffer())
}

/** Of the register's workbook. */
export const templateWorkbook = (): Promise<Buffer> => templateOf(SHEETS)
