import type { EstateScope } from '../auth/roles.js'
import { type BulkTable, bulkWrite } from '../db/bulk.js'
import { inChunks, keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'
import type { Receivable } from '../ledger/chart.js'
import { type BillKind, PAID_BY_HOUSEHOLD, type PartBalance } from './bill-rules.js'

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

export interface BillFilter {
  readonly householdId?: string | undefined
  readonly period?: string | undefined
  readonly kind?: BillKind | undefined
  /** open: with something that the household owes. */
  readonly state?: 'open' | 'settled' | undefined
}

/** Bills of a scope, the latest issued first, after a place. */
export async function billPage(read: Tx, scope: EstateScope, filter: BillFilter, place: { issuedAtMs: number; billId: string } | null, limit: number): Promise<BillRecord[]> {
  const { state, ...equal } = filter
  const wanted = Object.entries(equal).filter((each): each is [string, string] => each[1] !== undefined)
  const household = PAID_BY_HOUSEHOLD.map((receivable) => `'${receivable}'`).join(', ')
  const open = `EXISTS (SELECT 1 FROM "BillPart" p WHERE p."billId" = b."billId" AND p."openFen" > 0 AND p."receivable" IN (${household}))`
  const conditions = [
    ...wanted.map(([column]) => `b."${column}" = ?`),
    ...(scope === 'all' ? [] : ['b."estateId" IN (SELECT value FROM json_each(?))']),
    ...(place === null ? [] : ['(b."issuedAtMs", b."billId") < (?, ?)']),
    ...(state === undefined ? [] : [state === 'open' ? open : `NOT ${open}`]),
  ]
  const values = [...wanted.map(([, value]) => value), ...(scope === 'all' ? [] : [JSON.stringify(scope)]), ...(place === null ? [] : [place.issuedAtMs, place.billId])]
  const ids = await read.$queryRawUnsafe<Array<{ billId: string }>>(
    `SELECT b."billId" FROM "Bill" b WHERE ${conditions.length === 0 ? 'true' : conditions.join(' AND ')} ORDER BY b."issuedAtMs" DESC, b."billId" DESC LIMIT ${limit}`, ...values)
  const bills = new Map((await billsById(read, ids.map((row) => row.billId))).map((bill) => [bill.billId, bill]))
  return ids.flatMap(({ billId }) => bills.get(billId) ?? [])
}

/** Bills that correct a bill, oldest first. */
export const adjustmentsTo = async (read: Tx, billId: string): Promise<BillRecord[]> =>
  (await read.bill.findMany({ where: { adjusts: billId }, orderBy: [{ issuedAtMs: 'asc' }, { billId: 'asc' }] })).map(billOf)

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
  (await read.billPart.findMany({
    where: { estateId, dueDate: { lt: before }, openFen: { gt: 0 }, receivable: { in: [...PAID_BY_HOUSEHOLD] } }, orderBy: { billId: 'asc' },
  })).map(partOf)

/** What was charged so far for being late with each rent bill of an estate, by bills of other runs. */
export async function chargedByBill(read: Tx, estateId: string, exceptRunId: string): Promise<Map<string, number>> {
  const rows = await read.$queryRawUnsafe<Array<{ billId: string; fen: bigint | number }>>(
    'SELECT json_extract(l."explanation", \'$.billId\') AS billId, sum(l."fen") AS fen FROM "Bill" b JOIN "BillLine" l ON l."billId" = b."billId" ' +
    'WHERE b."estateId" = ? AND b."kind" = \'late-charge\' AND b."runId" <> ? GROUP BY 1', estateId, exceptRunId)
  return new Map(rows.map(({ billId, fen }) => [billId, Number(fen)]))
}

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

export interface BalanceMove {
  readonly seen: PartBalance
  readonly paidFen: number
  readonly openFen: number
}

/** As `moveBalance` of each, in one statement. @returns how many were as they were seen and are moved */
export const moveBalances = (tx: Tx, moves: readonly BalanceMove[]): Promise<number> => tx.$executeRawUnsafe(
  'UPDATE "BillPart" SET "paidFen" = json_extract(m.value, \'$[5]\'), "openFen" = json_extract(m.value, \'$[6]\') FROM json_each(?) AS m ' +
  'WHERE "BillPart"."billId" = json_extract(m.value, \'$[0]\') AND "BillPart"."receivable" = json_extract(m.value, \'$[1]\') ' +
  'AND "BillPart"."openFen" = json_extract(m.value, \'$[2]\') AND "BillPart"."paidFen" = json_extract(m.value, \'$[3]\') ' +
  'AND "BillPart"."reducedFen" = json_extract(m.value, \'$[4]\')',
  JSON.stringify(moves.map(({ seen, paidFen, openFen }) => [seen.billId, seen.receivable, seen.openFen, seen.paidFen, seen.reducedFen, paidFen, openFen])))

/** Bills that an opening list brought. */
export const billsOfOpening = async (read: Tx, openingId: string): Promise<BillRecord[]> =>
  (await read.bill.findMany({ where: { kind: 'opening', ref: openingId } })).map(billOf)

/** Whether any bill corrects one of these. */
export async function areAdjusted(read: Tx, billIds: readonly string[]): Promise<boolean> {
  for (const some of keysInChunks(billIds)) if (await read.bill.findFirst({ where: { adjusts: { in: [...some] } }, select: { billId: true } }) !== null) return true
  return false
}

/** Nothing is owed any more of parts that nothing was paid of, reduced or offset. @returns how many parts that were */
export const voidUntouched = (tx: Tx, billIds: readonly string[]): Promise<number> => tx.$executeRawUnsafe(
  'UPDATE "BillPart" SET "reducedFen" = "issuedFen", "openFen" = 0 WHERE "billId" IN (SELECT value FROM json_each(?)) ' +
  'AND "openFen" = "issuedFen" AND "paidFen" = 0 AND "reducedFen" = 0 AND "offsetFen" = 0', JSON.stringify(billIds))

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
