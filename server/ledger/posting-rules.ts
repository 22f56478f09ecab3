import type { Account, Receivable } from './chart.js'

/** An account, and the merchant, bank account or cash desk it is kept by. */
export interface Place {
  readonly account: Account
  /** Null where the chart keeps the account by nothing. */
  readonly of: string | null
}

/** Where a resident's money arrives: a channel in transit, the bank or a cash desk. */
export type MoneyPlace = Place & { readonly account: 'cash' | 'bank' | 'transit-wechat' | 'transit-alipay' | 'transit-pos'; readonly of: string }

export interface Transfer {
  readonly debit: Place
  readonly credit: Place
  /** Above zero. */
  readonly amountFen: number
  readonly householdId: string | null
  readonly billId: string | null
}

/** A part of a bill: what is owed under which receivable. */
export interface BillPart {
  readonly billId: string
  readonly householdId: string
  readonly receivable: Receivable
  readonly fen: number
}

/** Everything that is ever posted. Amounts are above zero. */
export type PostingEvent =
  /** A bill was issued, or an adjustment that adds to it. */
  | { readonly kind: 'billed'; readonly parts: readonly BillPart[] }
  /** A reduction, a waiver, or an adjustment that takes from it. */
  | { readonly kind: 'reduced'; readonly parts: readonly BillPart[] }
  /** A subsidy takes the place of a part of the rent; its budget owes it from here on. */
  | { readonly kind: 'subsidy-offset'; readonly parts: readonly BillPart[] }
  | { readonly kind: 'subsidy-received'; readonly into: MoneyPlace; readonly parts: readonly BillPart[] }
  /** Money of a household: for bills, and what is over as prepayment. */
  | { readonly kind: 'paid'; readonly into: MoneyPlace; readonly parts: readonly BillPart[]; readonly prepaid: { readonly householdId: string; readonly fen: number } | null }
  | { readonly kind: 'prepayment-applied'; readonly parts: readonly BillPart[] }
  | { readonly kind: 'prepayment-returned'; readonly from: MoneyPlace; readonly householdId: string; readonly fen: number }
  /** A payment was given back: its bills are owed again. `handedOver`: the treasury has that revenue already. */
  | { readonly kind: 'refunded'; readonly from: MoneyPlace; readonly parts: readonly BillPart[]; readonly handedOver: boolean }
  /** Money that nothing is known to be owed for: late, unknown, double. */
  | { readonly kind: 'suspended'; readonly into: MoneyPlace; readonly fen: number }
  | { readonly kind: 'suspense-applied'; readonly parts: readonly BillPart[]; readonly prepaid: { readonly householdId: string; readonly fen: number } | null }
  | { readonly kind: 'suspense-returned'; readonly from: MoneyPlace; readonly fen: number }
  /** Channel or bank have it otherwise than the books: `fen` above zero is more, below is less. It stands in suspense until it is explained. */
  | { readonly kind: 'difference-held'; readonly at: MoneyPlace; readonly fen: number }
  /** Such a difference was a charge: what is less was kept by the channel, what is more was given back. */
  | { readonly kind: 'difference-charged'; readonly merchant: string; readonly fen: number }
  /** The channel's charge, and its return with a refund. */
  | { readonly kind: 'fee-charged'; readonly from: MoneyPlace; readonly fen: number }
  | { readonly kind: 'fee-returned'; readonly into: MoneyPlace; readonly fen: number }
  | { readonly kind: 'fee-reimbursed'; readonly merchant: string; readonly into: MoneyPlace; readonly fen: number }
  /** From a channel or a cash desk to the bank. */
  | { readonly kind: 'settled'; readonly from: MoneyPlace; readonly into: MoneyPlace; readonly fen: number }
  | { readonly kind: 'handed-over'; readonly from: MoneyPlace; readonly fen: number }
  | { readonly kind: 'treasury-paid-back'; readonly into: MoneyPlace; readonly fen: number }
  /** Counted cash differs from the books: `fen` above zero is over, below is short. */
  | { readonly kind: 'cash-difference'; readonly desk: string; readonly fen: number }
  | { readonly kind: 'deposit-received'; readonly into: MoneyPlace; readonly householdId: string; readonly fen: number }
  | { readonly kind: 'deposit-returned'; readonly from: MoneyPlace; readonly householdId: string; readonly fen: number }
  | { readonly kind: 'deposit-applied'; readonly parts: readonly BillPart[] }
  /** Balances taken over from the books before: what residents owe, have prepaid and deposited, and where that money is. */
  | (OpenedBalances & { readonly kind: 'opened' })
  /** They were taken over by mistake. */
  | (OpenedBalances & { readonly kind: 'opening-reversed' })

export interface OpenedBalances {
  readonly parts: readonly BillPart[]
  readonly prepaid: readonly HouseholdFen[]
  readonly deposits: readonly HouseholdFen[]
  readonly held: ReadonlyArray<{ readonly at: MoneyPlace; readonly fen: number }>
}

export interface HouseholdFen {
  readonly householdId: string
  readonly fen: number
}

const place = (account: Account, of: string | null = null): Place => ({ account, of })
const NOT_YET = place('not-yet-collected')
const TO_HAND_OVER = place('to-hand-over')
const PREPAYMENT = place('prepayment')
const SUSPENSE = place('suspense')
const DEPOSIT = place('deposit')
const OPENING = place('opening')

const transfer = (debit: Place, credit: Place, amountFen: number, householdId: string | null = null, billId: string | null = null): Transfer =>
  ({ debit, credit, amountFen, householdId, billId })
const ofPart = (debit: Place, credit: Place, { fen, householdId, billId }: BillPart): Transfer => transfer(debit, credit, fen, householdId, billId)

/** The receivable is settled out of `from`, and with it the treasury's revenue is collected. */
const collected = (from: Place, parts: readonly BillPart[]): Transfer[] =>
  parts.flatMap((part) => [ofPart(from, place(part.receivable), part), ofPart(NOT_YET, TO_HAND_OVER, part)])
const prepaidOf = (from: Place, prepaid: HouseholdFen | null): Transfer[] =>
  prepaid === null ? [] : [transfer(from, PREPAYMENT, prepaid.fen, prepaid.householdId)]

const opened = ({ parts, prepaid, deposits, held }: OpenedBalances): Transfer[] => [
  ...parts.map((part) => ofPart(place(part.receivable), NOT_YET, part)),
  ...prepaid.map(({ householdId, fen }) => transfer(OPENING, PREPAYMENT, fen, householdId)),
  ...deposits.map(({ householdId, fen }) => transfer(OPENING, DEPOSIT, fen, householdId)),
  ...held.map(({ at, fen }) => transfer(at, OPENING, fen)),
]

type Rules = { readonly [Kind in PostingEvent['kind']]: (event: Extract<PostingEvent, { kind: Kind }>) => Transfer[] }

const RULES: Rules = {
  'billed': ({ parts }) => parts.map((part) => ofPart(place(part.receivable), NOT_YET, part)),
  'reduced': ({ parts }) => parts.map((part) => ofPart(NOT_YET, place(part.receivable), part)),
  'subsidy-offset': ({ parts }) => parts.map((part) => ofPart(place('subsidy-receivable'), place(part.receivable), part)),
  'subsidy-received': ({ into, parts }) => collected(into, parts.map((part) => ({ ...part, receivable: 'subsidy-receivable' }))),
  'paid': ({ into, parts, prepaid }) => [...collected(into, parts), ...prepaidOf(into, prepaid)],
  'prepayment-applied': ({ parts }) => collected(PREPAYMENT, parts),
  'prepayment-returned': ({ from, householdId, fen }) => [transfer(PREPAYMENT, from, fen, householdId)],
  'refunded': ({ from, parts, handedOver }) => parts.flatMap((part) => [
    ofPart(place(part.receivable), from, part),
    ofPart(handedOver ? place('treasury-refund-claim') : TO_HAND_OVER, NOT_YET, part),
  ]),
  'suspended': ({ into, fen }) => [transfer(into, SUSPENSE, fen)],
  'suspense-applied': ({ parts, prepaid }) => [...collected(SUSPENSE, parts), ...prepaidOf(SUSPENSE, prepaid)],
  'suspense-returned': ({ from, fen }) => [transfer(SUSPENSE, from, fen)],
  'difference-held': ({ at, fen }) => [fen > 0 ? transfer(at, SUSPENSE, fen) : transfer(SUSPENSE, at, -fen)],
  'difference-charged': ({ merchant, fen }) => [fen > 0 ? transfer(SUSPENSE, place('fee-claim', merchant), fen) : transfer(place('fee-claim', merchant), SUSPENSE, -fen)],
  'fee-charged': ({ from, fen }) => [transfer(place('fee-claim', from.of), from, fen)],
  'fee-returned': ({ into, fen }) => [transfer(into, place('fee-claim', into.of), fen)],
  'fee-reimbursed': ({ merchant, into, fen }) => [transfer(into, place('fee-claim', merchant), fen)],
  'settled': ({ from, into, fen }) => [transfer(into, from, fen)],
  'handed-over': ({ from, fen }) => [transfer(TO_HAND_OVER, from, fen)],
  'treasury-paid-back': ({ into, fen }) => [transfer(into, place('treasury-refund-claim'), fen)],
  'cash-difference': ({ desk, fen }) => {
    const [cash, difference] = [place('cash', desk), place('cash-difference', desk)]
    return [fen > 0 ? transfer(cash, difference, fen) : transfer(difference, cash, -fen)]
  },
  'deposit-received': ({ into, householdId, fen }) => [transfer(into, DEPOSIT, fen, householdId)],
  'deposit-returned': ({ from, householdId, fen }) => [transfer(DEPOSIT, from, fen, householdId)],
  'deposit-applied': ({ parts }) => collected(DEPOSIT, parts),
  'opened': opened,
  'opening-reversed': (event) => opened(event).map(({ debit, credit, ...rest }) => ({ ...rest, debit: credit, credit: debit })),
}

/**
 * The posting table: what each event debits and credits. Pure.
 * @throws RangeError where an amount is not a whole number of fen above zero, or nothing would be posted
 */
export function transfersOf(event: PostingEvent): Transfer[] {
  const rule = RULES[event.kind] as (event: PostingEvent) => Transfer[]
  const transfers = rule(event)
  if (transfers.length === 0) throw new RangeError(`${event.kind}: nothing to post`)
  for (const { amountFen } of transfers) {
    if (!Number.isSafeInteger(amountFen) || amountFen <= 0) throw new RangeError(`${event.kind}: ${amountFen} is no amount above zero`)
  }
  return transfers
}
