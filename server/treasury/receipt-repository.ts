import type { Tx } from '../db/transaction.js'

export const RECEIPT_STATES = ['queued', 'issued', 'failed'] as const
export type ReceiptState = (typeof RECEIPT_STATES)[number]

export interface ReceiptRecord {
  readonly receiptNo: string
  readonly estateId: string
  readonly householdId: string
  readonly billId: string
  readonly turn: number
  readonly kind: 'issue' | 'reversal'
  readonly totalFen: number
  /** JSON: label and parts of the bill. */
  readonly content: string
  readonly state: ReceiptState
  readonly billBatchCode: string | null
  readonly billNo: string | null
  readonly checkCode: string | null
  readonly issuedAtMs: number | null
  readonly busAtMs: number
  readonly attempts: number
  readonly problem: string | null
}
type Row = NonNullable<Awaited<ReturnType<Tx['electronicReceipt']['findUnique']>>>
const recordOf = ({ nextAtMs: _nextAtMs, ...row }: Row): ReceiptRecord => ({
  ...row, kind: row.kind as ReceiptRecord['kind'], state: row.state as ReceiptState, totalFen: Number(row.totalFen), busAtMs: Number(row.busAtMs),
  issuedAtMs: row.issuedAtMs === null ? null : Number(row.issuedAtMs),
})

type NewReceipt = Pick<ReceiptRecord, 'receiptNo' | 'estateId' | 'householdId' | 'billId' | 'turn' | 'kind' | 'totalFen' | 'content' | 'busAtMs'>
export const insertReceipt = async (tx: Tx, receipt: NewReceipt): Promise<void> => void (await tx.electronicReceipt.create({ data: {
  ...receipt, totalFen: BigInt(receipt.totalFen), busAtMs: BigInt(receipt.busAtMs), nextAtMs: BigInt(receipt.busAtMs), state: 'queued',
} }))

/** Receipts of a bill, the first first. */
export const receiptsOfBill = async (read: Tx, billId: string): Promise<ReceiptRecord[]> =>
  (await read.electronicReceipt.findMany({ where: { billId }, orderBy: [{ turn: 'asc' }, { kind: 'asc' }] })).map(recordOf)

/** Receipts of several bills, by bill, the first first. @param billIds some hundred */
export const receiptsOfBills = async (read: Tx, billIds: readonly string[]): Promise<ReceiptRecord[]> =>
  (await read.electronicReceipt.findMany({ where: { billId: { in: [...billIds] } }, orderBy: [{ billId: 'asc' }, { turn: 'asc' }, { kind: 'asc' }] })).map(recordOf)

/** What is to be asked for now, in the order in which it was written: a red receipt comes after the one it takes back. */
export const dueReceipts = async (read: Tx, nowMs: number, limit: number): Promise<ReceiptRecord[]> => (await read.electronicReceipt.findMany({
  where: { nextAtMs: { lte: BigInt(nowMs) } }, orderBy: [{ nextAtMs: 'asc' }, { billId: 'asc' }, { turn: 'asc' }, { kind: 'asc' }], take: limit,
})).map(recordOf)

export interface ReceiptChange {
  readonly state?: ReceiptState
  readonly billBatchCode?: string
  readonly billNo?: string
  readonly checkCode?: string
  readonly issuedAtMs?: number
  readonly nextAtMs: number | null
  readonly attempts?: number
  readonly problem?: string | null
}
export const changeReceipt = async (tx: Tx, receiptNo: string, { issuedAtMs, nextAtMs, ...plain }: ReceiptChange): Promise<boolean> => (await tx.electronicReceipt.updateMany({
  where: { receiptNo, state: { not: 'issued' } },
  data: { ...plain, nextAtMs: nextAtMs === null ? null : BigInt(nextAtMs), ...(issuedAtMs === undefined ? {} : { issuedAtMs: BigInt(issuedAtMs) }) },
})).count === 1

export interface ReceiptFilter {
  readonly estateIds: readonly string[] | null
  readonly state?: ReceiptState | undefined
  readonly billId?: string | undefined
}
/** Newest first. */
export const receiptsIn = async (read: Tx, { estateIds, state, billId }: ReceiptFilter, limit: number): Promise<ReceiptRecord[]> => (await read.electronicReceipt.findMany({
  where: { ...(estateIds === null ? {} : { estateId: { in: [...estateIds] } }), ...(state === undefined ? {} : { state }), ...(billId === undefined ? {} : { billId }) },
  orderBy: [{ busAtMs: 'desc' }, { receiptNo: 'desc' }], take: limit,
})).map(recordOf)

/** Numbers that were given out, by batch. */
export async function issuedNumbers(read: Tx): Promise<Map<string, string[]>> {
  const rows = await read.electronicReceipt.findMany({ where: { billNo: { not: null } }, select: { billBatchCode: true, billNo: true } })
  const batches = new Map<string, string[]>()
  for (const { billBatchCode, billNo } of rows) batches.set(billBatchCode ?? '', [...(batches.get(billBatchCode ?? '') ?? []), billNo ?? ''])
  return batches
}

export const readSeq = async (read: Tx): Promise<number> => (await read.receiptProgress.findUnique({ where: { id: 1 } }))?.seq ?? 0
export const setSeq = async (tx: Tx, seq: number): Promise<void> => void (await tx.receiptProgress.upsert({ where: { id: 1 }, create: { id: 1, seq }, update: { seq } }))
