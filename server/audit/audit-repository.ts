import type { Tx } from '../db/transaction.js'
import type { AuditRow } from './audit-log.js'

/** The newest entry, or null in an empty log. */
export const last = (tx: Tx): Promise<AuditRow | null> => tx.auditEntry.findFirst({ orderBy: { seq: 'desc' } })

export const insert = async (tx: Tx, row: AuditRow): Promise<void> => void (await tx.auditEntry.create({ data: row }))

/** Entries after `seq`, oldest first. */
export const after = (tx: Tx, seq: number, limit: number): Promise<AuditRow[]> =>
  tx.auditEntry.findMany({ where: { seq: { gt: seq } }, orderBy: { seq: 'asc' }, take: limit })
