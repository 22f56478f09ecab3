import type { Tx } from '../db/transaction.js'
import { openAbout } from './order-repository.js'

/** What other features ask of orders. */
export interface PendingOrder {
  readonly orderId: string
  readonly subject: string
  readonly content: Readonly<Record<string, string | number>>
  readonly operatorRef: string
  readonly createdAtMs: number
}

/** Orders about these subjects that nothing was heard of yet, newest first. One whose time is over is among them until it is noted. */
export const pendingAbout = async (tx: Tx, estateIds: readonly string[], subjects: readonly string[]): Promise<PendingOrder[]> =>
  subjects.length === 0 ? [] : (await openAbout(tx, estateIds, subjects)).map(({ orderId, subject, content, operatorRef, createdAtMs }) =>
    ({ orderId, subject, content: JSON.parse(content) as PendingOrder['content'], operatorRef, createdAtMs }))
