import type { ReportCell, ReportColumn, ReportTable } from '../../kit/api/report-types.js'
import type { BarFigure } from '../../kit/chart/figure-options.js'
import { moneyText } from '../../kit/format.js'

export type Say = (key: string, values?: Record<string, string | number>) => string

export const isFigure = ({ unit }: ReportColumn): boolean => unit === 'fen' || unit === 'count' || unit === 'ppm'

/** A cell as people read it: money, a share in percent, a word for a code. */
export function cellText(cell: ReportCell, { key, unit }: ReportColumn, say: Say): string {
  if (cell === null || cell === '') return ''
  if (typeof cell === 'string') return unit === 'code' ? say(`report.code.${key}.${cell}`) : cell
  if (unit === 'fen') return moneyText(cell)
  return unit === 'ppm' ? `${(cell / 10_000).toFixed(2)}%` : new Intl.NumberFormat('en').format(cell)
}

/** What the picture of a report shows: columns of money, beside each other or one on the other. */
const PICTURES: Readonly<Record<string, { readonly columns: readonly string[]; readonly stacked: boolean }>> = {
  rent: { columns: ['netFen', 'collectedFen', 'overdueFen'], stacked: false },
  ageing: { columns: ['to30Fen', 'to90Fen', 'to180Fen', 'over180Fen'], stacked: true },
  channels: { columns: ['receivedFen', 'returnedFen', 'feeFen'], stacked: false },
  transit: { columns: ['fen', 'agedFen'], stacked: false },
  performance: { columns: ['netFen', 'collectedFen', 'overdueFen'], stacked: false },
  'hand-over': { columns: ['collectedForFen', 'handedOverFen', 'closingFen'], stacked: false },
}
/** More than these cannot be told apart. */
const BARS_MAX = 40

/** The picture of a report's rows, in yuan; undefined where it has none, or too many rows to be one. */
export function pictureOf({ report, columns, rows }: ReportTable, say: Say): BarFigure | undefined {
  const picture = PICTURES[report]
  if (picture === undefined || rows.length === 0 || rows.length > BARS_MAX) return undefined
  const names = columns.flatMap((column, at) => (['text', 'code', 'month'].includes(column.unit) ? [{ column, at }] : []))
  const shown = columns.flatMap((column, at) => (picture.columns.includes(column.key) ? [{ column, at }] : []))
  // What is the same in every row tells nothing.
  const telling = names.filter(({ at }) => rows.some((row) => row.cells[at] !== rows[0]?.cells[at]))
  const named = telling.length > 0 ? telling : names
  const categories = rows.map((row) => named.map(({ column, at }) => cellText(row.cells[at] ?? null, column, say)).filter((text) => text !== '').join(' '))
  const series = shown.map(({ column, at }) => ({ name: say(`report.column.${column.key}`), values: rows.map((row) => Number(row.cells[at] ?? 0) / 100) }))
  return { categories, series, stacked: picture.stacked, lying: rows.length > 12, unit: say('report.ui.yuan') }
}
