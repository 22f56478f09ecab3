import { type Holidays, poolDays } from '../bank/settle-rules.js'
import type { ClassCode } from '../classes.js'

/** What can be done about a difference. `carriedOut`: the server does it once it is approved; else people do it and the case records that. */
export const ACTIONS = {
  'book': { name: '向渠道查询后补单', carriedOut: true },
  'refund': { name: '退款', carriedOut: true },
  'ask': { name: '向渠道查询退款结果', carriedOut: true },
  'refetch': { name: '重新取账单', carriedOut: true },
  'accept': { name: '核实无误，说明后接受', carriedOut: false },
  'claim': { name: '向渠道申诉', carriedOut: false },
  'correct': { name: '以冲正更正', carriedOut: false },
  'suspend': { name: '挂账待查', carriedOut: true },
} as const satisfies Record<string, { name: string; carriedOut: boolean }>
export type CaseAction = keyof typeof ACTIONS
export const CASE_ACTIONS = Object.keys(ACTIONS) as CaseAction[]

/**
 * Ways out by class; the first is the default. A class that is not here allows the last line: receipts and vouchers that are missing are made
 * by their own jobs, and the case is gone with the next look.
 */
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
  CHARGEBACK: ['claim', 'correct', 'accept'],
  REFUND_PENDING_RECHECK: ['ask', 'claim', 'accept'],
  REFUND_AMOUNT_MISMATCH: ['correct', 'claim', 'accept'],
  REFUND_CHANNEL_ONLY: ['ask', 'correct', 'claim', 'accept'],
  REFUND_LOCAL_ONLY: ['ask', 'correct', 'claim', 'accept'],
  REFUND_STATUS_MISMATCH: ['ask', 'correct', 'claim', 'accept'],
  SETTLEMENT_SHORT: ['suspend', 'claim', 'accept'],
  SETTLEMENT_OVER: ['suspend', 'claim', 'accept'],
  SETTLEMENT_MISSING: ['suspend', 'claim', 'accept'],
  BANK_SUSPENSE: ['suspend', 'accept'],
  POSTING_MISSING: ['correct', 'accept'],
  POSTING_AMOUNT: ['correct', 'accept'],
  POSTING_UNKNOWN: ['correct', 'accept'],
  RECEIPT_DUPLICATE: ['correct', 'accept'],
  RECEIPT_NOT_REVERSED: ['correct', 'accept'],
}
const OTHERWISE: readonly CaseAction[] = ['accept', 'correct', 'claim']

export const actionsOf = (code: ClassCode): readonly CaseAction[] => BY_CLASS[code] ?? OTHERWISE

/**
 * Whether what was agreed on puts the difference into suspense, where it ages until the money comes or two persons resolve it. A settlement that
 * is short or over stands there however it is explained; of the others `accept` says that the money is in the books already.
 */
export const isHeld = (code: ClassCode, action: CaseAction): boolean =>
  code === 'SETTLEMENT_SHORT' || code === 'SETTLEMENT_OVER' || ((code === 'SETTLEMENT_MISSING' || code === 'BANK_SUSPENSE') && action !== 'accept')

/**
 * Last day on which this is not to be done yet, undefined where there is none. What no bill has may still stand in one of the days around: a
 * payment is taken back only once the bank days of the pool are over.
 */
export const heldBackUntil = (code: ClassCode, action: CaseAction, bizDate: string, holidays: Holidays): string | undefined =>
  code === 'LOCAL_ONLY' && action === 'correct' ? poolDays(bizDate, holidays)[1] : undefined

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
