import type { Tx } from '../db/transaction.js'
import { householdBalance } from '../ledger/ledger-service.js'
import { claimedPrepayments } from './refund-repository.js'

/**
 * What a household has prepaid and no open refund takes. To be asked in the transaction that spends it or keeps it for a refund: then
 * the claims on a household's prepayment never come to more than it has.
 */
export async function freePrepaymentFen(tx: Tx, householdId: string): Promise<number> {
  const claimed = (await claimedPrepayments(tx, { householdId })).get(householdId) ?? 0
  return Math.max(0, await householdBalance(tx, 'prepayment', householdId) - claimed)
}
