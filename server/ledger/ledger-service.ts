import { setImmediate as nextTurn } from 'node:timers/promises'
import { GENESIS_HASH } from '#kernel/hash-chain.js'
import type { Change } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { ACCOUNTS, type Account, RECEIVABLES } from './chart.js'
import { type Posting, contentHashOf, daySums, journalHash, journalOf } from './journal-rules.js'
import * as rows from './ledger-repository.js'
import type { MoneyPlace, PostingEvent } from './posting-rules.js'

/** Postings that are hashed before others are answered. */
const POSTINGS_PER_TURN = 50

/** `exists`: the same was posted before, and nothing was posted now. */
export type Posted = { readonly outcome: 'posted' | 'exists'; readonly seq: number; readonly bizDate: string }

/**
 * Posts, in the transaction of the change that it belongs to. A cause is posted once: the same again is `exists`.
 * An entry for a closed day goes to the first open one and says so.
 * @param postings of one kind of event
 * @returns in the order of `postings`
 * @throws AppError SV_LEDGER_CONFLICT where a cause was posted with other content; RangeError where an amount is none
 */
export async function post({ tx, atMs, by }: Pick<Change, 'tx' | 'atMs' | 'by'>, postings: readonly Posting[]): Promise<Posted[]> {
  const [first] = postings
  if (first === undefined) return []
  const cause = first.event.kind
  if (postings.some((posting) => posting.event.kind !== cause)) throw new TypeError('postings of several kinds in one call')
  const known = await rows.contentHashes(tx, cause, postings.map((posting) => posting.causeRef))
  const last = await rows.lastJournal(tx)
  const closed = new Map<string, string | null>()
  const journals: rows.JournalRow[] = []
  const transfers: rows.TransferRow[] = []
  const posted: Posted[] = []
  let head = { seq: last?.seq ?? 0, hash: last?.hash ?? GENESIS_HASH }
  for (const [at, posting] of postings.entries()) {
    if (at % POSTINGS_PER_TURN === POSTINGS_PER_TURN - 1) await nextTurn()
    const before = known.get(posting.causeRef)
    if (before !== undefined) {
      if (before.contentHash !== contentHashOf(posting)) throw fail('SV_LEDGER_CONFLICT', { cause, causeRef: posting.causeRef, seq: before.seq })
      posted.push({ outcome: 'exists', seq: before.seq, bizDate: before.bizDate })
      continue
    }
    if (!closed.has(posting.estateId)) closed.set(posting.estateId, await rows.closedUntil(tx, posting.estateId))
    const made = journalOf(posting, { seq: head.seq + 1, previousHash: head.hash, closedUntil: closed.get(posting.estateId) ?? null, atMs, by })
    head = made.journal
    known.set(posting.causeRef, made.journal)
    journals.push(made.journal)
    transfers.push(...made.transfers)
    posted.push({ outcome: 'posted', seq: head.seq, bizDate: made.journal.bizDate })
  }
  await rows.insertJournals(tx, journals, transfers, daySums(transfers))
  return posted
}

export interface Balance {
  readonly account: Account
  readonly estateId: string
  /** Merchant, bank account or cash desk; null where the account is kept by nothing. */
  readonly of: string | null
  readonly debitFen: number
  readonly creditFen: number
  /** On the account's normal side; below zero is on the other. */
  readonly balanceFen: number
}

const FIRST_DATE = '0000-01-01'

function balanceOf({ account, estateId, partOf, debitFen, creditFen }: Omit<rows.DaySums, 'bizDate'>): Balance {
  const name = account as Account
  const difference = Number(debitFen - creditFen)
  return {
    account: name, estateId, of: partOf === '' ? null : partOf, debitFen: Number(debitFen), creditFen: Number(creditFen),
    balanceFen: ACCOUNTS[name].normal === 'debit' ? difference : difference === 0 ? 0 : -difference,
  }
}

/** An account's balances at the end of a day, from the beginning of the books. @param estateIds null for all */
export const balances = async (read: Tx, estateIds: readonly string[] | null, untilDate: string, fromDate = FIRST_DATE): Promise<Balance[]> =>
  (await rows.sums(read, { estateIds, fromDate, untilDate })).map(balanceOf)

/** Balances as the books stood at a past moment, whatever was posted since for days before it. @param estateIds null for all */
export const balancesAsOf = async (read: Tx, estateIds: readonly string[] | null, atMs: number): Promise<Balance[]> =>
  (await rows.sumsUntilSeq(read, estateIds, await rows.lastSeqAt(read, atMs))).map(balanceOf)

/** One account's balance at the end of a day, on its normal side. @param place.of null for all parts of it */
export async function balanceAt(read: Tx, estateId: string, { account, of }: { account: Account; of: string | null }, untilDate: string): Promise<number> {
  const some = (await balances(read, [estateId], untilDate)).filter((row) => row.account === account && (of === null || row.of === of))
  return some.reduce((sum, row) => sum + row.balanceFen, 0)
}

/** Days of one account, the earliest first. */
export const daysOf = async (read: Tx, estateIds: readonly string[] | null, account: Account, untilDate: string) =>
  (await rows.accountDays(read, estateIds, account, untilDate)).map(({ estateId, partOf, bizDate, debitFen, creditFen }) =>
    ({ estateId, of: partOf === '' ? null : partOf, bizDate, debitFen: Number(debitFen), creditFen: Number(creditFen) }))

/** The treasury's revenue that an estate collected until a day, handed over or not, less what was given back before it was. */
export async function collectedUntil(read: Tx, estateId: string, untilDate: string): Promise<number> {
  const waiting = await balanceAt(read, estateId, { account: 'to-hand-over', of: null }, untilDate)
  return waiting + Number(await rows.debitedBy(read, estateId, 'handed-over', 'to-hand-over', untilDate))
}

/** As `collectedUntil`, of what came to one place. */
export const collectedAt = async (read: Tx, estateId: string, place: MoneyPlace, untilDate: string): Promise<number> =>
  Number(await rows.settledAt(read, estateId, place, RECEIVABLES, untilDate))

const MONEY_FOR_BILLS: ReadonlyArray<PostingEvent['kind']> = ['paid', 'prepayment-applied', 'suspense-applied', 'deposit-applied', 'refunded', 'reduced']

/** Bills that the next journals after one moved money for. @returns `untilSeq` null where there are no more */
export const billsTouched = (read: Tx, afterSeq: number, limit: number): Promise<{ untilSeq: number | null; billIds: string[] }> =>
  rows.billsOfJournals(read, afterSeq, limit, MONEY_FOR_BILLS)

/** What a household has to its credit: prepayment, or deposit. */
export const householdBalance = async (read: Tx, account: 'prepayment' | 'deposit', householdId: string): Promise<number> =>
  Number(await rows.householdCreditFen(read, account, householdId))

/** Households that have something to their credit, by estate. */
export const householdsInCredit = (read: Tx, account: 'prepayment' | 'deposit'): Promise<Array<{ estateId: string; householdId: string; fen: number }>> =>
  rows.householdCredits(read, account)

/** Closes the books of an estate up to a day, both included; a later day than before. Part of day close. */
export async function closeUntil({ tx, atMs, by }: Pick<Change, 'tx' | 'atMs' | 'by'>, estateId: string, date: string): Promise<void> {
  const before = await rows.closedUntil(tx, estateId)
  if (before !== null && date <= before) throw fail('SV_LEDGER_CLOSED', { estateId, closedUntil: before })
  await rows.insertLock(tx, { estateId, closedUntil: date, setAtMs: BigInt(atMs), setBy: by ?? 'server' })
}

/** Opens the books again after a day; two persons decide that, elsewhere. */
export const reopenAfter = ({ tx, atMs, by }: Pick<Change, 'tx' | 'atMs' | 'by'>, estateId: string, date: string): Promise<void> =>
  rows.insertLock(tx, { estateId, closedUntil: date, setAtMs: BigInt(atMs), setBy: by ?? 'server' })

export const closedUntil = rows.closedUntil

/** What settled bills under a receivable, by day, since a day: payments of every kind, and what was given back below zero. */
export const settlementsOf = rows.settlements

const JOURNALS_PER_PAGE = 1_000

/**
 * Reads all books: every journal follows its predecessor, is what was hashed, and the sums by day are those of the transfers.
 * @returns the first journal that does not hold, or null
 */
export async function verifyLedger(read: Tx): Promise<{ journals: number; brokenAtSeq: number | null; wrongSums: number }> {
  let seq = 0
  let previousHash = GENESIS_HASH
  const days = new Map<string, bigint>()
  for (;;) {
    const page = await rows.journalsAfter(read, seq, JOURNALS_PER_PAGE)
    for (const { journal, transfers } of page) {
      const holds = journal.seq === seq + 1 && journal.previousHash === previousHash && journalHash(journal, transfers) === journal.hash
      if (!holds) return { journals: seq, brokenAtSeq: seq + 1, wrongSums: 0 }
      for (const day of daySums(transfers)) addTo(days, day)
      seq = journal.seq
      previousHash = journal.hash
    }
    if (page.length < JOURNALS_PER_PAGE) break
  }
  for (const day of await rows.allDays(read)) addTo(days, { ...day, debitFen: -day.debitFen, creditFen: -day.creditFen })
  return { journals: seq, brokenAtSeq: null, wrongSums: [...days.values()].filter((difference) => difference !== 0n).length }
}

function addTo(days: Map<string, bigint>, day: rows.DaySums): void {
  for (const [side, fen] of [['debit', day.debitFen], ['credit', day.creditFen]] as const) {
    const key = [day.account, day.estateId, day.partOf, day.bizDate, side].join('\n')
    days.set(key, (days.get(key) ?? 0n) + fen)
  }
}
