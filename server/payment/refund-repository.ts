import type { Tx } from '../db/transaction.js'
import type { BillPart } from '../ledger/posting-rules.js'

export const REFUND_STATES = ['draft', 'approved', 'rejected', 'processing', 'succeeded', 'abnormal', 'closed'] as const
export type RefundStateName = (typeof REFUND_STATES)[number]

export interface RefundRecord {
  readonly outRefundNo: string
  readonly outTradeNo: string
  readonly estateId: string
  readonly refundFen: number
  readonly reason: string
  readonly state: RefundStateName
  readonly makerId: string
  readonly checkerId: string | null
  readonly createdAtMs: number
  readonly refundId: string | null
  /** What of the payment is given back: parts of the bill, and prepayment. Known once it succeeded. */
  readonly parts: readonly BillPart[]
  readonly prepaidFen: number
  readonly nextQueryAtMs: number | null
  readonly queries: number
}
type Row = NonNullable<Awaited<ReturnType<Tx['payRefund']['findUnique']>>>
const recordOf = (row: Row): RefundRecord => ({
  ...row, refundFen: Number(row.refundFen), state: row.state as RefundStateName, createdAtMs: Number(row.createdAtMs), parts: JSON.parse(row.parts) as BillPart[],
  prepaidFen: Number(row.prepaidFen),
  nextQueryAtMs: row.nextQueryAtMs === null ? null : Number(row.nextQueryAtMs),
})

export const insertRefund = async (
  tx: Tx, refund: Pick<RefundRecord, 'outRefundNo' | 'outTradeNo' | 'estateId' | 'refundFen' | 'reason' | 'makerId' | 'createdAtMs'>,
): Promise<void> => void (await tx.payRefund.create({ data: { ...refund, refundFen: BigInt(refund.refundFen), createdAtMs: BigInt(refund.createdAtMs), state: 'draft' } }))

export async function findRefund(tx: Tx, outRefundNo: string): Promise<RefundRecord | null> {
  const row = await tx.payRefund.findUnique({ where: { outRefundNo } })
  return row === null ? null : recordOf(row)
}

/** Fen of an order that are given back or may yet be: all but what was rejected or came to nothing. */
export async function reservedFen(tx: Tx, outTradeNo: string): Promise<number> {
  const { _sum } = await tx.payRefund.aggregate({ where: { outTradeNo, state: { notIn: ['rejected', 'closed'] } }, _sum: { refundFen: true } })
  return Number(_sum.refundFen ?? 0n)
}

export interface RefundChange {
  readonly state?: RefundStateName
  readonly checkerId?: string
  readonly decidedAtMs?: number
  readonly submittedAtMs?: number
  readonly refundId?: string | null
  readonly succeededAtMs?: number
  readonly bizDate?: string
  readonly parts?: readonly BillPart[]
  readonly prepaidFen?: number
  readonly nextQueryAtMs?: number | null
  readonly queries?: number
}
/** Compare and set: false, and nothing changed, where the refund does not stand at `from`. */
export async function moveRefund(tx: Tx, outRefundNo: string, from: RefundStateName, change: RefundChange): Promise<boolean> {
  const { decidedAtMs, submittedAtMs, succeededAtMs, prepaidFen, parts, nextQueryAtMs, ...plain } = change
  const times = { decidedAtMs, submittedAtMs, succeededAtMs, prepaidFen }
  const { count } = await tx.payRefund.updateMany({ where: { outRefundNo, state: from }, data: {
    ...plain, ...(parts === undefined ? {} : { parts: JSON.stringify(parts) }),
    ...(nextQueryAtMs === undefined ? {} : { nextQueryAtMs: nextQueryAtMs === null ? null : BigInt(nextQueryAtMs) }),
    ...Object.fromEntries(Object.entries(times).flatMap(([name, value]) => (value === undefined ? [] : [[name, BigInt(value)]]))),
  } })
  return count === 1
}

export const dueRefunds = async (read: Tx, nowMs: number, limit: number): Promise<RefundRecord[]> =>
  (await read.payRefund.findMany({ where: { nextQueryAtMs: { lte: BigInt(nowMs) } }, orderBy: { nextQueryAtMs: 'asc' }, take: limit })).map(recordOf)

export const refundsOfOrder = async (read: Tx, outTradeNo: string): Promise<RefundRecord[]> =>
  (await read.payRefund.findMany({ where: { outTradeNo }, orderBy: { createdAtMs: 'asc' } })).map(recordOf)

export const refundsIn = async (read: Tx, estateIds: readonly string[] | null, state: RefundStateName | undefined, limit: number): Promise<RefundRecord[]> =>
  (await read.payRefund.findMany({
    where: { ...(estateIds === null ? {} : { estateId: { in: [...estateIds] } }), ...(state === undefined ? {} : { state }) }, orderBy: { createdAtMs: 'desc' }, take: limit,
  })).map(recordOf)
