import type { Tx } from '../db/transaction.js'
import { type OrderRow, userNames } from './order-repository.js'
import { type Now, orderState, remainingMs } from './order-rules.js'
import type { OrderView } from './schemas.js'

/** Orders as they are shown: one whose time is over says so, noted or not. */
export async function viewsOf(read: Tx, rows: readonly OrderRow[], now: Now): Promise<OrderView[]> {
  const names = await userNames(read, rows.map((row) => row.operatorRef))
  return rows.map((row) => {
    const ended = row.endedAtMs !== null || remainingMs(row, now) === 0
    const { codeSha256: _, ...content } = JSON.parse(row.content) as Record<string, string | number>
    return {
      orderId: row.orderId, estateId: row.estateId, gatewayId: row.gatewayId, kind: row.kind, subject: row.subject, content,
      note: row.note, operatorRef: row.operatorRef, operatorName: names.get(row.operatorRef) ?? null,
      state: orderState({ outcome: row.outcome, ended, given: row.givenAtMs !== null }), outcomeReason: row.outcomeReason,
      createdAtMs: row.createdAtMs, expiresAtMs: row.expiresAtMs, givenAtMs: row.givenAtMs, settledAtMs: row.outcomeAtMs ?? row.endedAtMs,
    }
  })
}
