import type { KeyObject } from 'node:crypto'
import { verifyHead } from '#kernel/hash-chain.js'
import type { EpochState } from '../sync/ingest-rules.js'
import { type SeqRange, missingRanges } from '../sync/range-rules.js'
import type { ReceivedRecord } from '../sync/record-repository.js'
import type { ClockWatch } from './clock-watch.js'
import { createRangeCollector, without } from './range-set-rules.js'
import { type ChainReport, verifyChain } from './verify-chain.js'

/** Ranges of one sort that a proof names; `…Count` is of all. */
export const RANGES_NAMED = 200

export interface EpochProof {
  readonly epoch: number
  /** Rows that were read and recomputed. */
  readonly records: number
  readonly stored: readonly SeqRange[]
  readonly storedCount: number
  readonly headSeq: number
  /** What the gateway signed for and never came; in the latest epoch it may still come. */
  readonly missing: readonly SeqRange[]
  readonly missingCount: number
  /** What had come and is there no more: taken out of this database. */
  readonly removed: readonly SeqRange[]
  readonly removedCount: number
  /** What is there and never came: put into this database. */
  readonly added: readonly SeqRange[]
  readonly addedCount: number
  readonly duplicates: number
  readonly chain: 'verified' | 'broken'
  /** First row that does not follow, recomputed now. */
  readonly brokenAtSeq: number | null
  /** First place at which two histories met when records came: what the gateway sent was refused there. */
  readonly refusedAtSeq: number | null
  /** The gateway's signature over the highest head against the rows; `absent` where that row, or a signature, is not here. */
  readonly head: 'verified' | 'forged' | 'absent'
  /** The epoch begins where the one before it stood when this one was granted. */
  readonly startFollows: boolean
  /** The next epoch begins from a record, or the signed head, of this one. */
  readonly nextFollows: boolean
}

export interface EpochQuestion {
  readonly gatewayId: string
  readonly isLatest: boolean
  /** The epoch begins where the one before it stood. */
  readonly startFollows: boolean
  /** Hash that the next epoch begins from, null where there is none. */
  readonly nextStart: string | null
  /** Keys that the gateway's heads may be signed with. */
  readonly keys: readonly KeyObject[]
}

const coveredBy = (state: EpochState): SeqRange[] => {
  const contiguous = state.contiguousSeq === 0 ? [] : [{ from: 1, to: state.contiguousSeq }]
  return [...contiguous, ...state.ahead.map(({ from, to }) => ({ from, to }))]
}
const named = (ranges: readonly SeqRange[]): readonly SeqRange[] => ranges.slice(0, RANGES_NAMED)

/** What the rows themselves say while they pass by: which are there, what their clocks said, whether known hashes are theirs. */
function createRowWatch(state: EpochState, clock: ClockWatch, nextStart: string | null) {
  const present = createRangeCollector()
  const known = new Map([[state.contiguousSeq, state.contiguousHash], [state.headSeq, state.headHash], ...state.ahead.map(({ to, last }) => [to, last] as const)])
  let wrongAtSeq: number | null = null
  let nextFollows = nextStart === null || nextStart === state.headHash || nextStart === state.startHash
  let headHash: string | undefined = state.headSeq === 0 ? state.headHash : undefined
  return {
    present: present.ranges,
    wrongAtSeq: () => wrongAtSeq,
    headHash: () => headHash,
    nextFollows: () => nextFollows,
    see({ seq, hash, payload, receivedAtMs }: ReceivedRecord): void {
      present.add(seq)
      if ((known.get(seq) ?? hash) !== hash) wrongAtSeq ??= seq
      if (seq === state.headSeq) headHash = hash
      nextFollows ||= hash === nextStart
      const { occurredAtMs, monoMs, bootId } = readStamp(payload)
      if (occurredAtMs !== undefined && monoMs !== undefined && bootId !== undefined) clock.see(state.epoch, { seq, occurredAtMs, monoMs, bootId, receivedAtMs })
    },
  }
}

function readStamp(payload: string): { occurredAtMs?: number; monoMs?: number; bootId?: string } {
  try {
    const value: unknown = JSON.parse(payload)
    if (typeof value !== 'object' || value === null) return {}
    const { occurredAtMs, monoMs, bootId } = value as Record<string, unknown>
    return typeof occurredAtMs === 'number' && typeof monoMs === 'number' && typeof bootId === 'string' ? { occurredAtMs, monoMs, bootId } : {}
  } catch {
    return {}
  }
}

function headVerdict(question: EpochQuestion, { epoch, headSeq, headHash, headSignature }: EpochState, rowHash: string | undefined): EpochProof['head'] {
  if (headSignature === null) return headSeq === 0 ? 'verified' : 'forged'
  const head = { gatewayId: question.gatewayId, epoch, seq: headSeq, hash: headHash }
  if (!question.keys.some((key) => verifyHead(head, headSignature, key))) return 'forged'
  if (rowHash === undefined) return 'absent'
  return rowHash === headHash ? 'verified' : 'forged'
}

/**
 * Proves one epoch from its rows: every hash anew, the signed head against the rows, and what is there against what came.
 * @param stateAfter reads the epoch's row again once all rows are read: what came meanwhile was not put in by hand
 */
export async function proveEpoch(
  question: EpochQuestion, state: EpochState, rows: AsyncIterable<ReceivedRecord>, deps: { clock: ClockWatch; stateAfter: () => Promise<EpochState> },
): Promise<EpochProof> {
  const watch = createRowWatch(state, deps.clock, question.nextStart)
  const watched = async function* (): AsyncGenerator<ReceivedRecord> {
    for await (const row of rows) {
      watch.see(row)
      yield row
    }
  }
  const report: ChainReport = await verifyChain({ gatewayId: question.gatewayId, epoch: state.epoch, hash: state.startHash }, watched())
  const removed = without(coveredBy(state), watch.present)
  const added = without(watch.present, coveredBy(await deps.stateAfter()))
  const missing = question.isLatest ? missingRanges(state) : missingRanges(state, state.headSeq)
  const broken = [report.brokenAtSeq, watch.wrongAtSeq()].filter((seq) => seq !== null)
  const brokenAtSeq = broken.length === 0 ? null : Math.min(...broken)
  return {
    epoch: state.epoch, records: report.records, headSeq: state.headSeq, duplicates: state.duplicates,
    stored: named(watch.present), storedCount: watch.present.length, missing: named(missing), missingCount: missing.length,
    removed: named(removed), removedCount: removed.length, added: named(added), addedCount: added.length,
    chain: brokenAtSeq === null ? 'verified' : 'broken', brokenAtSeq, refusedAtSeq: state.brokenAtSeq,
    head: headVerdict(question, state, watch.headHash()), startFollows: question.startFollows, nextFollows: watch.nextFollows(),
  }
}

export type ProofVerdict = 'whole' | 'incomplete' | 'tampered'

/** `tampered`: rows were changed, put in or taken out. `incomplete`: something that the gateway signed for did not come, or did not fit. */
export function verdictOfEpoch(proof: Omit<EpochProof, 'nextFollows'>): ProofVerdict {
  const { chain, head, startFollows, removedCount, addedCount } = proof
  if (chain === 'broken' || head === 'forged' || !startFollows || removedCount > 0 || addedCount > 0) return 'tampered'
  return proof.missingCount > 0 || proof.refusedAtSeq !== null ? 'incomplete' : 'whole'
}
