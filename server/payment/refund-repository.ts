import type { Tx } from '../db/transaction.js'
import type { BillPart } from '../ledger/posting-rules.js'

export const REFUND_STATES = ['draft', 'approved', 'rejected', 'processing', 'succeeded', 'abnormal', 'closed'] as const
export type RefundStateName = (typeof REFUND_STATES)[number]

export interface RefundRecord {
  readonly outRefundNo: string
  readonly outTradeNo: string
  /** Of money that goes back out of suspense. */
  readonly suspenseId: string | null
  readonly estateId: string
  readonly refundFen: number
  readonly reason: string
  readonly state: RefundStateName
  readonly makerId: string
  readonly checkerId: string | null
  readonly createdAtMs: number
  /** When it was, or will be, sent for the first time. */
  readonly submittedAtMs: number | null
  readonly refundId: string | null
  /** What of the payment is given back: parts of the bill, and prepayment. Known once it succeeded. */
  readonly parts: readonly BillPart[]
  readonly prepaidFen: number
  readonly nextQueryAtMs: number | null
  readonly queries: number
}
type Row = NonNullable<Awaited<ReturnType<Tx['payRefund']['findUnique']>>>
const recordOf = (row: Row): RefundRecord => ({
  ...row, refundFen: Number(row.refundFen), state: row.state as RefundStateName, createdAtMs: Number(row.createdAtMs),
  submittedAtMs: row.submittedAtMs === null ? null : Number(row.submittedAtMs), parts: JSON.parse(row.parts) as BillPart[],
  prepaidFen: Number(row.prepaidFen),
  nextQueryAtMs: row.nextQueryAtMs === null ? null : Number(row.nextQueryAtMs),
})

type NewRefund = Pick<RefundRecord, 'outRefundNo' | 'outTradeNo' | 'estateId' | 'refundFen' | 'reason' | 'makerId' | 'createdAtMs'>

export const insertRefund = async (tx: Tx, refund: NewRefund): Promise<void> =>
  void (await tx.payRefund.create({ data: { ...refund, refundFen: BigInt(refund.refundFen), createdAtMs: BigInt(refund.createdAtMs), state: 'draft' } }))

/** In the place of a person: the rule for bills that were paid twice, which stands in the configuration. */
export const BY_RULE = 'rule'

/** A refund that two persons, or a rule, agreed on already; it is due at once. */
export async function insertAgreedRefund(tx: Tx, refund: NewRefund & { suspenseId: string | null; checkerId: string }): Promise<void> {
  const atMs = BigInt(refund.createdAtMs)
  const times = { createdAtMs: atMs, decidedAtMs: atMs, submittedAtMs: atMs, nextQueryAtMs: atMs }
  await tx.payRefund.create({ data: { ...refund, ...times, refundFen: BigInt(refund.refundFen), state: 'approved' } })
}

export async function findRefund(tx: Tx, outRefundNo: string): Promise<RefundRecord | null> {
  const row = await tx.payRefund.findUnique({ where: { outRefundNo } })
  return row === null ? null : recordOf(row)
}

/** Whether a refund that is not over may take from what the household has prepaid. */
export async function prepaymentIsClaimed(tx: Tx, householdId: string): Promise<boolean> {
  const orders = await tx.payOrder.findMany({ where: { householdId, prepaidFen: { gt: 0n } }, select: { outTradeNo: true } })
  const open = { outTradeNo: { in: orders.map((order) => order.outTradeNo) }, suspenseId: null, state: { notIn: ['rejected', 'closed', 'succeeded'] } }
  return await tx.payRefund.findFirst({ where: open, select: { outRefundNo: true } }) !== null
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
