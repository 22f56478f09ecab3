import { type CivilDate, LAST_DATE, type Span, addDays, covers } from '../household/civil-date-rules.js'
import { divideHalfUp } from '../money/fen.js'
import type { HoldKind } from './arrears-rules.js'
import { daysIn } from './period-rules.js'
import type { BillLine, BillingPolicy } from './rent-terms.js'

const MILLION = 1_000_000n

/** While one of these is open nobody is charged for being late: whether, or by whom, the rent is owed is not settled. */
export const FREEZES: readonly HoldKind[] = ['dispute', 'reduction-pending', 'in-transit', 'data-mismatch']

export interface LateBill {
  readonly billId: string
  readonly label: string
  readonly dueDate: CivilDate
  /** Rent as it stands: what was reduced since was never owed. */
  readonly owedFen: number
  /** What settled it, by day; below zero was given back. */
  readonly payments: ReadonlyArray<{ readonly date: CivilDate; readonly fen: number }>
  readonly frozen: ReadonlyArray<{ readonly fromDate: CivilDate; readonly untilDate: CivilDate | null }>
  /** What was charged for this bill before. */
  readonly chargedFen: number
}

type PrincipalSpan = Span & { readonly principalFen: number; readonly days: number }

/** Spans of one amount each, from the day after grace on. A payment counts from its own day. Frozen days are no part of `days`. */
function spansOf(bill: LateBill, graceDays: number, untilDate: CivilDate): { spans: PrincipalSpan[]; frozenDays: number } {
  const start = addDays(bill.dueDate, graceDays + 1)
  const frozen = bill.frozen.map((hold) => ({ fromDate: hold.fromDate, untilDate: hold.untilDate ?? LAST_DATE }))
  const cuts = bill.payments.map((payment) => payment.date).filter((date) => start < date && date <= untilDate)
  const starts = start <= untilDate ? [...new Set([start, ...cuts])].sort() : []
  let frozenDays = 0
  const spans = starts.map((fromDate, index): PrincipalSpan => {
    const next = starts[index + 1]
    const span = { fromDate, untilDate: next === undefined ? untilDate : addDays(next, -1) }
    const paidFen = bill.payments.filter((payment) => payment.date <= fromDate).reduce((sum, payment) => sum + payment.fen, 0)
    const principalFen = Math.max(0, bill.owedFen - paidFen)
    const all = Array.from({ length: daysIn(span) }, (_, day) => addDays(span.fromDate, day))
    const days = all.filter((day) => !frozen.some((hold) => covers(hold, day))).length
    if (principalFen > 0) frozenDays += all.length - days
    return { ...span, principalFen, days }
  }).filter((span) => span.principalFen > 0)
  return { spans, frozenDays }
}

/**
 * What being late with a rent bill costs up to a day, less what was charged before: overdue rent × daily rate × days, simple, no
 * more than the cap, half up to the fen once. Computed from the beginning each time, so that months add up to the whole.
 * @returns undefined where there is nothing to charge
 */
export function lateChargeOf(bill: LateBill, policy: BillingPolicy, untilDate: CivilDate): BillLine | undefined {
  const { lateDailyPartsPerMillion: rate, lateCapPartsPerMillion: cap, graceDays } = policy
  const { spans, frozenDays } = spansOf(bill, graceDays, untilDate)
  const amount = spans.reduce((sum, span) => sum + BigInt(span.principalFen) * BigInt(span.days), 0n)
  const wholeFen = divideHalfUp(amount * BigInt(rate), MILLION)
  const capFen = divideHalfUp(BigInt(bill.owedFen) * BigInt(cap), MILLION)
  const fen = Math.min(wholeFen, capFen) - bill.chargedFen
  if (fen <= 0) return undefined
  return {
    receivable: 'late-charge-receivable', fen, explanation: {
      kind: 'late-charge', billId: bill.billId, label: bill.label, dailyPartsPerMillion: rate, spans, frozenDays, limitedByCap: wholeFen > capFen,
      chargedBeforeFen: bill.chargedFen,
    },
  }
}
