import type { MatchOutcome } from './match-batch.js'
import type { LoadedBill } from './load-bill.js'
import type { Finding } from '../file/finding.js'

/**
 * Life of a bill: `waiting` for its file, `fetched` and kept, `parsed` into rows, `matched` with what we have, `reviewed` once every
 * difference is explained, `closed` with its day. `replaced`: a later version of the same day took its place.
 */
export const BATCH_STATES = ['waiting', 'fetched', 'parsed', 'matched', 'reviewed', 'closed', 'replaced'] as const
export type BatchState = (typeof BATCH_STATES)[number]
export const BILL_KINDS = ['trade', 'fund'] as const
export type BillKindName = (typeof BILL_KINDS)[number]
export const BILL_CHANNELS = ['wechat', 'alipay', 'unionpay'] as const
export type BillChannel = (typeof BILL_CHANNELS)[number]

export interface BatchFigures {
  readonly bill: LoadedBill
  readonly match: MatchOutcome | null
  /** Channel less ours, less all differences found: anything but 0 is an error of this program. */
  readonly gapFen: number | null
}

export interface BatchRecord {
  readonly batchNo: number
  readonly channel: BillChannel
  readonly merchantId: string
  readonly billDate: string
  readonly kind: BillKindName
  readonly version: number
  readonly state: BatchState
  readonly source: 'channel' | 'upload'
  readonly fileName: string | null
  readonly fileHash: string | null
  readonly sha1: string | null
  readonly finding: Finding | null
  readonly figures: BatchFigures | null
  readonly digest: string | null
  readonly runs: number
  readonly tries: number
  readonly nextTryAtMs: number | null
  readonly createdBy: string | null
  readonly createdAtMs: number
  readonly changedAtMs: number
}

/** True where a file may come for this batch; where one came before, it becomes the next version. */
export const takesFile = (state: BatchState): boolean => state !== 'reviewed' && state !== 'closed'
/** True where its rows may be matched, again or for the first time. */
export const canMatch = (state: BatchState): boolean => state === 'parsed' || state === 'matched'

/** What the day's figures come to: theirs less ours less what was found. */
export function gapOf({ trade }: LoadedBill, match: MatchOutcome): number {
  if (trade === null) return 0
  const theirs = trade.grossFen - match.voided.paidFen - (trade.refundFen - match.voided.refundFen)
  const ours = match.local.paidFen - match.local.refundFen
  return theirs - ours - Object.values(match.classes).reduce((sum, { differenceFen }) => sum + differenceFen, 0)
}

/** Runs of one version; a later version's come after all of an earlier's. */
const RUNS_PER_VERSION = 1_000
/** Number of the run after so many: it grows over the versions of a day. */
export const runOf = ({ version, runs }: Pick<BatchRecord, 'version' | 'runs'>): number => version * RUNS_PER_VERSION + Math.min(runs + 1, RUNS_PER_VERSION - 1)
