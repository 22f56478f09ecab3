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

/** Stored records of an epoch after `seq`, oldest first. */
export async function recordsAfter(tx: Tx, gatewayId: string, epoch: number, seq: number, limit: number): Promise<ReceivedRecord[]> {
  const rows = await tx.gatewayRecord.findMany({
    where: { gatewayId, epoch, seq: { gt: BigInt(seq) } }, orderBy: { seq: 'asc' }, take: limit,
    select: { seq: true, payload: true, hash: true, receivedAtMs: true },
  })
  return rows.map(({ payload, hash, ...row }) => ({ seq: Number(row.seq), payload, hash, receivedAtMs: Number(row.receivedAtMs) }))
}
