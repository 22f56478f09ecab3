import type { Tx } from '../db/transaction.js'

export const EXPORT_STATES = ['requested', 'approved', 'refused', 'taken'] as const
export type ExportState = (typeof EXPORT_STATES)[number]

export interface ExportRecord {
  readonly exportId: string
  readonly estateId: string
  readonly report: string
  /** JSON of a ReportFilter. */
  readonly filter: string
  readonly reason: string
  readonly state: ExportState
  readonly requestedBy: string
  readonly requestedAtMs: number
  readonly decidedBy: string | null
  readonly decidedAtMs: number | null
  readonly endsAtMs: number
  readonly takenAtMs: number | null
}

type Row = NonNullable<Awaited<ReturnType<Tx['reportExport']['findUnique']>>>
const recordOf = (row: Row): ExportRecord => ({
  ...row, state: row.state as ExportState, requestedAtMs: Number(row.requestedAtMs), decidedAtMs: row.decidedAtMs === null ? null : Number(row.decidedAtMs),
  endsAtMs: Number(row.endsAtMs), takenAtMs: row.takenAtMs === null ? null : Number(row.takenAtMs),
})

export async function findExport(tx: Tx, exportId: string): Promise<ExportRecord | null> {
  const row = await tx.reportExport.findUnique({ where: { exportId } })
  return row === null ? null : recordOf(row)
}

/** Newest first. @param estateIds null for all */
export const exportsOf = async (tx: Tx, estateIds: readonly string[] | null, limit: number): Promise<ExportRecord[]> =>
  (await tx.reportExport.findMany({
    where: estateIds === null ? {} : { estateId: { in: [...estateIds] } }, orderBy: [{ requestedAtMs: 'desc' }, { exportId: 'desc' }], take: limit,
  })).map(recordOf)

export async function addExport(tx: Tx, record: ExportRecord): Promise<void> {
  await tx.reportExport.create({ data: record })
}

/** Moves it where it still stands at `from` and its time is not over. @returns false where it does not */
export async function moveExport(tx: Tx, exportId: string, from: ExportState, atMs: number, next: Partial<ExportRecord>): Promise<boolean> {
  const { count } = await tx.reportExport.updateMany({ where: { exportId, state: from, endsAtMs: { gt: BigInt(atMs) } }, data: next })
  return count === 1
}
