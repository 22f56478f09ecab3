import type { RecordsRequestV1, SignedHeadV1, SyncRecordV1 } from '#contract/sync-api.js'
import { chainHash } from '#kernel/hash-chain.js'
import type { Origin } from './record-place.js'
import { AHEAD_RANGES_MAX, type Coverage, type Run, addRuns, endingAt, highestSeq } from './range-rules.js'

/** One epoch of one gateway as the server holds it. */
export interface EpochState extends Coverage {
  readonly epoch: number
  /** Hash that the first record follows. */
  readonly startHash: string
  /** Highest signed head that was received; seq 0 and the start hash before the first. No stored seq is above it. */
  readonly headSeq: number
  readonly headHash: string
  readonly headSignature: string | null
  /** First seq at which two histories met; never cleared, for it is a finding. */
  readonly brokenAtSeq: number | null
  /** Records received again, and records that are stored but changed no other table. */
  readonly duplicates: number
  readonly unprojected: number
  /** Seq of the latest start of the gateway's process, 0 where there is none. */
  readonly lastStartSeq: number
}

export type BatchRefusal = 'SV_SYNC_CHAIN' | 'SV_SYNC_CONFLICT' | 'SV_SYNC_FRAGMENTED'

export type BatchOutcome =
  | { readonly kind: 'accepted'; readonly state: EpochState; readonly fresh: readonly SyncRecordV1[]; readonly duplicates: number }
  /** Nothing of the batch may be stored; `state` remembers the finding where the refusal is one. */
  | { readonly kind: 'refused'; readonly code: BatchRefusal; readonly seq: number; readonly state: EpochState }

/** What is stored at the places that a batch speaks of: hash by seq, for its records and for its head. */
export type StoredHashes = ReadonlyMap<number, string>

/** The first field of a batch that does not fit the others, or undefined. Says nothing about hashes or signature. */
export function batchFormError(batch: RecordsRequestV1): { field: string; problem: string } | undefined {
  const { records, head } = batch
  const { from, to } = bounds(batch)
  const gap = records.findIndex((record, index) => record.seq !== from + index)
  if (gap !== -1) return { field: `records.${gap}.seq`, problem: `must be ${from + gap}` }
  if (head.epoch !== batch.epoch) return { field: 'head.epoch', problem: `must be the batch's, ${batch.epoch}` }
  return head.seq < to ? { field: 'head.seq', problem: `must not be below the last record's, ${to}` } : undefined
}

/** The seqs whose stored hashes `takeBatch` needs, as inclusive ranges; none where nothing can be stored there yet. */
export function hashesNeeded(state: EpochState, batch: RecordsRequestV1): { from: number; to: number }[] {
  const { from, to } = bounds(batch)
  const stored = highestSeq(state)
  const ranges = from <= stored ? [{ from, to: Math.min(to, stored) }] : []
  return batch.head.seq > to && batch.head.seq <= stored ? [...ranges, { from: batch.head.seq, to: batch.head.seq }] : ranges
}

/**
 * Decides about a batch whose form and signature are good. It is accepted whole or refused whole: it must follow its
 * own `previousHash`, agree with every stored record and signed head, and follow its stored lower neighbour. Where
 * a run stored before does not follow the batch, the batch is taken all the same: what follows the verified part is
 * never kept out by what claims to come after it.
 */
export function takeBatch(origin: Origin, state: EpochState, batch: RecordsRequestV1, stored: StoredHashes): BatchOutcome {
  const refuse = (code: BatchRefusal, seq: number): BatchOutcome => {
    const brokenAtSeq = code === 'SV_SYNC_FRAGMENTED' ? state.brokenAtSeq : lower(state.brokenAtSeq, seq)
    return { kind: 'refused', code, seq, state: { ...state, brokenAtSeq } }
  }
  const astray = firstAstray(origin, batch)
  if (astray !== undefined) return refuse('SV_SYNC_CHAIN', astray)
  const conflict = firstConflict(state, batch, stored)
  if (conflict !== undefined) return refuse('SV_SYNC_CONFLICT', conflict)
  const { from } = bounds(batch)
  const neighbour = endingAt(state, from - 1)
  if (!stored.has(from) && neighbour !== undefined && neighbour !== batch.previousHash) return refuse('SV_SYNC_CHAIN', from)

  const fresh = batch.records.filter((record) => !stored.has(record.seq))
  // Known records before a run that does not follow: the gateway cannot get on in this epoch and is told so.
  const next = state.ahead[0]
  if (fresh.length === 0 && next?.from === state.contiguousSeq + 1) return refuse('SV_SYNC_CHAIN', next.from)
  const { coverage, brokenAtSeq } = addRuns(state, runsOf(batch, fresh))
  if (coverage.ahead.length > AHEAD_RANGES_MAX) return refuse('SV_SYNC_FRAGMENTED', from)
  const duplicates = batch.records.length - fresh.length
  return {
    kind: 'accepted', fresh, duplicates,
    state: {
      ...withHead(state, batch.head), ...coverage,
      brokenAtSeq: brokenAtSeq === null ? state.brokenAtSeq : lower(state.brokenAtSeq, brokenAtSeq),
      duplicates: state.duplicates + duplicates,
    },
  }
}

/** The state with `head` where that is the highest so far. */
export const withHead = (state: EpochState, head: SignedHeadV1): EpochState =>
  head.seq <= state.headSeq ? state : { ...state, headSeq: head.seq, headHash: head.hash, headSignature: head.signature }

const lower = (known: number | null, seq: number): number => Math.min(known ?? seq, seq)

function bounds(batch: RecordsRequestV1): { from: number; to: number } {
  const from = (batch.records[0] as SyncRecordV1).seq
  return { from, to: from + batch.records.length - 1 }
}

/** The first record whose hash is not that of its predecessor's hash, its place and its payload. */
function firstAstray(origin: Origin, batch: RecordsRequestV1): number | undefined {
  let previousHash = batch.previousHash
  for (const { seq, payload, hash } of batch.records) {
    if (chainHash(previousHash, { gatewayId: origin.gatewayId, epoch: batch.epoch, seq, payload }) !== hash) return seq
    previousHash = hash
  }
  return undefined
}

/** The first seq for which the batch says another hash than a stored record or a signed head. */
function firstConflict(state: EpochState, batch: RecordsRequestV1, stored: StoredHashes): number | undefined {
  const known = (seq: number): string | undefined => stored.get(seq) ?? (seq === state.headSeq ? state.headHash : undefined)
  const said = [...batch.records, batch.head]
  const last = batch.records.at(-1) as SyncRecordV1
  const head = batch.head.seq === last.seq && batch.head.hash !== last.hash ? batch.head : undefined
  const wrong = said.find(({ seq, hash }) => (known(seq) ?? hash) !== hash) ?? head
  return wrong?.seq
}

/** The fresh records of a batch as runs. */
function runsOf(batch: RecordsRequestV1, fresh: readonly SyncRecordV1[]): Run[] {
  const { from } = bounds(batch)
  const runs: Run[] = []
  for (const { seq, hash } of fresh) {
    const current = runs.at(-1)
    if (current !== undefined && current.to === seq - 1) runs[runs.length - 1] = { ...current, to: seq, last: hash }
    else runs.push({ from: seq, to: seq, before: batch.records[seq - from - 1]?.hash ?? batch.previousHash, last: hash })
  }
  return runs
}
