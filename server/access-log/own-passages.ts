import { decodeCursor, pageOf } from '../db/page.js'
import type { Tx } from '../db/transaction.js'
import * as log from './access-log-repository.js'
import { LogPlace } from './schemas.js'

/** A passage as the one who passed sees it. */
export interface OwnPassage {
  readonly passageId: string
  readonly gateName: string
  readonly way: string
  readonly direction: string
  readonly result: string
  readonly reason: string | null
  readonly occurredAtMs: number
}

/**
 * A page of a person's own passages, newest first, for that person alone: looking at oneself is not audited.
 * @param before `older` of the page before
 * @throws AppError SV_HTTP_VALIDATION where `before` is no cursor
 */
export async function ownPassages(
  read: Tx, of: { estateId: string; personRef: string }, before: string | undefined, limit: number,
): Promise<{ items: OwnPassage[]; older: string | null }> {
  const place = before === undefined ? undefined : decodeCursor(LogPlace, before, 'before')
  const rows = await log.newestPassages(read, [of.estateId], { personRef: of.personRef }, place, limit + 1)
  const page = pageOf(rows, limit, (row): LogPlace => ({ atMs: Number(row.occurredAtMs), passageId: row.passageId }))
  const gateName = await log.gateNames(read, page.rows)
  const items = page.rows.map((row): OwnPassage => ({
    passageId: row.passageId, gateName: gateName(row) ?? row.gateId, way: row.way, direction: row.direction, result: row.result, reason: row.reason,
    occurredAtMs: Number(row.occurredAtMs),
  }))
  return { items, older: page.next }
}
