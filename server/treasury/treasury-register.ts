import type { Tx } from '../db/transaction.js'
import { type ReceiptRecord, receiptsOfBills } from './receipt-repository.js'
import type { TreasuryTerms } from './treasury-rules.js'
import { lastHandOver, termsOn } from './voucher-repository.js'

/** What other features ask of the hand-over. */

/** Whether the treasury has the revenue of that day: a refund of it is then claimed from the treasury. */
export async function isHandedOver(tx: Tx, estateId: string, bizDate: string): Promise<boolean> {
  const until = await lastHandOver(tx, estateId, true)
  return until !== null && bizDate <= until
}

/** How an estate's revenue reaches the treasury on a day; null where nobody has set it. */
export async function treasuryTerms(read: Tx, estateId: string, date: string): Promise<TreasuryTerms | null> {
  const text = await termsOn(read, estateId, date)
  return text === null ? null : (JSON.parse(text) as TreasuryTerms)
}

/** Receipts of each of these bills, the first first, taken back or not. */
export async function receiptsByBill(read: Tx, billIds: readonly string[]): Promise<Map<string, ReceiptRecord[]>> {
  const found = new Map<string, ReceiptRecord[]>(billIds.map((billId) => [billId, []]))
  for (const receipt of await receiptsOfBills(read, billIds)) found.get(receipt.billId)?.push(receipt)
  return found
}
