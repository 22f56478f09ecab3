import { bulkWrite } from '../db/bulk.js'
import { inChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'
import type { AuditRow } from './audit-log.js'

/** The newest entry, or null in an empty log. */
export const last = (tx: Tx): Promise<AuditRow | null> => tx.auditEntry.findFirst({ orderBy: { seq: 'desc' } })

const ENTRIES = {
  table: 'AuditEntry', key: ['seq'], onConflict: 'ignore',
  columns: ['seq', 'atMs', 'userId', 'action', 'subject', 'estateId', 'before', 'after', 'previousHash', 'hash'],
} as const

export async function insert(tx: Tx, rows: readonly AuditRow[]): Promise<void> {
  for (const some of inChunks(rows)) {
    const added = await bulkWrite(tx, ENTRIES, some.map((row) => ({ ...row })), ['seq'])
    if (added.length !== some.length) throw new TypeError('an audit entry of this number is there already')
  }
}

/** Entries after `seq`, oldest first. */
export const after = (tx: Tx, seq: number, limit: number): Promise<AuditRow[]> =>
  tx.auditEntry.findMany({ where: { seq: { gt: seq } }, orderBy: { seq: 'asc' }, take: limit })
