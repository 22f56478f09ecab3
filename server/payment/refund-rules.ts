import type { BillPart } from '../ledger/posting-rules.js'

/**
 * What of a payment is given back: first what became prepayment, then the parts of the bill from the last to the first, each
 * less what of it went back before. Pure.
 * @throws RangeError where less was taken than is given back
 */
export function partsToGiveBack(
  taken: { readonly parts: readonly BillPart[]; readonly prepaidFen: number }, before: { readonly parts: readonly BillPart[]; readonly prepaidFen: number }, fen: number,
): { parts: BillPart[]; prepaidFen: number } {
  const prepaidFen = Math.min(fen, taken.prepaidFen - before.prepaidFen)
  let left = fen - prepaidFen
  const parts: BillPart[] = []
  for (const part of [...taken.parts].reverse()) {
    const gone = before.parts.filter((one) => one.billId === part.billId && one.receivable === part.receivable).reduce((sum, one) => sum + one.fen, 0)
    const share = Math.min(left, part.fen - gone)
    if (share > 0) parts.push({ ...part, fen: share })
    left -= Math.max(0, share)
  }
  if (left > 0) throw new RangeError(`${left} fen more to give back than were taken`)
  return { parts, prepaidFen }
}
