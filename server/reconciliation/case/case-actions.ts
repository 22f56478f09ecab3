import type { ClassCode } from '../classes.js'

/** What can be done about a difference. `carriedOut`: the server does it once it is approved; else people do it and the case records that. */
export const ACTIONS = {
  'book': { name: '向渠道查询后补单', carriedOut: true },
  'refund': { name: '退款', carriedOut: true },
  'refetch': { name: '重新取账单', carriedOut: true },
  'accept': { name: '核实无误，说明后接受', carriedOut: false },
  'claim': { name: '向渠道申诉', carriedOut: false },
  'correct': { name: '以冲正更正', carriedOut: false },
  'suspend': { name: '挂账待查', carriedOut: false },
} as const satisfies Record<string, { name: string; carriedOut: boolean }>
export type CaseAction = keyof typeof ACTIONS
export const CASE_ACTIONS = Object.keys(ACTIONS) as CaseAction[]

/** Ways out by class; the first is the default. A class that is not here allows the last line. */
const BY_CLASS: Partial<Record<ClassCode, readonly CaseAction[]>> = {
  AMOUNT_MISMATCH: ['correct', 'refund', 'accept', 'claim'],
  STATUS_CHANNEL_SUCCESS_LOCAL_PENDING: ['book', 'accept'],
  LATE_PAYMENT_AFTER_CLOSE: ['book', 'suspend', 'accept'],
  CHANNEL_ONLY_UNKNOWN: ['book', 'suspend', 'accept', 'claim'],
  LOCAL_ONLY: ['correct', 'claim', 'accept'],
  ORDER_NO_MISMATCH: ['accept', 'claim'],
  DOUBLE_PAY_SAME_RENT_BILL: ['accept', 'refund'],
  FEE_MISMATCH: ['claim', 'accept'],
  BILL_INTEGRITY: ['refetch', 'accept'],
  DUP_CHANNEL_ROW: ['refetch', 'accept', 'claim'],
  REFUND_CHANNEL_ONLY: ['correct', 'accept', 'claim'],
  SETTLEMENT_SHORT: ['claim', 'accept'],
  SETTLEMENT_OVER: ['suspend', 'accept'],
  SETTLEMENT_MISSING: ['claim', 'accept'],
  BANK_SUSPENSE: ['suspend', 'accept'],
}
const OTHERWISE: readonly CaseAction[] = ['accept', 'correct', 'claim']

export const actionsOf = (code: ClassCode): readonly CaseAction[] => BY_CLASS[code] ?? OTHERWISE

/** Who must agree, by the money that hangs on it. */
interface Tier {
  readonly uptoFen: number
  readonly checkers: number
  /** True where one of them must be a checker for all estates. */
  readonly head: boolean
}
const TIERS: readonly Tier[] = [
  { uptoFen: 20_000, checkers: 1, head: false }, { uptoFen: 500_000, checkers: 2, head: false }, { uptoFen: Number.MAX_SAFE_INTEGER, checkers: 2, head: true },
]
export const tierOf = (riskFen: number): Tier => TIERS.find((tier) => riskFen <= tier.uptoFen) as Tier
