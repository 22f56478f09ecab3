import type { Tx } from '../db/transaction.js'
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
