import type { Tx } from '../db/transaction.js'
import { lastHandOver } from './voucher-repository.js'

/** What other features ask of the hand-over. */

/** Whether the treasury has the revenue of that day: a refund of it is then claimed from the treasury. */
export async function isHandedOver(tx: Tx, estateId: string, bizDate: string): Promise<boolean> {
  const until = await lastHandOver(tx, estateId, true)
  return until !== null && bizDate <= until
}
