import type { TillBill } from '#contract/till-messages.js'
import type { PaidPart } from './ports.js'

/**
 * What is open after payments that the list does not know of yet: each is taken from its bill, one without a bill from the
 * oldest on, as the server will. Bills that are paid are left out. Pure.
 * @param bills the oldest due first
 */
export function lessPaid(bills: readonly TillBill[], paid: readonly PaidPart[]): TillBill[] {
  const open = new Map(bills.map((bill) => [bill.billId, bill.openFen]))
  for (const { billId, fen } of paid) {
    let left = fen
    for (const { billId: each } of billId === null ? bills : bills.filter((bill) => bill.billId === billId)) {
      const taken = Math.min(left, open.get(each) ?? 0)
      open.set(each, (open.get(each) ?? 0) - taken)
      left -= taken
    }
  }
  return bills.flatMap((bill) => {
    const openFen = open.get(bill.billId) ?? 0
    return openFen > 0 ? [{ ...bill, openFen }] : []
  })
}
