import { usersById } from '../auth/user-register.js'
import type { Tx } from '../db/transaction.js'
import type { AuditRow } from './audit-log.js'
import * as entries from './audit-view-repository.js'

export interface AuditView {
  readonly atMs: number
  /** Null for what the server did by itself. */
  readonly userId: string | null
  readonly action: string
  readonly subject: string
}

/** The newest entries about these subjects (`person:ID`), newest first. */
export const auditAbout = async (read: Tx, subjects: readonly string[], limit: number): Promise<AuditView[]> =>
  (await entries.about(read, subjects, limit)).map(({ atMs, userId, action, subject }) => ({ atMs: Number(atMs), userId, action, subject }))

/** As `AuditFacts`, read back. */
type Facts = Record<string, string | number | boolean | null | string[]>

/** An entry as an auditor reads it. */
export interface AuditEntryView extends AuditView {
  readonly seq: number
  /** Null for the server itself, and for people who are not users of it. */
  readonly userName: string | null
  readonly estateId: string | null
  readonly before: Facts | null
  readonly after: Facts | null
  readonly hash: string
}

const factsOf = (text: string | null): Facts | null => (text === null ? null : JSON.parse(text) as Facts)
const viewOf = ({ seq, atMs, userId, action, subject, estateId, before, after, hash }: AuditRow): Omit<AuditEntryView, 'userName'> =>
  ({ seq, atMs: Number(atMs), userId, action, subject, estateId, before: factsOf(before), after: factsOf(after), hash })

/**
 * The log from the newest entry on.
 * @returns `older` the `before` of the next page, null on the last
 */
export async function auditPage(read: Tx, filter: entries.AuditFilter, limit: number): Promise<{ items: AuditEntryView[]; older: number | null }> {
  const rows = await entries.newest(read, filter, limit + 1)
  const page = rows.slice(0, limit)
  const users = await usersById(read, [...new Set(page.flatMap(({ userId }) => (userId === null ? [] : [userId])))])
  const items = page.map((row) => ({ ...viewOf(row), userName: row.userId === null ? null : users.get(row.userId)?.displayName ?? null }))
  return { items, older: rows.length > limit ? items.at(-1)?.seq ?? null : null }
}
