import type { Role } from '../auth/roles.js'

/** What can be asked for. */
export const REPORTS = ['rent', 'ageing', 'arrears', 'channels', 'transit', 'hand-over', 'performance', 'review', 'card'] as const
export type ReportName = (typeof REPORTS)[number]

const BOOKKEEPERS = ['finance-maker', 'finance-checker', 'treasury-officer', 'auditor'] as const
/**
 * Who may see which. Administrators have no right to money. A cashier sees what a desk is asked about, who runs an estate sees how it stands,
 * the housing bureau sees sums and how estates are run; of people they see no more than their work is about.
 */
export const REPORT_READERS: Readonly<Record<ReportName, readonly Role[]>> = {
  rent: [...BOOKKEEPERS, 'cashier', 'estate-manager', 'bureau-viewer'],
  ageing: [...BOOKKEEPERS, 'cashier', 'estate-manager', 'bureau-viewer'],
  arrears: [...BOOKKEEPERS, 'cashier', 'estate-manager'],
  channels: [...BOOKKEEPERS, 'cashier', 'bureau-viewer'],
  transit: [...BOOKKEEPERS, 'bureau-viewer'],
  'hand-over': [...BOOKKEEPERS, 'bureau-viewer'],
  performance: [...BOOKKEEPERS, 'estate-manager', 'bureau-viewer'],
  review: ['estate-manager', 'bureau-viewer', 'auditor'],
  card: [...BOOKKEEPERS, 'cashier', 'estate-manager'],
}

/** Reports that name people: masked, unless two persons agreed otherwise. */
export const PEOPLE_REPORTS = ['arrears', 'card'] as const satisfies readonly ReportName[]
export type PeopleReport = (typeof PEOPLE_REPORTS)[number]

/** What the rows of the rent report are by. */
export const DIMENSIONS = ['estate', 'building', 'tier', 'month'] as const
export type Dimension = (typeof DIMENSIONS)[number]

export interface ReportFilter {
  /** All estates of the reader's without it. */
  readonly estateId?: string
  readonly buildingId?: string
  readonly tier?: string
  /** YYYY-MM, both included. */
  readonly fromMonth?: string
  readonly untilMonth?: string
  readonly by?: readonly Dimension[]
  /** Of the list of arrears: months unpaid, at least. */
  readonly minMonths?: number
  /** YYYY, of the yearly figures. */
  readonly year?: string
  readonly householdId?: string
}

/** How a column's values are to be read: `fen` and `count` are whole numbers, `ppm` parts per million, `code` a word of the column's list. */
export type ColumnUnit = 'text' | 'code' | 'fen' | 'count' | 'ppm' | 'date' | 'month'
export interface ReportColumn {
  readonly key: string
  readonly unit: ColumnUnit
}
export type ReportCell = string | number | null

/** Where a figure comes from, for whoever looks further. */
export interface RowLink {
  readonly estateId?: string
  readonly buildingId?: string
  readonly tier?: string
  readonly month?: string
  readonly householdId?: string
  readonly billId?: string
}

/** A report: what the page shows and what the sheet has. */
export interface ReportTable {
  readonly report: ReportName
  readonly columns: readonly ReportColumn[]
  readonly rows: ReadonlyArray<{ readonly cells: readonly ReportCell[]; readonly link: RowLink }>
  /** As long as a row; null where a sum has no meaning. */
  readonly totals: readonly ReportCell[]
}

export const column = (unit: ColumnUnit, ...keys: readonly string[]): ReportColumn[] => keys.map((key) => ({ key, unit }))

/** Rows with a total under every column of money and of counts. */
export function summed(report: ReportName, columns: readonly ReportColumn[], rows: ReportTable['rows'], unsummed: readonly string[] = []): ReportTable {
  const totals = columns.map(({ key, unit }, at) =>
    ((unit === 'fen' || unit === 'count') && !unsummed.includes(key) ? rows.reduce((sum, row) => sum + Number(row.cells[at] ?? 0), 0) : null))
  return { report, columns, rows, totals }
}
