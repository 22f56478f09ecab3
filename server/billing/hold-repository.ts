import type { Tx } from '../db/transaction.js'
import type { Hold, HoldKind } from './arrears-rules.js'

export interface HoldRecord extends Hold {
  readonly holdId: string
  readonly estateId: string
  readonly householdId: string
  readonly note: string
  readonly setBy: string
  readonly setAtMs: number
}

const recordOf = (row: Omit<HoldRecord, 'kind' | 'setAtMs'> & { kind: string; setAtMs: bigint }): HoldRecord =>
  ({ ...row, kind: row.kind as HoldKind, setAtMs: Number(row.setAtMs) })

/** Of an estate, those that hold on a day or later. */
export const holdsOf = async (read: Tx, estateId: string, date: string): Promise<HoldRecord[]> =>
  (await read.billingHold.findMany({
    where: { estateId, OR: [{ untilDate: null }, { untilDate: { gte: date } }] }, orderBy: [{ fromDate: 'asc' }, { holdId: 'asc' }],
  })).map(recordOf)

export async function findHold(read: Tx, holdId: string): Promise<HoldRecord | null> {
  const row = await read.billingHold.findUnique({ where: { holdId } })
  return row === null ? null : recordOf(row)
}

export const addHold = async (tx: Tx, hold: HoldRecord): Promise<void> => void (await tx.billingHold.create({ data: { ...hold, setAtMs: BigInt(hold.setAtMs) } }))

/** Lets it end with a day. */
export const endHold = async (tx: Tx, holdId: string, untilDate: string): Promise<void> => void (await tx.billingHold.update({ where: { holdId }, data: { untilDate } }))
