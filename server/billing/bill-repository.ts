import { type BulkTable, bulkWrite } from '../db/bulk.js'
import { inChunks, keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'
import type { Receivable } from '../ledger/chart.js'
import type { BillKind, PartBalance } from './bill-rules.js'

export interface BillRecord {
  readonly billId: string
  readonly estateId: string
  readonly householdId: string
  readonly kind: BillKind
  readonly period: string
  readonly ref: string
  readonly adjusts: string | null
  readonly label: string
  readonly unitLabel: string
  readonly buildingId: string | null
  readonly tier: string | null
  readonly fromDate: string
  readonly untilDate: string
  readonly issuedOn: string
  readonly dueDate: string
  readonly totalFen: number
  readonly runId: string | null
  readonly approvalNo: string | null
  readonly issuedBy: string | null
  readonly issuedAtMs: number
}

export interface LineRecord {
  readonly billId: string
  readonly lineNo: number
  readonly kind: string
  readonly receivable: Receivable
  readonly fen: number
  /** JSON. */
  readonly explanation: string
}

const BILLS = {
  table: 'Bill', key: ['householdId', 'period', 'kind', 'ref'], onConflict: 'ignore',
  columns: [
    'billId', 'estateId', 'householdId', 'kind', 'period', 'ref', 'adjusts', 'label', 'unitLabel', 'buildingId', 'tier', 'fromDate', 'untilDate', 'issuedOn',
    'dueDate', 'totalFen', 'runId', 'approvalNo', 'issuedBy', 'issuedAtMs',
  ],
} as const satisfies BulkTable<string>
const LINES = {
  table: 'BillLine', key: ['billId', 'lineNo'], onConflict: 'ignore', columns: ['billId', 'lineNo', 'kind', 'receivable', 'fen', 'explanation'],
} as const satisfies BulkTable<string>
const PARTS = {
  table: 'BillPart', key: ['billId', 'receivable'], onConflict: 'ignore',
  columns: ['billId', 'receivable', 'estateId', 'householdId', 'dueDate', 'issuedFen', 'reducedFen', 'offsetFen', 'paidFen', 'openFen'],
} as const satisfies BulkTable<string>

interface BillRow extends Omit<BillRecord, 'kind' | 'totalFen' | 'issuedAtMs'> {
  readonly kind: string
  readonly totalFen: bigint
  readonly issuedAtMs: bigint
}
interface PartRow {
  readonly billId: string
  readonly receivable: string
  readonly estateId: string
  readonly householdId: string
  readonly dueDate: string
  readonly issuedFen: bigint
  readonly reducedFen: bigint
  readonly offsetFen: bigint
  readonly paidFen: bigint
  readonly openFen: bigint
}

const billOf = ({ kind, totalFen, issuedAtMs, ...row }: BillRow): BillRecord =>
  ({ ...row, kind: kind as BillKind, totalFen: Number(totalFen), issuedAtMs: Number(issuedAtMs) })
const partOf = ({ receivable, issuedFen, reducedFen, offsetFen, paidFen, openFen, ...row }: PartRow): PartBalance => ({
  ...row, receivable: receivable as Receivable, issuedFen: Number(issuedFen), reducedFen: Number(reducedFen), offsetFen: Number(offsetFen),
  paidFen: Number(paidFen), openFen: Number(openFen),
})

export async function findBill(read: Tx, billId: string): Promise<BillRecord | null> {
  const row = await read.bill.findUnique({ where: { billId } })
  return row === null ? null : billOf(row)
}

export async function billsById(read: Tx, billIds: readonly string[]): Promise<BillRecord[]> {
  const rows: BillRow[] = []
  for (const some of keysInChunks([...new Set(billIds)])) rows.push(...await read.bill.findMany({ where: { billId: { in: [...some] } } }))
  return rows.map(billOf)
}

/** Newest first. */
export const billsOfHousehold = async (read: Tx, householdId: string): Promise<BillRecord[]> =>
  (await read.bill.findMany({ where: { householdId }, orderBy: [{ dueDate: 'desc' }, { issuedAtMs: 'desc' }, { billId: 'desc' }] })).map(billOf)

export async function partsOfBills(read: Tx, billIds: readonly string[]): Promise<PartBalance[]> {
  const rows: PartRow[] = []
  for (const some of keysInChunks([...new Set(billIds)])) rows.push(...await read.billPart.findMany({ where: { billId: { in: [...some] } } }))
  return rows.map(partOf)
}

/** Parts with something open, the earliest due first. */
export const openPartsOfHousehold = async (read: Tx, householdId: string): Promise<PartBalance[]> =>
  (await read.billPart.findMany({ where: { householdId, openFen: { gt: 0 } }, orderBy: [{ dueDate: 'asc' }, { billId: 'asc' }] })).map(partOf)

/** Parts with something open of an estate that were due before a day. */
export const overdueParts = async (read: Tx, estateId: string, before: string): Promise<PartBalance[]> =>
  (await read.billPart.findMany({ where: { estateId, dueDate: { lt: before }, openFen: { gt: 0 } }, orderBy: [{ dueDate: 'asc' }, { billId: 'asc' }] })).map(partOf)

export const linesOf = async (read: Tx, billId: string): Promise<LineRecord[]> =>
  (await read.billLine.findMany({ where: { billId }, orderBy: { lineNo: 'asc' } })).map((line) => ({ ...line, receivable: line.receivable as Receivable, fen: Number(line.fen) }))

/** Where the balance still is as it was seen, it becomes another. @returns false where somebody was faster */
export async function moveBalance(tx: Tx, seen: PartBalance, next: Pick<PartBalance, 'reducedFen' | 'paidFen' | 'openFen'>): Promise<boolean> {
  const { billId, receivable, openFen, paidFen, reducedFen } = seen
  const { count } = await tx.billPart.updateMany({
    where: { billId, receivable, openFen: BigInt(openFen), paidFen: BigInt(paidFen), reducedFen: BigInt(reducedFen) },
    data: { openFen: BigInt(next.openFen), paidFen: BigInt(next.paidFen), reducedFen: BigInt(next.reducedFen) },
  })
  return count === 1
}

/** Adds bills that are not there by household, period, kind and ref. @returns the ids of those that were added */
export async function addBills(tx: Tx, bills: readonly BillRecord[]): Promise<Set<string>> {
  const added = new Set<string>()
  for (const some of inChunks(bills)) for (const { billId } of await bulkWrite(tx, BILLS, some.map((bill) => ({ ...bill })), ['billId'])) added.add(String(billId))
  return added
}

export async function addLines(tx: Tx, lines: readonly LineRecord[]): Promise<void> {
  for (const some of inChunks(lines)) await bulkWrite(tx, LINES, some.map((line) => ({ ...line })), ['billId'])
}

export async function addParts(tx: Tx, parts: readonly PartBalance[]): Promise<void> {
  for (const some of inChunks(parts)) await bulkWrite(tx, PARTS, some.map((part) => ({ ...part })), ['billId'])
}
