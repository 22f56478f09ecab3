import { bulkWrite } from '../db/bulk.js'
import type { Tx } from '../db/transaction.js'
import type { Place } from './record-place.js'
import type { SeqRange } from './range-rules.js'

/** Hashes of what is stored within the ranges, by seq. */
export async function storedHashes(tx: Tx, gatewayId: string, epoch: number, ranges: readonly SeqRange[]): Promise<Map<number, string>> {
  const hashes = new Map<number, string>()
  for (const { from, to } of ranges) {
    const rows = await tx.gatewayRecord.findMany({
      where: { gatewayId, epoch, seq: { gte: BigInt(from), lte: BigInt(to) } }, select: { seq: true, hash: true },
    })
    for (const { seq, hash } of rows) hashes.set(Number(seq), hash)
  }
  return hashes
}

export interface StoredRecord extends Place {
  readonly kind: string
  /** The record's exact text. */
  readonly payload: string
  readonly hash: string
}

const RECORDS = {
  table: 'GatewayRecord', key: ['gatewayId', 'epoch', 'seq'], onConflict: 'ignore',
  columns: ['gatewayId', 'epoch', 'seq', 'kind', 'payload', 'hash', 'receivedAtMs'],
} as const

/** How many of them were not stored before. */
export async function insertRecords(tx: Tx, records: readonly StoredRecord[], receivedAtMs: number): Promise<number> {
  return (await bulkWrite(tx, RECORDS, records.map((record) => ({ ...record, receivedAtMs })), ['seq'])).length
}

export interface ReceivedRecord {
  readonly seq: number
  readonly payload: string
  readonly hash: string
  readonly receivedAtMs: number
}

/** One text for a whole page: a cell at a time through the client takes several times as long, and a log has a million rows. */
const PAGE = `SELECT json_group_array(json_array("seq", "payload", "hash", "receivedAtMs")) AS "page" FROM (
  SELECT "seq", "payload", "hash", "receivedAtMs" FROM "GatewayRecord" WHERE "gatewayId" = ? AND "epoch" = ? AND "seq" > ? ORDER BY "seq" LIMIT ?)`

/** Stored records of an epoch after `seq`, oldest first. */
export async function recordsAfter(tx: Tx, gatewayId: string, epoch: number, seq: number, limit: number): Promise<ReceivedRecord[]> {
  const [row] = await tx.$queryRawUnsafe<Array<{ page: string }>>(PAGE, gatewayId, epoch, BigInt(seq), limit)
  const rows = JSON.parse(row?.page ?? '[]') as Array<[number, string, string, number]>
  return rows.map(([place, payload, hash, receivedAtMs]) => ({ seq: place, payload, hash, receivedAtMs }))
}
