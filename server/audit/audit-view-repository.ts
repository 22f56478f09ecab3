import type { Tx } from '../db/transaction.js'
import type { AuditRow } from './audit-log.js'

/** Newest entries about these subjects. */
export const about = (read: Tx, subjects: readonly string[], limit: number): Promise<AuditRow[]> =>
  read.auditEntry.findMany({ where: { subject: { in: [...subjects] } }, orderBy: { seq: 'desc' }, take: limit })

export interface AuditFilter {
  readonly userId?: string | undefined
  /** How an action begins: `payment.` is all of that area. */
  readonly action?: string | undefined
  readonly subject?: string | undefined
  /** Both belong to the span. */
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  /** Entries older than this one. */
  readonly before?: number | undefined
}

/** Entries from the newest on. */
export const newest = (read: Tx, { userId, action, subject, fromMs, toMs, before }: AuditFilter, limit: number): Promise<AuditRow[]> => {
  const atMs = { ...(fromMs === undefined ? {} : { gte: BigInt(fromMs) }), ...(toMs === undefined ? {} : { lte: BigInt(toMs) }) }
  return read.auditEntry.findMany({
    where: {
      ...(userId === undefined ? {} : { userId }), ...(action === undefined ? {} : { action: { startsWith: action } }), ...(subject === undefined ? {} : { subject }),
      ...(before === undefined ? {} : { seq: { lt: before } }), ...(Object.keys(atMs).length === 0 ? {} : { atMs }),
    },
    orderBy: { seq: 'desc' }, take: limit,
  })
}
