import type { Tx } from '../db/transaction.js'
import type { BillPart } from '../ledger/posting-rules.js'

export const REFUND_STATES = ['draft', 'approved', 'rejected', 'processing', 'succeeded', 'abnormal', 'closed', 'paid-out'] as const
export type RefundStateName = (typeof REFUND_STATES)[number]
/** No money of these will move any more. */
const OVER: readonly RefundStateName[] = ['rejected', 'closed', 'succeeded', 'paid-out']

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
  /** Parts of the bill that were given back. Known once it succeeded. */
  readonly parts: readonly BillPart[]
  /** Of what the household has prepaid: nobody else's from the proposal on, given back once it succeeded. */
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

type NewRefund = Pick<RefundRecord, 'outRefundNo' | 'outTradeNo' | 'estateId' | 'refundFen' | 'prepaidFen' | 'reason' | 'makerId' | 'createdAtMs'>
const moneyOf = ({ refundFen, prepaidFen }: NewRefund) => ({ refundFen: BigInt(refundFen), prepaidFen: BigInt(prepaidFen) })

export const insertRefund = async (tx: Tx, refund: NewRefund): Promise<void> =>
  void (await tx.payRefund.create({ data: { ...refund, ...moneyOf(refund), createdAtMs: BigInt(refund.createdAtMs), state: 'draft' } }))

/** In the place of a person: the rule for bills that were paid twice, which stands in the configuration. */
export const BY_RULE = 'rule'

/** A refund that two persons, or a rule, agreed on already; it is due at once. */
export async function insertAgreedRefund(tx: Tx, refund: NewRefund & { suspenseId: string | null; checkerId: string }): Promise<void> {
  const atMs = BigInt(refund.createdAtMs)
  const times = { createdAtMs: atMs, decidedAtMs: atMs, submittedAtMs: atMs, nextQueryAtMs: atMs }
  await tx.payRefund.create({ data: { ...refund, ...times, ...moneyOf(refund), state: 'approved' } })
}

export async function findRefund(tx: Tx, outRefundNo: string): Promise<RefundRecord | null> {
  const row = await tx.payRefund.findUnique({ where: { outRefundNo } })
  return row === null ? null : recordOf(row)
}

/** Whether its money may still move. */
export const isOpen = ({ state }: RefundRecord): boolean => !OVER.includes(state)

/** Fen of prepayments that open refunds take, of one household or of all of an estate, by household. */
export async function claimedPrepayments(tx: Tx, of: { householdId: string } | { estateId: string }): Promise<Map<string, number>> {
  const [where, key] = 'householdId' in of ? ['o."householdId"', of.householdId] : ['r."estateId"', of.estateId]
  const rows = await tx.$queryRawUnsafe<Array<{ householdId: string; fen: number | bigint }>>(
    'SELECT o."householdId", sum(r."prepaidFen") AS "fen" FROM "PayRefund" r JOIN "PayOrder" o ON o."outTradeNo" = r."outTradeNo" ' +
    `WHERE ${where} = ? AND r."prepaidFen" > 0 AND r."state" NOT IN (SELECT value FROM json_each(?)) GROUP BY 1`, key, JSON.stringify(OVER))
  return new Map(rows.map(({ householdId, fen }) => [householdId, Number(fen)]))
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

/** How a refund that the channel could not bring to its payer was paid out. */
export interface RefundPayout {
  readonly outRefundNo: string
  readonly estateId: string
  readonly way: 'cash' | 'bank'
  /** Cash desk or bank account that paid. */
  readonly placeOf: string
  readonly slipNo: string
  readonly slipSha256: string
  readonly payeeName: string
  readonly payeeIdTail: string
  readonly makerId: string
  readonly proposedAtMs: number
}
export const insertRefundPayout = async (tx: Tx, { proposedAtMs, ...same }: RefundPayout): Promise<void> =>
  void (await tx.refundPayout.create({ data: { ...same, proposedAtMs: BigInt(proposedAtMs) } }))
export async function findRefundPayout(tx: Tx, outRefundNo: string): Promise<RefundPayout | null> {
  const row = await tx.refundPayout.findUnique({ where: { outRefundNo } })
  return row === null ? null : { ...row, way: row.way as RefundPayout['way'], proposedAtMs: Number(row.proposedAtMs) }
}
export const findPayoutBySlip = (tx: Tx, estateId: string, slipNo: string): Promise<{ outRefundNo: string } | null> =>
  tx.refundPayout.findUnique({ where: { estateId_slipNo: { estateId, slipNo } }, select: { outRefundNo: true } })
/** A proposal that was refused frees its slip. */
export const dropRefundPayout = async (tx: Tx, outRefundNo: string): Promise<void> => void (await tx.refundPayout.delete({ where: { outRefundNo } }))
export const finishPayout = async (tx: Tx, outRefundNo: string, checkerId: string | null, atMs: number): Promise<void> =>
  void (await tx.refundPayout.update({ where: { outRefundNo }, data: { checkerId, paidAtMs: BigInt(atMs) } }))
/** Who proposed to pay out these refunds otherwise, by number. */
export const payoutMakers = async (read: Tx, outRefundNos: readonly string[]): Promise<Map<string, string>> =>
  new Map((await read.refundPayout.findMany({ where: { outRefundNo: { in: [...outRefundNos] } }, select: { outRefundNo: true, makerId: true } }))
    .map(({ outRefundNo, makerId }) => [outRefundNo, makerId]))
