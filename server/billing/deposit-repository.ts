import { type BulkTable, bulkWrite } from '../db/bulk.js'
import { inChunks } from '../db/chunks.js'
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

const MOVES = {
  table: 'DepositMove', key: ['moveId'], onConflict: 'ignore',
  columns: ['moveId', 'estateId', 'householdId', 'kind', 'fen', 'account', 'accountOf', 'billId', 'reason', 'reference', 'state', 'makerId', 'checkerId', 'createdAtMs'],
} as const satisfies BulkTable<string>

type Row = NonNullable<Awaited<ReturnType<Tx['depositMove']['findUnique']>>>
const moveOf = ({ decidedAtMs: _decidedAtMs, ...row }: Row): DepositMove =>
  ({ ...row, kind: row.kind as DepositKind, state: row.state as DepositState, fen: Number(row.fen), createdAtMs: Number(row.createdAtMs) })

export const addMove = async (tx: Tx, move: Omit<DepositMove, 'checkerId'>): Promise<void> =>
  void (await tx.depositMove.create({ data: { ...move, fen: BigInt(move.fen), createdAtMs: BigInt(move.createdAtMs) } }))

/** Deposits that an opening list brought: each by its own id. */
export async function addMoves(tx: Tx, moves: ReadonlyArray<Omit<DepositMove, 'checkerId'> & { readonly checkerId: string }>): Promise<void> {
  for (const some of inChunks(moves)) await bulkWrite(tx, MOVES, some.map((move) => ({ ...move })), ['moveId'])
}

/** Takes back what an opening list brought. @returns how many there were */
export const reverseMoves = async (tx: Tx, openingId: string): Promise<number> =>
  (await tx.depositMove.updateMany({ where: { kind: 'opening', reference: openingId, state: 'done' }, data: { state: 'reversed' } })).count

/** What stands in proposals of an estate, by household. */
export async function proposedFen(read: Tx, estateId: string): Promise<Map<string, number>> {
  const rows = await read.depositMove.groupBy({ by: ['householdId'], where: { estateId, state: 'proposed' }, _sum: { fen: true } })
  return new Map(rows.map(({ householdId, _sum }) => [householdId, Number(_sum.fen ?? 0n)]))
}

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
