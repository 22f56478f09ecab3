import { createHash } from 'node:crypto'
import { GENESIS_HASH } from '#kernel/hash-chain.js'
import type { Tx } from '../db/transaction.js'
import * as entries from './audit-repository.js'

/** What an entry may hold of the state before and after: references and settings, never a name, birth date or secret. */
export type AuditFacts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export interface AuditFact {
  /** `area.verb`, for example `permit.issue`. */
  readonly action: string
  /** Kind and key of what it was done to: `permit:ID`. */
  readonly subject: string
  readonly estateId: string | null
  readonly before?: AuditFacts
  readonly after?: AuditFacts
}

export interface AuditRow {
  readonly seq: number
  readonly atMs: bigint
  readonly userId: string | null
  readonly action: string
  readonly subject: string
  readonly estateId: string | null
  readonly before: string | null
  readonly after: string | null
  readonly previousHash: string
  readonly hash: string
}

const ENTRIES_PER_PAGE = 500

function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const { previousHash, seq, atMs, userId, action, subject, estateId, before, after } = row
  const text = JSON.stringify(['audit-entry.v1', previousHash, seq, Number(atMs), userId, action, subject, estateId, before, after])
  return createHash('sha256').update(text).digest('hex')
}

const textOf = (facts: AuditFacts | undefined): string | null => (facts === undefined ? null : JSON.stringify(facts))

/**
 * Writes who did what, each chained to the entry before it, in the transaction of the change itself. Writers stand in one
 * queue, so the last entry read here is the last when this commits.
 * @param by user id; null for what the server does by itself
 */
export async function appendAudits(tx: Tx, by: string | null, atMs: number, facts: readonly AuditFact[]): Promise<void> {
  let before = await entries.last(tx)
  const rows = facts.map((fact): AuditRow => {
    const row = {
      seq: (before?.seq ?? 0) + 1, atMs: BigInt(atMs), userId: by, action: fact.action, subject: fact.subject, estateId: fact.estateId,
      before: textOf(fact.before), after: textOf(fact.after), previousHash: before?.hash ?? GENESIS_HASH,
    }
    before = { ...row, hash: hashOf(row) }
    return before
  })
  await entries.insert(tx, rows)
}

/** Reads the whole log and says where its chain breaks first; null where it holds. */
export async function verifyAuditChain(read: Tx): Promise<{ entries: number; brokenAtSeq: number | null }> {
  let seq = 0
  let previousHash = GENESIS_HASH
  for (;;) {
    const page = await entries.after(read, seq, ENTRIES_PER_PAGE)
    for (const row of page) {
      if (row.seq !== seq + 1 || row.previousHash !== previousHash || hashOf(row) !== row.hash) return { entries: seq, brokenAtSeq: seq + 1 }
      seq = row.seq
      previousHash = row.hash
    }
    if (page.length < ENTRIES_PER_PAGE) return { entries: seq, brokenAtSeq: null }
  }
}
