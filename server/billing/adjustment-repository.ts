import type { Tx } from '../db/transaction.js'
import type { Receivable } from '../ledger/chart.js'

export const ADJUSTMENT_STATES = ['proposed', 'approved', 'refused'] as const
export type AdjustmentState = (typeof ADJUSTMENT_STATES)[number]

export interface AdjustmentRecord {
  readonly adjustmentId: string
  readonly estateId: string
  readonly billId: string
  readonly receivable: Receivable
  /** Above zero adds to what is owed, below takes from it. */
  readonly fen: number
  readonly reason: string
  readonly state: AdjustmentState
  readonly approvalNo: string | null
  readonly proposedBy: string
  readonly proposedAtMs: number
  readonly decidedBy: string | null
  readonly decidedAtMs: number | null
}

interface AdjustmentRow extends Omit<AdjustmentRecord, 'receivable' | 'fen' | 'state' | 'proposedAtMs' | 'decidedAtMs'> {
  readonly receivable: string
  readonly fen: bigint
  readonly state: string
  readonly proposedAtMs: bigint
  readonly decidedAtMs: bigint | null
}

const recordOf = (row: AdjustmentRow): AdjustmentRecord => ({
  ...row, receivable: row.receivable as Receivable, fen: Number(row.fen), state: row.state as AdjustmentState, proposedAtMs: Number(row.proposedAtMs),
  decidedAtMs: row.decidedAtMs === null ? null : Number(row.decidedAtMs),
})

export async function findAdjustment(read: Tx, adjustmentId: string): Promise<AdjustmentRecord | null> {
  const row = await read.billAdjustment.findUnique({ where: { adjustmentId } })
  return row === null ? null : recordOf(row)
}

/** Newest first. */
export const adjustmentsOf = async (read: Tx, estateId: string, state: AdjustmentState | undefined, limit: number): Promise<AdjustmentRecord[]> =>
  (await read.billAdjustment.findMany({
    where: { estateId, ...(state === undefined ? {} : { state }) }, orderBy: [{ proposedAtMs: 'desc' }, { adjustmentId: 'desc' }], take: limit,
  })).map(recordOf)

export const addAdjustment = async (tx: Tx, row: AdjustmentRecord): Promise<void> =>
  void (await tx.billAdjustment.create({ data: { ...row, fen: BigInt(row.fen), proposedAtMs: BigInt(row.proposedAtMs), decidedAtMs: null } }))

/** @returns false where it was decided before */
export const decideAdjustment = async (
  tx: Tx, adjustmentId: string, decision: { state: AdjustmentState; approvalNo: string | null; decidedBy: string; decidedAtMs: number },
): Promise<boolean> =>
  (await tx.billAdjustment.updateMany({ where: { adjustmentId, state: 'proposed' }, data: { ...decision, decidedAtMs: BigInt(decision.decidedAtMs) } })).count === 1
