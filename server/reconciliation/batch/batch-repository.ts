import type { Tx } from '../../db/transaction.js'
import type { Finding } from '../file/finding.js'
import type { BatchFigures, BatchRecord, BatchState, BillChannel, BillKindName } from './batch-machine.js'

type Row = NonNullable<Awaited<ReturnType<Tx['reconBatch']['findUnique']>>>
const json = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T))

const recordOf = (row: Row): BatchRecord => ({
  ...row, channel: row.channel as BillChannel, kind: row.kind as BillKindName, state: row.state as BatchState, source: row.source as BatchRecord['source'],
  finding: json<Finding>(row.finding), figures: json<BatchFigures>(row.figures), nextTryAtMs: row.nextTryAtMs === null ? null : Number(row.nextTryAtMs),
  createdAtMs: Number(row.createdAtMs), changedAtMs: Number(row.changedAtMs),
})

/** Which bill: a day has one of a kind at a merchant. */
export interface BillKey {
  readonly channel: BillChannel
  readonly merchantId: string
  readonly billDate: string
  readonly kind: BillKindName
}

export async function findBatch(read: Tx, batchNo: number): Promise<BatchRecord | null> {
  const row = await read.reconBatch.findUnique({ where: { batchNo } })
  return row === null ? null : recordOf(row)
}

/** The latest version, whatever became of it. */
export async function latestBatch(read: Tx, { channel, merchantId, billDate, kind }: BillKey): Promise<BatchRecord | null> {
  const row = await read.reconBatch.findFirst({ where: { channel, merchantId, billDate, kind }, orderBy: { version: 'desc' } })
  return row === null ? null : recordOf(row)
}

export async function insertBatch(
  tx: Tx, batch: BillKey & Pick<BatchRecord, 'version' | 'source' | 'createdBy' | 'createdAtMs' | 'nextTryAtMs'>,
): Promise<BatchRecord> {
  const { createdAtMs, nextTryAtMs, ...same } = batch
  return recordOf(await tx.reconBatch.create({ data: {
    ...same, state: 'waiting', createdAtMs: BigInt(createdAtMs), changedAtMs: BigInt(createdAtMs), nextTryAtMs: nextTryAtMs === null ? null : BigInt(nextTryAtMs),
  } }))
}

export interface BatchChange {
  readonly state?: BatchState
  readonly fileName?: string
  readonly fileHash?: string
  readonly sha1?: string | null
  readonly source?: 'channel' | 'upload'
  readonly finding?: Finding | null
  readonly figures?: BatchFigures
  readonly digest?: string
  readonly runs?: number
  readonly tries?: number
  readonly nextTryAtMs?: number | null
}

/** Compare and set: false, and nothing changed, where the batch does not stand at `from`. */
export async function moveBatch(tx: Tx, batchNo: number, from: BatchState, change: BatchChange, atMs: number): Promise<boolean> {
  const { finding, figures, nextTryAtMs, ...plain } = change
  const { count } = await tx.reconBatch.updateMany({ where: { batchNo, state: from }, data: {
    ...plain, changedAtMs: BigInt(atMs),
    ...(finding === undefined ? {} : { finding: finding === null ? null : JSON.stringify(finding) }), ...(figures === undefined ? {} : { figures: JSON.stringify(figures) }),
    ...(nextTryAtMs === undefined ? {} : { nextTryAtMs: nextTryAtMs === null ? null : BigInt(nextTryAtMs) }),
  } })
  return count === 1
}

/** Bills of several days at once. @returns how many moved */
export const moveDays = async (
  tx: Tx, from: { readonly billDate: { readonly lte: string } | { readonly gte: string }; readonly state: BatchState }, state: BatchState, atMs: number,
): Promise<number> => (await tx.reconBatch.updateMany({ where: from, data: { state, changedAtMs: BigInt(atMs) } })).count

/** Versions before this one are history from now on. */
export const replaceEarlier = async (tx: Tx, { channel, merchantId, billDate, kind, version }: BillKey & { version: number }, atMs: number): Promise<void> => void (
  await tx.reconBatch.updateMany({
    where: { channel, merchantId, billDate, kind, version: { lt: version }, state: { not: 'replaced' } }, data: { state: 'replaced', nextTryAtMs: null, changedAtMs: BigInt(atMs) },
  }))

export const dueBatches = async (read: Tx, nowMs: number, limit: number): Promise<BatchRecord[]> =>
  (await read.reconBatch.findMany({ where: { nextTryAtMs: { lte: BigInt(nowMs) } }, orderBy: { nextTryAtMs: 'asc' }, take: limit })).map(recordOf)

/** Batches whose work was begun and not brought to its end, as by a restart. */
export const unfinishedBatches = async (read: Tx): Promise<BatchRecord[]> =>
  (await read.reconBatch.findMany({ where: { state: { in: ['fetched', 'parsed'] }, finding: null }, orderBy: { batchNo: 'asc' } })).map(recordOf)

export interface BatchFilter {
  readonly fromDate?: string | undefined
  readonly untilDate?: string | undefined
  readonly withReplaced?: boolean | undefined
}
/** Bills of days from the latest back; replaced ones only where asked for. */
export const batchesOf = async (read: Tx, filter: BatchFilter, limit: number): Promise<BatchRecord[]> =>
  (await read.reconBatch.findMany({
    where: {
      billDate: { ...(filter.fromDate === undefined ? {} : { gte: filter.fromDate }), ...(filter.untilDate === undefined ? {} : { lte: filter.untilDate }) },
      ...(filter.withReplaced === true ? {} : { state: { not: 'replaced' } }),
    },
    orderBy: [{ billDate: 'desc' }, { channel: 'asc' }, { merchantId: 'asc' }, { kind: 'asc' }, { version: 'desc' }], take: limit,
  })).map(recordOf)

/** True where our own books have anything of the day at this merchant. */
export async function hasOwnPayments(read: Tx, { channel, merchantId, billDate }: BillKey): Promise<boolean> {
  return await read.payOrder.findFirst({ where: { channel, merchantId, bizDate: billDate }, select: { outTradeNo: true } }) !== null
}

/** Rows of one batch as the bill says them, after a line; for looking at, a page at a time. */
export const rowsAfter = async (read: Tx, batchNo: number, line: number, limit: number, outTradeNo: string | undefined) =>
  (await read.reconRow.findMany({
    where: { batchNo, line: { gt: line }, ...(outTradeNo === undefined ? {} : { outTradeNo }) }, orderBy: { line: 'asc' }, take: limit,
  })).map(({ atMs, fen, feeFen, dueFeeFen, ...same }) =>
    ({ ...same, atMs: Number(atMs), fen: Number(fen), feeFen: Number(feeFen), dueFeeFen: dueFeeFen === null ? null : Number(dueFeeFen) }))
