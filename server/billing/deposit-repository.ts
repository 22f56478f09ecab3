import type { Tx } from '../db/transaction.js'
import type { DepositKind, DepositState } from './deposit-rules.js'

export interface DepositMove {
  readonly moveId: string
  readonly estateId: string
  readonly householdId: string
  readonly kind: DepositKind
  readonly fen: number
  /** Where the money came to or goes from; null where it is set against a bill. */
  readonly account: string | null
  readonly accountOf: string | null
  readonly billId: string | null
  readonly reason: string
  readonly reference: string
  readonly state: DepositState
  readonly makerId: string
  readonly checkerId: string | null
  readonly createdAtMs: number
}
type Row = NonNullable<Awaited<ReturnType<Tx['depositMove']['findUnique']>>>
const moveOf = ({ decidedAtMs: _decidedAtMs, ...row }: Row): DepositMove =>
  ({ ...row, kind: row.kind as DepositKind, state: row.state as DepositState, fen: Number(row.fen), createdAtMs: Number(row.createdAtMs) })

export const addMove = async (tx: Tx, move: Omit<DepositMove, 'checkerId'>): Promise<void> =>
  void (await tx.depositMove.create({ data: { ...move, fen: BigInt(move.fen), createdAtMs: BigInt(move.createdAtMs) } }))

export async function findMove(tx: Tx, moveId: string): Promise<DepositMove | null> {
  const row = await tx.depositMove.findUnique({ where: { moveId } })
  return row === null ? null : moveOf(row)
}

/** Newest first. */
export const movesOf = async (read: Tx, householdId: string): Promise<DepositMove[]> =>
  (await read.depositMove.findMany({ where: { householdId }, orderBy: [{ createdAtMs: 'desc' }, { moveId: 'desc' }] })).map(moveOf)

/** False where it is decided already. */
export const decideMove = async (tx: Tx, moveId: string, decided: { state: 'done' | 'refused'; checkerId: string; decidedAtMs: number }): Promise<boolean> =>
  (await tx.depositMove.updateMany({ where: { moveId, state: 'proposed' }, data: { ...decided, decidedAtMs: BigInt(decided.decidedAtMs) } })).count === 1
