import type { Tx } from '../db/transaction.js'
import type { AuditRow } from './audit-log.js'

/** Newest entries about these subjects. */
export const about = (read: Tx, subjects: readonly string[], limit: number): Promise<AuditRow[]> =>
  read.auditEntry.findMany({ where: { subject: { in: [...subjects] } }, orderBy: { seq: 'desc' }, take: limit })
