import { createHash } from 'node:crypto'
import { addDays } from '../household/civil-date-rules.js'
import type { DaySums, JournalRow, TransferRow } from './ledger-repository.js'
import type { PostingEvent } from './posting-rules.js'
import { transfersOf } from './posting-rules.js'

/** One thing that happened, to be posted once. */
export interface Posting {
  readonly estateId: string
  /** Own id of what happened, unique among its kind: a payment's number, a bill's id. */
  readonly causeRef: string
  readonly event: PostingEvent
  /** Accounting day in Asia/Shanghai, YYYY-MM-DD. */
  readonly bizDate: string
  /** For people; a code or a reference, never a name. */
  readonly memo: string | null
}

const sha256 = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** What two postings of one cause must have in common to be the same. The day is no part of it: a repeat may come later. */
export const contentHashOf = ({ estateId, event }: Posting): string => sha256(['posting.v1', estateId, event.kind, transfersOf(event)])

/**
 * The day an entry goes to: its own, or the first open one where its own is closed; the entry then says for which day it
 * came late (a prior-period entry).
 */
export function placeInTime(bizDate: string, closedUntil: string | null): { bizDate: string; lateFor: string | null } {
  return closedUntil === null || bizDate > closedUntil ? { bizDate, lateFor: null } : { bizDate: addDays(closedUntil, 1), lateFor: bizDate }
}

/** Hash of a journal over its predecessor's and all that it says. */
export function journalHash(journal: Omit<JournalRow, 'hash'>, transfers: readonly TransferRow[]): string {
  const { previousHash, seq, cause, causeRef, estateId, bizDate, lateFor, memo, postedAtMs, postedBy, contentHash } = journal
  const legs = transfers.map((row) => [row.leg, row.debit, row.debitOf, row.credit, row.creditOf, String(row.amountFen), row.householdId, row.billId])
  return sha256(['journal.v1', previousHash, seq, cause, causeRef, estateId, bizDate, lateFor, memo, String(postedAtMs), postedBy, contentHash, legs])
}

export interface JournalPlace {
  readonly seq: number
  readonly previousHash: string
  readonly closedUntil: string | null
  readonly atMs: number
  readonly by: string | null
}

/** The rows of one posting at its place in the books. */
export function journalOf(posting: Posting, place: JournalPlace): { journal: JournalRow; transfers: TransferRow[] } {
  const { estateId, causeRef, event, memo } = posting
  const { bizDate, lateFor } = placeInTime(posting.bizDate, place.closedUntil)
  const { seq, previousHash } = place
  const transfers = transfersOf(event).map((transfer, index): TransferRow => ({
    seq, leg: index + 1, estateId, bizDate, debit: transfer.debit.account, credit: transfer.credit.account, amountFen: BigInt(transfer.amountFen),
    debitOf: transfer.debit.of, creditOf: transfer.credit.of, householdId: transfer.householdId, billId: transfer.billId,
  }))
  const open = {
    seq, cause: event.kind, causeRef, estateId, bizDate, lateFor, memo, postedAtMs: BigInt(place.atMs), postedBy: place.by,
    contentHash: contentHashOf(posting), previousHash,
  }
  return { journal: { ...open, hash: journalHash(open, transfers) }, transfers }
}

/** What transfers add to each account's day. */
export function daySums(transfers: readonly TransferRow[]): DaySums[] {
  const days = new Map<string, DaySums>()
  const add = (account: string, partOf: string, row: TransferRow, debitFen: bigint, creditFen: bigint): void => {
    const key = `${account}\n${row.estateId}\n${partOf}\n${row.bizDate}`
    const before = days.get(key) ?? { account, estateId: row.estateId, partOf, bizDate: row.bizDate, debitFen: 0n, creditFen: 0n }
    days.set(key, { ...before, debitFen: before.debitFen + debitFen, creditFen: before.creditFen + creditFen })
  }
  for (const row of transfers) {
    add(row.debit, row.debitOf ?? '', row, row.amountFen, 0n)
    add(row.credit, row.creditOf ?? '', row, 0n, row.amountFen)
  }
  return [...days.values()]
}
