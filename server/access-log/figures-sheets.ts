import type { Language, PassageFigures } from './figures-schemas.js'
import { type Cell, type Sheet, dateTimeOf } from './workbook.js'
import { wordFor, wordsOf } from './words/page-words.js'
import { FIGURE_SHEETS } from './words/sheet-words.js'

const WIDTH = 18
const columns = (...headers: string[]) => headers.map((header) => ({ header, width: WIDTH }))
const rounded = (value: number | null, digits: number): number | null => (value === null ? null : Number(value.toFixed(digits)))

/** The figures that the charts are drawn from. */
export function figureSheets({ hours, days, ways, reasons }: PassageFigures, language: Language): Sheet[] {
  const head = FIGURE_SHEETS[language]
  const words = wordsOf(language)
  const wayRow = (row: PassageFigures['ways'][number]): Cell[] => [
    wordFor(words.way, row.way), row.granted, row.failed, row.refused, rounded(row.failureRate, 4), rounded(row.attemptsMean, 2), row.waits,
    rounded(row.waitMedianMs, 0), rounded(row.waitP95Ms, 0),
  ]
  const counts = (name: string, first: string, rows: Cell[][]): Sheet => ({ name, columns: columns(first, head.granted, head.refused), rows })
  return [
    {
      name: head.ways, rows: ways.map(wayRow),
      columns: columns(head.way, head.granted, head.failed, head.rules, head.failureRate, head.attempts, head.waits, head.median, head.p95),
    },
    counts(head.hours, head.hour, hours.map(({ hour, granted, refused }) => [`${String(hour).padStart(2, '0')}:00`, granted, refused])),
    counts(head.days, head.day, days.map(({ dayStartMs, granted, refused }) => [dateTimeOf(dayStartMs).slice(0, 10), granted, refused])),
    { name: head.reasons, columns: columns(head.reason, head.passages), rows: reasons.map(({ reason, passages }) => [wordFor(words.reason, reason), passages]) },
  ]
}
