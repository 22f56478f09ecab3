import type { Clock } from '#kernel/clock.js'
import type { Database, Tx } from '../db/transaction.js'
import { type AuditFact, appendAudits } from './audit-log.js'

/** One change of the register under way. */
export interface Change {
  readonly tx: Tx
  /** When it was made; the same for all that it touches. */
  readonly atMs: number
  /** User id; null for what the server does by itself. */
  readonly by: string | null
  audit(fact: AuditFact): Promise<void>
  /** As `audit` of each in order, in one write. */
  auditAll(facts: readonly AuditFact[]): Promise<void>
}

/** Runs `work` in one transaction: state, roster change and audit entry commit together or not at all. */
export type RunChange = <T>(by: string | null, work: (change: Change) => Promise<T>) => Promise<T>

export const createRunChange = (deps: { db: Database; clock: Clock }): RunChange => (by, work) =>
  deps.db.transact((tx) => work(changeIn(tx, deps.clock.wallMs(), by)))

/** A change inside a transaction that is under way, as where a gateway's record asks for one. */
export const changeIn = (tx: Tx, atMs: number, by: string | null): Change =>
  ({ tx, atMs, by, audit: (fact) => appendAudits(tx, by, atMs, [fact]), auditAll: (facts) => appendAudits(tx, by, atMs, facts) })
