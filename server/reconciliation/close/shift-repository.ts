import type { Tx } from '../../db/transaction.js'
import type { ShiftRecord, ShiftState } from './shift-kinds.js'

type Row = NonNullable<Awaited<ReturnType<Tx['cashShift']['findUnique']>>>
const orNull = (value: bigint | null): number | null => (value === null ? null : Number(value))
const recordOf = ({ shiftId, estateId, desk, cashierId, bizDate, state, openingFen, expectedFen, countedFen, differenceFen, note, reviewerId, openedAtMs, countedAtMs,
  reviewedAtMs }: Row):
  ShiftRecord => ({
  shiftId, estateId, desk, cashierId, bizDate, state: state as ShiftState, openingFen: Number(openingFen), expectedFen: orNull(expectedFen), countedFen: orNull(countedFen),
  differenceFen: orNull(differenceFen), note, reviewerId, openedAtMs: Number(openedAtMs), countedAtMs: orNull(countedAtMs), reviewedAtMs: orNull(reviewedAtMs),
})

export async function findShift(read: Tx, shiftId: string): Promise<ShiftRecord | null> {
  const row = await read.cashShift.findUnique({ where: { shiftId } })
  return row === null ? null : recordOf(row)
}
export async function openShift(read: Tx, desk: string): Promise<ShiftRecord | null> {
  const row = await read.cashShift.findUnique({ where: { openDesk: desk } })
  return row === null ? null : recordOf(row)
}
export const insertShift = async (
  tx: Tx, { openingFen, openedAtMs, ...same }: Pick<ShiftRecord, 'shiftId' | 'estateId' | 'desk' | 'cashierId' | 'bizDate' | 'openingFen' | 'openedAtMs'>,
): Promise<void> => void (await tx.cashShift.create({ data: { ...same, state: 'open', openDesk: same.desk, openingFen: BigInt(openingFen), openedAtMs: BigInt(openedAtMs) } }))

/** Compare and set: false where the shift is not open. */
export const countShift = async (
  tx: Tx, shiftId: string, { expectedFen, countedFen, differenceFen, note,
    countedAtMs }: { expectedFen: number; countedFen: number; differenceFen: number; note: string | null; countedAtMs: number },
): Promise<boolean> => (await tx.cashShift.updateMany({
  where: { shiftId, state: 'open' },
  data: {
    state: 'counted', openDesk: null, note, expectedFen: BigInt(expectedFen), countedFen: BigInt(countedFen), differenceFen: BigInt(differenceFen),
      countedAtMs: BigInt(countedAtMs),
  },
})).count === 1
export const reviewShift = async (tx: Tx, shiftId: string, by: string, atMs: number): Promise<boolean> =>
  (await tx.cashShift.updateMany({ where: { shiftId, state: 'counted' }, data: { state: 'reviewed', reviewerId: by, reviewedAtMs: BigInt(atMs) } })).count === 1

export const shiftsBetween = async (read: Tx, estateIds: readonly string[] | null, fromDate: string, untilDate: string, limit: number): Promise<ShiftRecord[]> =>
  (await read.cashShift.findMany({
    where: { bizDate: { gte: fromDate, lte: untilDate }, ...(estateIds === null ? {} : { estateId: { in: [...estateIds] } }) }, orderBy: [{ bizDate: 'desc' },
      { shiftId: 'desc' }], take: limit,
  })).map(recordOf)
/** Shifts of a day and before that nobody has signed. */
export const unsignedShifts = (read: Tx, estateId: string, untilDate: string): Promise<number> =>
  read.cashShift.count({ where: { estateId, bizDate: { lte: untilDate }, state: { not: 'reviewed' } } })
