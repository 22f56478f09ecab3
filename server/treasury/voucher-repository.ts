import type { Tx } from '../db/transaction.js'

/** hand-over: to the treasury. pay-back: from it, for revenue that was refunded. fee-reimbursement: the budget pays what channels charged. */
export const VOUCHER_KINDS = ['hand-over', 'pay-back', 'fee-reimbursement'] as const
export type VoucherKind = (typeof VOUCHER_KINDS)[number]
export const VOUCHER_STATES = ['proposed', 'refused', 'approved', 'done'] as const
export type VoucherState = (typeof VOUCHER_STATES)[number]

export interface VoucherRecord {
  readonly voucherId: string
  readonly estateId: string
  readonly kind: VoucherKind
  readonly fromDate: string
  readonly untilDate: string
  /** Where the money lies or comes to: an account of the chart and what it is kept by. */
  readonly account: string
  readonly accountOf: string
  readonly fen: number
  /** JSON of the terms in force. */
  readonly content: string
  readonly state: VoucherState
  readonly paymentCode: string | null
  readonly bankSerial: string | null
  readonly doneOn: string | null
  readonly makerId: string
  readonly checkerId: string | null
  readonly createdAtMs: number
  readonly doneAtMs: number | null
}
type Row = NonNullable<Awaited<ReturnType<Tx['treasuryVoucher']['findUnique']>>>
const recordOf = ({ decidedAtMs: _decidedAtMs, ...row }: Row): VoucherRecord => ({
  ...row, kind: row.kind as VoucherKind, state: row.state as VoucherState, fen: Number(row.fen), createdAtMs: Number(row.createdAtMs),
  doneAtMs: row.doneAtMs === null ? null : Number(row.doneAtMs),
})

export const insertVoucher = async (tx: Tx, voucher: Omit<VoucherRecord, 'state' | 'paymentCode' | 'bankSerial' | 'doneOn' | 'checkerId' | 'doneAtMs'>): Promise<void> =>
  void (await tx.treasuryVoucher.create({ data: { ...voucher, fen: BigInt(voucher.fen), createdAtMs: BigInt(voucher.createdAtMs), state: 'proposed' } }))

export async function findVoucher(tx: Tx, voucherId: string): Promise<VoucherRecord | null> {
  const row = await tx.treasuryVoucher.findUnique({ where: { voucherId } })
  return row === null ? null : recordOf(row)
}

export interface VoucherChange {
  readonly state: VoucherState
  readonly checkerId?: string
  readonly decidedAtMs?: number
  readonly paymentCode?: string | null
  readonly bankSerial?: string
  readonly doneOn?: string
  readonly doneAtMs?: number
}
/** Compare and set: false, and nothing changed, where it does not stand at `from`. */
export async function moveVoucher(tx: Tx, voucherId: string, from: VoucherState, { decidedAtMs, doneAtMs, ...plain }: VoucherChange): Promise<boolean> {
  const times = { ...(decidedAtMs === undefined ? {} : { decidedAtMs: BigInt(decidedAtMs) }), ...(doneAtMs === undefined ? {} : { doneAtMs: BigInt(doneAtMs) }) }
  return (await tx.treasuryVoucher.updateMany({ where: { voucherId, state: from }, data: { ...plain, ...times } })).count === 1
}

/** Newest first. */
export const vouchersIn = async (read: Tx, estateIds: readonly string[] | null, limit: number): Promise<VoucherRecord[]> =>
  (await read.treasuryVoucher.findMany({
    where: estateIds === null ? {} : { estateId: { in: [...estateIds] } }, orderBy: [{ createdAtMs: 'desc' }, { voucherId: 'desc' }], take: limit,
  })).map(recordOf)

/** Fen of an estate's vouchers of a kind and place that are under way or done. */
export async function vouchedFen(read: Tx, estateId: string, kind: VoucherKind, place: { account: string; of: string } | null): Promise<number> {
  const at = place === null ? {} : { account: place.account, accountOf: place.of }
  const { _sum } = await read.treasuryVoucher.aggregate({ where: { estateId, kind, state: { not: 'refused' }, ...at }, _sum: { fen: true } })
  return Number(_sum.fen ?? 0n)
}

/** The last day whose collections were handed over, or are about to be; null where none was. */
export async function lastHandOver(read: Tx, estateId: string, onlyDone: boolean): Promise<string | null> {
  const row = await read.treasuryVoucher.findFirst({
    where: { estateId, kind: 'hand-over', state: onlyDone ? 'done' : { not: 'refused' } }, orderBy: { untilDate: 'desc' }, select: { untilDate: true },
  })
  return row?.untilDate ?? null
}

export async function insertTerms(tx: Tx, terms: { termsId: string; estateId: string; fromDate: string; content: string; setBy: string; setAtMs: number }): Promise<void> {
  const { estateId, fromDate, content, setBy } = terms
  const data = { content, setBy, setAtMs: BigInt(terms.setAtMs) }
  await tx.treasuryTerms.upsert({ where: { estateId_fromDate: { estateId, fromDate } }, create: { ...data, termsId: terms.termsId, estateId, fromDate }, update: data })
}

/** The terms in force on a day, JSON; null where none has begun. */
export const termsOn = async (read: Tx, estateId: string, date: string): Promise<string | null> =>
  (await read.treasuryTerms.findFirst({ where: { estateId, fromDate: { lte: date } }, orderBy: { fromDate: 'desc' }, select: { content: true } }))?.content ?? null
