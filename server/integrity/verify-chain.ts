import { type ChainHead, chainHash } from '#kernel/hash-chain.js'

/** One stored record of an epoch. */
export interface ChainRow {
  readonly seq: number
  /** The record's exact text. */
  readonly payload: string
  readonly hash: string
}

export interface ChainReport {
  /** Rows that were read. */
  readonly records: number
  /** All of 1…contiguousSeq are there and follow one another from the start hash. */
  readonly contiguousSeq: number
  readonly contiguousHash: string
  /** First row whose hash is not that of its predecessor and payload, null where all follow. */
  readonly brokenAtSeq: number | null
  /** Missing ranges before the last row, the first of them by number; `gaps` counts all. */
  readonly missing: readonly { readonly from: number; readonly to: number }[]
  readonly gaps: number
}

/** Ranges that a report names. */
const MISSING_MAX = 1_000

/**
 * Recomputes the chain of one epoch from its rows alone, whatever the tables say of it: every hash anew from the
 * payload. After a gap the first row's predecessor is not there; it is taken as it stands and the rest must follow it.
 * @param start epoch and hash that the first record follows (`seq` 0)
 * @param rows ascending by seq
 * @throws RangeError where rows are out of order
 */
export async function verifyChain(start: Omit<ChainHead, 'seq'>, rows: AsyncIterable<ChainRow> | Iterable<ChainRow>): Promise<ChainReport> {
  const { gatewayId, epoch } = start
  const missing: Array<{ from: number; to: number }> = []
  let before = { seq: 0, hash: start.hash }
  let contiguous = before
  let brokenAtSeq: number | null = null
  let records = 0
  let gaps = 0
  for await (const { seq, payload, hash } of rows) {
    if (seq <= before.seq) throw new RangeError(`row ${seq} after row ${before.seq}`)
    const isNext = seq === before.seq + 1
    const follows = isNext && chainHash(before.hash, { gatewayId, epoch, seq, payload }) === hash
    if (isNext && !follows) brokenAtSeq ??= seq
    if (!isNext) {
      gaps += 1
      if (missing.length < MISSING_MAX) missing.push({ from: before.seq + 1, to: seq - 1 })
    }
    if (follows && contiguous.seq === before.seq) contiguous = { seq, hash }
    before = { seq, hash }
    records += 1
  }
  return { records, contiguousSeq: contiguous.seq, contiguousHash: contiguous.hash, brokenAtSeq, missing, gaps }
}
