import type { Receivable } from '../ledger/chart.js'

export const BILL_KINDS = ['rent', 'late-charge', 'adjustment', 'opening'] as const
export type BillKind = (typeof BILL_KINDS)[number]

/** Most that one bill can be about: ten million yuan. More is a slip of the keyboard. */
export const BILL_FEN_MAX = 1_000_000_000

/** What a household pays, in the order in which its money is taken: the rent before what being late costs (民法典 art. 561, 另有约定). */
export const PAID_BY_HOUSEHOLD = ['rent-receivable', 'late-charge-receivable'] as const satisfies readonly Receivable[]

/** What is owed of a bill under one receivable. issued = reduced + offset + paid + open, always. */
export interface PartBalance {
  readonly billId: string
  readonly receivable: Receivable
  readonly estateId: string
  readonly householdId: string
  readonly dueDate: string
  readonly issuedFen: number
  readonly reducedFen: number
  /** Owed by the subsidy's budget instead. */
  readonly offsetFen: number
  readonly paidFen: number
  readonly openFen: number
}

/** `settled`: nothing is open of it any more; `void`: an adjustment that only takes, with nothing to pay. */
export type BillState = 'open' | 'settled' | 'void'

const paidByHousehold = (part: PartBalance): boolean => (PAID_BY_HOUSEHOLD as readonly Receivable[]).includes(part.receivable)

/** Parts that the household itself owes, in the order in which they are paid. */
export const householdParts = <P extends PartBalance>(parts: readonly P[]): P[] =>
  PAID_BY_HOUSEHOLD.flatMap((receivable) => parts.filter((part) => part.receivable === receivable))

export const openFenOf = (parts: readonly PartBalance[]): number => parts.filter(paidByHousehold).reduce((sum, part) => sum + part.openFen, 0)

export function billState(parts: readonly PartBalance[]): BillState {
  if (openFenOf(parts) > 0) return 'open'
  return parts.length === 0 ? 'void' : 'settled'
}

/** How much of `fen` each part takes, in their order; what is over is left. */
export function allocate<P extends { readonly openFen: number }>(parts: readonly P[], fen: number): Array<{ part: P; fen: number }> {
  let left = fen
  return parts.flatMap((part) => {
    const taken = Math.min(part.openFen, left)
    left -= taken
    return taken > 0 ? [{ part, fen: taken }] : []
  })
}
