import { type Cell, type Sheet, dateTimeOf } from '../access-log/workbook.js'
import { startOfDayMs } from '../household/civil-date-rules.js'
import { report as english } from '../web/kit/words/en/report.js'
import { report as chinese } from '../web/kit/words/zh-cn/report.js'
import type { Names } from './person-names.js'
import type { ColumnUnit, ReportCell, ReportTable } from './report-table.js'
import { SHEET_WORDS } from './words/sheet-words.js'

export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/** The words of the pages: a sheet says what the screen says. */
export const wordsOf = (language: Language): typeof chinese => (language === 'en' ? (english as unknown as typeof chinese) : chinese)
/** The word for a code, or the code where there is none. */
export const word = (words: Readonly<Record<string, unknown>>, code: string): string => {
  const found = Object.hasOwn(words, code) ? words[code] : undefined
  return typeof found === 'string' ? found : code
}

export interface SheetFacts {
  readonly exportId: string
  readonly atMs: number
  readonly by: string
  readonly names: Names
  /** Why names are in clear, null where they are not. */
  readonly reason: string | null
  /** As text, one a line. */
  readonly filter: readonly string[]
  readonly language: Language
}

const FORMATS: Readonly<Partial<Record<ColumnUnit, string>>> = { fen: '#,##0.00', count: '#,##0', ppm: '0.00%', date: 'yyyy-mm-dd' }
const WIDTHS: Readonly<Record<ColumnUnit, number>> = { text: 20, code: 18, fen: 16, count: 10, ppm: 12, date: 12, month: 10 }

/** A cell as a number or day that a spreadsheet can reckon with: yuan, a share, a date. */
function cellOf(cell: ReportCell, unit: ColumnUnit, codes: Readonly<Record<string, unknown>>): Cell {
  if (cell === null) return null
  if (unit === 'fen' && typeof cell === 'number') return cell / 100
  if (unit === 'ppm' && typeof cell === 'number') return cell / 1_000_000
  if (unit === 'date' && typeof cell === 'string') return { atMs: startOfDayMs(cell) }
  return unit === 'code' && typeof cell === 'string' ? word(codes, cell) : cell
}

/** What the columns of the yearly figures are; other reports say so in one sentence. */
const definitionsOf = ({ report, columns }: ReportTable, { define, column }: typeof chinese): Array<readonly [string, Cell]> =>
  (report === 'performance' ? columns.filter(({ key }) => Object.hasOwn(define, key)).map(({ key }) => [word(column, key), word(define, key)] as const) : [])

/** The report as two sheets: its rows with their totals, and what the workbook is, which also stands under the rows and at the foot of each page. */
export function reportSheets(table: ReportTable, facts: SheetFacts): Sheet[] {
  const words = wordsOf(facts.language)
  const name = word(words.name, table.report)
  const row = (cells: readonly ReportCell[]): Cell[] => table.columns.map(({ key, unit }, at) => cellOf(cells[at] ?? null, unit, words.code[key as keyof typeof words.code] ?? {}))
  const about = SHEET_WORDS[facts.language]
  const lines: ReadonlyArray<readonly [string, Cell]> = [
    [about.exportId, facts.exportId], [about.at, dateTimeOf(facts.atMs)], [about.by, facts.by], [about.rows, table.rows.length],
    [about.names, facts.names === 'clear' ? about.clear : about.masked], ...(facts.reason === null ? [] : [[about.reason, facts.reason] as const]),
    ...facts.filter.map((line) => [about.filter, line] as const), [about.source, word(words.source, table.report)],
    ...definitionsOf(table, words),
  ]
  const stamp = `${about.exportId} ${facts.exportId} · ${facts.by} · ${dateTimeOf(facts.atMs)} · ${facts.names === 'clear' ? about.clear : about.masked}`
  const [, ...totals] = row(table.totals)
  const texts = (one: readonly [string, Cell]): Cell[] => [one[0], one[1] === null ? '' : String(one[1])]
  return [
    {
      name, footer: `&L${stamp.replaceAll('&', '&&')}&R&P/&N`,
      columns: table.columns.map(({ key, unit }) => {
        const format = FORMATS[unit]
        return { header: word(words.column, key), width: WIDTHS[unit], ...(format === undefined ? {} : { format }) }
      }),
      rows: [...table.rows.map(({ cells }) => row(cells)), [about.total, ...totals], [], [stamp], ...facts.filter.map((line) => [`${about.filter} ${line}`])],
    },
    { name: about.sheet, columns: [{ header: about.sheet, width: 24 }, { header: '', width: 60 }], rows: lines.map(texts) },
  ]
}
