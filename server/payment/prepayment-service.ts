import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../audit/change.js'
import { payableBillsOfHousehold, takePayment } from '../billing/bill-register.js'
import type { Tx } from '../db/transaction.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { householdsInCredit, post } from '../ledger/ledger-service.js'
import { sumFen } from '../money/fen.js'
import { findLiveOrder } from './order-repository.js'
import { freePrepaymentFen } from './prepayment-claims.js'

export interface PrepaymentService {
  /** Pays open bills out of what their households have prepaid, the oldest due first. @returns how many bills took something */
  applyAll(): Promise<number>
}

/** A bill that somebody is paying right now waits: its order is for all that is open. */
async function applyFor(change: Change, ids: IdSource, householdId: string): Promise<number> {
  const { tx, atMs } = change
  let left = await freePrepaymentFen(tx, householdId)
  let bills = 0
  for (const { billId, estateId } of await payableBillsOfHousehold(tx, householdId)) {
    if (left <= 0 || await findLiveOrder(tx, billId) !== null) continue
    const parts = await takePayment(change, { billId, fen: left })
    const fen = sumFen(parts.map((part) => part.fen))
    left -= fen
    bills += 1
    await post(change, [{ estateId, causeRef: ids.uuid(), bizDate: civilDateOf(atMs), memo: billId, event: { kind: 'prepayment-applied', parts } }])
    await change.audit({ action: 'payment.prepayment-apply', subject: `bill:${billId}`, estateId, after: { fen } })
  }
  return bills
}

/**
 * Money that was paid ahead, or twice, pays the next bill by itself. What an open refund takes of it waits for that.
 */
export const createPrepaymentService = (deps: { read: Tx; change: RunChange; ids: IdSource }): PrepaymentService => ({
  async applyAll() {
    let bills = 0
    for (const { householdId } of await householdsInCredit(deps.read, 'prepayment')) {
      if ((await payableBillsOfHousehold(deps.read, householdId)).length > 0) bills += await deps.change(null, (one) => applyFor(one, deps.ids, householdId))
    }
    return bills
  },
})
