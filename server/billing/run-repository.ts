import type { Tx } from '../db/transaction.js'
import type { BillKind } from './bill-rules.js'
import type { RunFigures } from './run-rules.js'

export type RunKind = 'rent' | 'late-charge'
export type RunState = 'previewed' | 'issuing' | 'issued'

export interface RunRecord {
  readonly runId: string
  readonly estateId: string
  readonly period: string
  readonly kind: RunKind
  readonly state: RunState
  readonly digest: string
  readonly issuedOn: string
  readonly figures: RunFigures
  readonly previewedBy: string
  readonly previewedAtMs: number
  readonly issuedBy: string | null
  readonly issuedAtMs: number | null
}

interface RunRow extends Omit<RunRecord, 'kind' | 'state' | 'figures' | 'previewedAtMs' | 'issuedAtMs'> {
  readonly kind: string
  readonly state: string
  readonly figures: string
  readonly previewedAtMs: bigint
  readonly issuedAtMs: bigint | null
}

const runOf = ({ kind, state, figures, previewedAtMs, issuedAtMs, ...row }: RunRow): RunRecord => ({
  ...row, kind: kind as RunKind, state: state as RunState, figures: JSON.parse(figures) as RunFigures, previewedAtMs: Number(previewedAtMs),
  issuedAtMs: issuedAtMs === null ? null : Number(issuedAtMs),
})

export async function findRun(read: Tx, runId: string): Promise<RunRecord | null> {
  const row = await read.billingRun.findUnique({ where: { runId } })
  return row === null ? null : runOf(row)
}

/** Newest first. */
export const runsOf = async (read: Tx, estateId: string, limit: number): Promise<RunRecord[]> =>
  (await read.billingRun.findMany({ where: { estateId }, orderBy: [{ previewedAtMs: 'desc' }, { runId: 'desc' }], take: limit })).map(runOf)

export const addRun = async (tx: Tx, run: RunRecord): Promise<void> =>
  void (await tx.billingRun.create({ data: { ...run, figures: JSON.stringify(run.figures), previewedAtMs: BigInt(run.previewedAtMs), issuedAtMs: null } }))

/** @returns false where the run is in none of the states `from` */
export const moveRun = async (
  tx: Tx, runId: string, from: readonly RunState[], next: { state: RunState; issuedOn?: string; issuedBy?: string; issuedAtMs?: number },
): Promise<boolean> =>
  (await tx.billingRun.updateMany({
    where: { runId, state: { in: [...from] } }, data: { ...next, ...(next.issuedAtMs === undefined ? {} : { issuedAtMs: BigInt(next.issuedAtMs) }) },
  })).count === 1

/** What each household of the estate was billed in one kind for a period, and by which run. */
export async function billedIn(read: Tx, estateId: string, period: string, kind: BillKind): Promise<Map<string, { totalFen: number; runId: string | null }>> {
  const rows = await read.bill.findMany({ where: { estateId, period, kind }, select: { householdId: true, totalFen: true, runId: true } })
  return new Map(rows.map(({ householdId, totalFen, runId }) => [householdId, { totalFen: Number(totalFen), runId }]))
}
