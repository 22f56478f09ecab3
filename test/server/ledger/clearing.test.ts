import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACCOUNTS, ACCOUNT_NAMES, type Account, RECEIVABLES } from '../../../server/ledger/chart.js'
import { type MoneyPlace, type OpenedBalances, type PostingEvent, transfersOf } from '../../../server/ledger/posting-rules.js'

type Kind = PostingEvent['kind']
const WX: MoneyPlace = { account: 'transit-wechat', of: 'wx' }
const ALI: MoneyPlace = { account: 'transit-alipay', of: 'ali' }
const POS: MoneyPlace = { account: 'transit-pos', of: 'pos' }
const CASH: MoneyPlace = { account: 'cash', of: 'till-1' }
const BANK: MoneyPlace = { account: 'bank', of: 'special' }
const PLACES = [WX, ALI, POS, CASH] as const
const householdId = 'h1'
const rent = (fen: number) => ({ billId: 'b1', householdId, receivable: 'rent-receivable', fen } as const)
const late = (fen: number) => ({ ...rent(fen), receivable: 'late-charge-receivable' } as const)

/** Balances from the posting table alone. */
function createBooks() {
  const debits = new Map<string, number>()
  let handedOver = 0
  let opened: OpenedBalances | undefined
  const balance = (account: Account, of: string | null = null): number => {
    const sum = [...debits].filter(([key]) => key.startsWith(`${account}|`) && (of === null || key === `${account}|${of}`)).reduce((all, [, fen]) => all + fen, 0)
    return ACCOUNTS[account].normal === 'debit' ? sum : 0 - sum
  }
  return {
    balance,
    at: ({ account, of }: MoneyPlace) => balance(account, of),
    /** Revenue that the treasury has and was not yet asked to pay back. */
    claimable: () => handedOver,
    /** What was taken over by the last event, and nothing since. */
    opened: () => opened,
    post(event: PostingEvent) {
      for (const { debit, credit, amountFen } of transfersOf(event)) {
        const add = ({ account, of }: typeof debit, fen: number): void => void debits.set(`${account}|${of ?? ''}`, (debits.get(`${account}|${of ?? ''}`) ?? 0) + fen)
        add(debit, amountFen)
        add(credit, -amountFen)
      }
      if (event.kind === 'handed-over') handedOver += event.fen
      if (event.kind === 'refunded' && event.handedOver) handedOver -= event.parts.reduce((sum, { fen }) => sum + fen, 0)
      opened = event.kind === 'opened' ? event : undefined
    },
  }
}
type Books = ReturnType<typeof createBooks>
interface Amounts {
  readonly share: number
  readonly fen: number
}
const part = (of: number, { share }: Amounts): number => Math.max(1, Math.floor((of * share) / 100))
const placeOf = ({ fen }: Amounts): MoneyPlace => PLACES[fen % PLACES.length] ?? WX

/** One of each kind as far as the books allow it; every kind there is stands here, or this does not compile. */
const STEPS: { readonly [K in Kind]: (books: Books, amounts: Amounts) => Extract<PostingEvent, { kind: K }> | undefined } = {
  'billed': (_, { share, fen }) => ({ kind: 'billed', parts: [share > 80 ? late(fen) : rent(fen)] }),
  'reduced': (books, amounts) => (books.balance('rent-receivable') > 0 ? { kind: 'reduced', parts: [rent(part(books.balance('rent-receivable'), amounts))] } : undefined),
  'subsidy-offset': (books, amounts) => (books.balance('rent-receivable') > 0 ? { kind: 'subsidy-offset', parts: [rent(part(books.balance('rent-receivable'), amounts))] } : undefined),
  'subsidy-received': (books, amounts) => {
    const owed = books.balance('subsidy-receivable')
    return owed > 0 ? { kind: 'subsidy-received', into: BANK, parts: [rent(part(owed, amounts))] } : undefined
  },
  'paid': (books, amounts) => {
    const owed = books.balance('rent-receivable')
    const parts = owed > 0 ? [rent(part(owed, amounts))] : []
    return { kind: 'paid', into: placeOf(amounts), parts, prepaid: owed > 0 && amounts.share < 90 ? null : { householdId, fen: amounts.fen } }
  },
  'prepayment-applied': (books, amounts) => {
    const fen = Math.min(books.balance('rent-receivable'), books.balance('prepayment'))
    return fen > 0 ? { kind: 'prepayment-applied', parts: [rent(part(fen, amounts))] } : undefined
  },
  'prepayment-returned': (books, amounts) => {
    const from = placeOf(amounts)
    const fen = Math.min(books.balance('prepayment'), books.at(from))
    return fen > 0 ? { kind: 'prepayment-returned', from, householdId, fen: part(fen, amounts) } : undefined
  },
  'refunded': (books, amounts) => {
    const handedOver = amounts.share > 50
    const fen = handedOver ? books.claimable() : books.balance('to-hand-over')
    return fen > 0 ? { kind: 'refunded', from: placeOf(amounts), parts: [rent(part(fen, amounts))], handedOver } : undefined
  },
  'suspended': (_, amounts) => ({ kind: 'suspended', into: placeOf(amounts), fen: amounts.fen }),
  'suspense-applied': (books, amounts) => {
    const fen = books.balance('suspense')
    const owed = Math.min(fen, books.balance('rent-receivable'))
    if (fen <= 0) return undefined
    return { kind: 'suspense-applied', parts: owed > 0 ? [rent(owed)] : [], prepaid: fen > owed ? { householdId, fen: part(fen - owed, amounts) } : null }
  },
  // Over the desk no more than it holds; a channel gives back from what it holds of the merchant's.
  'suspense-returned': (books, amounts) => {
    const from = placeOf(amounts)
    const fen = Math.min(books.balance('suspense'), books.at(from))
    return fen > 0 ? { kind: 'suspense-returned', from, fen: part(fen, amounts) } : undefined
  },
  'difference-held': (books, amounts) => {
    const at = placeOf(amounts)
    const short = Math.min(amounts.fen, books.balance('suspense'), books.at(at))
    return amounts.share > 50 ? { kind: 'difference-held', at, fen: amounts.fen } : short > 0 ? { kind: 'difference-held', at, fen: -short } : undefined
  },
  'difference-charged': (books, { share, fen }) => {
    const less = Math.min(fen, books.balance('suspense'), books.balance('fee-claim', WX.of))
    return share > 50 ? { kind: 'difference-charged', merchant: WX.of, fen: -fen } : less > 0 ? { kind: 'difference-charged', merchant: WX.of, fen: less } : undefined
  },
  'fee-charged': (books, amounts) => (books.at(WX) > 100 ? { kind: 'fee-charged', from: WX, fen: part(books.at(WX), { ...amounts, share: 1 }) } : undefined),
  'fee-returned': (books, amounts) => (books.balance('fee-claim', WX.of) > 0 ? { kind: 'fee-returned', into: WX, fen: part(books.balance('fee-claim', WX.of), amounts) } : undefined),
  'fee-reimbursed': (books, amounts) =>
    (books.balance('fee-claim', WX.of) > 0 ? { kind: 'fee-reimbursed', merchant: WX.of, into: BANK, fen: part(books.balance('fee-claim', WX.of), amounts) } : undefined),
  'settled': (books, amounts) => {
    const from = placeOf(amounts)
    return books.at(from) > 0 ? { kind: 'settled', from, into: BANK, fen: part(books.at(from), amounts) } : undefined
  },
  'handed-over': (books, amounts) => {
    const fen = Math.min(books.balance('to-hand-over'), books.at(BANK))
    return fen > 0 ? { kind: 'handed-over', from: BANK, fen: part(fen, amounts) } : undefined
  },
  'treasury-paid-back': (books, amounts) => {
    const claim = books.balance('treasury-refund-claim')
    return claim > 0 ? { kind: 'treasury-paid-back', into: BANK, fen: part(claim, amounts) } : undefined
  },
  'cash-difference': (books, { share, fen }) => {
    const short = Math.min(fen, books.at(CASH))
    return share > 50 ? { kind: 'cash-difference', desk: CASH.of, fen } : short > 0 ? { kind: 'cash-difference', desk: CASH.of, fen: -short } : undefined
  },
  'deposit-received': (_, { share, fen }) => ({ kind: 'deposit-received', into: share > 50 ? BANK : CASH, householdId, fen }),
  'deposit-returned': (books, amounts) => {
    const fen = Math.min(books.balance('deposit'), books.at(BANK))
    return fen > 0 ? { kind: 'deposit-returned', from: BANK, householdId, fen: part(fen, amounts) } : undefined
  },
  'deposit-applied': (books, amounts) => {
    const fen = Math.min(books.balance('deposit'), books.balance('rent-receivable'))
    return fen > 0 ? { kind: 'deposit-applied', parts: [rent(part(fen, amounts))] } : undefined
  },
  // A list that was signed off has its money: what was prepaid and deposited lies somewhere.
  'opened': (_, { share, fen }) => ({
    kind: 'opened', parts: [rent(fen)], prepaid: [{ householdId, fen: share }], deposits: [{ householdId, fen }], held: [{ at: BANK, fen: fen + share - 1 }, { at: CASH, fen: 1 }],
  }),
  'opening-reversed': (books) => { const opened = books.opened(); return opened === undefined ? undefined : { ...opened, kind: 'opening-reversed' } },
}
const KINDS = Object.keys(STEPS) as Kind[]
/** What is owed by somebody to somebody: never below nothing. */
const OWED = ['prepayment', 'deposit', 'suspense', 'to-hand-over', 'fee-claim', 'treasury-refund-claim', ...RECEIVABLES] as const satisfies readonly Account[]

/** What must happen in the end to what must clear. */
function clear(books: Books): void {
  if (books.balance('rent-receivable') > 0) books.post({ kind: 'paid', into: CASH, parts: [rent(books.balance('rent-receivable'))], prepaid: null })
  if (books.balance('late-charge-receivable') > 0) books.post({ kind: 'paid', into: WX, parts: [late(books.balance('late-charge-receivable'))], prepaid: null })
  if (books.balance('subsidy-receivable') > 0) books.post({ kind: 'subsidy-received', into: BANK, parts: [rent(books.balance('subsidy-receivable'))] })
  const difference = books.balance('cash-difference')
  if (difference !== 0) books.post({ kind: 'cash-difference', desk: CASH.of, fen: difference })
  for (const from of PLACES) {
    const fen = books.at(from)
    if (fen > 0) books.post({ kind: 'settled', from, into: BANK, fen })
    // More went back than was still there: the bank makes it good.
    if (fen < 0) books.post({ kind: 'settled', from: BANK, into: from, fen: -fen })
  }
  if (books.balance('suspense') > 0) books.post({ kind: 'suspense-returned', from: BANK, fen: books.balance('suspense') })
  if (books.balance('fee-claim') > 0) books.post({ kind: 'fee-reimbursed', merchant: WX.of, into: BANK, fen: books.balance('fee-claim') })
  if (books.balance('treasury-refund-claim') > 0) books.post({ kind: 'treasury-paid-back', into: BANK, fen: books.balance('treasury-refund-claim') })
  if (books.balance('to-hand-over') > 0) books.post({ kind: 'handed-over', from: BANK, fen: books.balance('to-hand-over') })
}

describe('the posting table', () => {
  it('in any history of every kind of event: receivables stand opposite to revenue, and every account that must clear does', () => {
    const seen = new Set<Kind>()
    fc.assert(fc.property(fc.array(fc.record({ kind: fc.constantFrom(...KINDS), share: fc.integer({ min: 1, max: 100 }), fen: fc.integer({ min: 1, max: 100_000 }) }), { minLength: 1, maxLength: 150, size: 'max' }), (steps) => {
      const books = createBooks()
      for (const { kind, ...amounts } of steps) {
        const event = STEPS[kind](books, amounts)
        if (event === undefined) continue
        books.post(event)
        seen.add(kind)
        expect(RECEIVABLES.reduce((sum, account) => sum + books.balance(account), 0)).toBe(books.balance('not-yet-collected'))
        expect(books.balance('opening')).toBe(0)
        expect(OWED.filter((account) => books.balance(account) < 0)).toEqual([])
      }
      clear(books)
      const left = ACCOUNT_NAMES.filter((account) => account !== 'bank' && ACCOUNTS[account].clears !== null && books.balance(account) !== 0)
      expect(left).toEqual([])
      expect(books.balance('bank')).toBe(books.balance('prepayment') + books.balance('deposit'))
    }), { numRuns: 150, seed: 20_260_922 })
    expect(KINDS.filter((kind) => !seen.has(kind))).toEqual([])
  })
})
