import type { Change } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import type { BillPart } from '../ledger/posting-rules.js'
import * as rows from './bill-repository.js'
import { grouped } from './grouped.js'
import { type BillState, type PartBalance, allocate, billState, householdParts } from './bill-rules.js'

/** What payment asks of the bills. Nothing here knows of channels or orders, and nothing posts: the caller posts what it is given. */

export interface PayableBill {
  readonly billId: string
  readonly estateId: string
  readonly householdId: string
  /** What it is for, without any name: `公租房租金 2026-09`. */
  readonly label: string
  /** YYYY-MM-DD in Asia/Shanghai. */
  readonly dueDate: string
  readonly state: BillState
  /** What the household still owes of it, in the order in which it is paid: rent before late charge. Empty unless open. */
  readonly outstanding: readonly BillPart[]
}

const billPartOf = ({ billId, householdId, receivable }: PartBalance, fen: number): BillPart => ({ billId, householdId, receivable, fen })

function payableOf({ billId, estateId, householdId, label, dueDate }: rows.BillRecord, parts: readonly PartBalance[]): PayableBill {
  const outstanding = householdParts(parts).filter((part) => part.openFen > 0).map((part) => billPartOf(part, part.openFen))
  return { billId, estateId, householdId, label, dueDate, state: billState(parts), outstanding }
}

/** The bill as it stands, or null where there is none. */
export async function payableBill(tx: Tx, billId: string): Promise<PayableBill | null> {
  const bill = await rows.findBill(tx, billId)
  return bill === null ? null : payableOf(bill, await rows.partsOfBills(tx, [billId]))
}

/** Bills of a household of which something is open, the earliest due first. */
export async function payableBillsOfHousehold(read: Tx, householdId: string): Promise<PayableBill[]> {
  const parts = await rows.openPartsOfHousehold(read, householdId)
  const billIds = [...new Set(householdParts(parts).map((part) => part.billId))]
  const bills = await rows.billsById(read, billIds)
  return bills.map((bill) => payableOf(bill, parts.filter((part) => part.billId === bill.billId)))
    .sort((a, b) => (a.dueDate === b.dueDate ? (a.billId < b.billId ? -1 : 1) : a.dueDate < b.dueDate ? -1 : 1))
}

/**
 * Takes money for a bill: rent first, then late charge, never more than is open.
 * @param fen above zero
 * @returns what was taken, to be posted in the same change; their sum is below `fen` where less was open (the caller keeps the
 * rest as prepayment), and the list is empty where nothing was
 * @throws AppError SV_BILLING_UNKNOWN without such a bill; RangeError where `fen` is no amount above zero
 */
export async function takePayment(change: Pick<Change, 'tx'>, payment: PaymentForBill): Promise<BillPart[]> {
  const [taken] = await takePayments(change, [payment])
  return taken ?? []
}

export interface PaymentForBill {
  readonly billId: string
  readonly fen: number
}

/**
 * As `takePayment` for each of several bills, in few statements.
 * @param payments of different bills
 * @returns what was taken of each, in their order
 */
export async function takePayments({ tx }: Pick<Change, 'tx'>, payments: readonly PaymentForBill[]): Promise<BillPart[][]> {
  for (const { fen } of payments) if (!Number.isSafeInteger(fen) || fen <= 0) throw new RangeError(`${fen} is no amount above zero`)
  if (new Set(payments.map((payment) => payment.billId)).size < payments.length) throw new TypeError('two payments for one bill in one call')
  const parts = grouped(await rows.partsOfBills(tx, payments.map((payment) => payment.billId)), (part) => part.billId)
  const taken = await Promise.all(payments.map(async ({ billId, fen }) => {
    const own = parts.get(billId)
    // A bill with nothing to pay has no parts.
    if (own === undefined && await rows.findBill(tx, billId) === null) throw fail('SV_BILLING_UNKNOWN', { billId })
    return allocate(householdParts(own ?? []), fen)
  }))
  const moves = taken.flat().map(({ part, fen }) => ({ seen: part, paidFen: part.paidFen + fen, openFen: part.openFen - fen }))
  if (moves.length > 0 && await rows.moveBalances(tx, moves) !== moves.length) throw fail('SV_BILLING_RACE', { bills: payments.map((payment) => payment.billId) })
  return taken.map((each) => each.map(({ part, fen }) => billPartOf(part, fen)))
}

/**
 * Makes parts of a bill owed again that were paid: the payment was given back.
 * @param given the parts as `takePayment` gave them, or less of them
 * @throws AppError SV_BILLING_GIVE_BACK where more is given back than was paid; RangeError where a part is no amount above zero
 */
export async function giveBack({ tx }: Pick<Change, 'tx'>, given: { readonly billId: string; readonly parts: readonly BillPart[] }): Promise<void> {
  for (const { receivable, fen, billId } of given.parts) {
    if (!Number.isSafeInteger(fen) || fen <= 0) throw new RangeError(`${fen} is no amount above zero`)
    const part = (await rows.partsOfBills(tx, [given.billId])).find((each) => each.receivable === receivable)
    if (part === undefined || billId !== given.billId || part.paidFen < fen) throw fail('SV_BILLING_GIVE_BACK', { billId, receivable, fen, paidFen: part?.paidFen ?? 0 })
    await move(tx, part, { paidFen: part.paidFen - fen, openFen: part.openFen + fen, reducedFen: part.reducedFen })
  }
}

async function move(tx: Tx, part: PartBalance, next: Pick<PartBalance, 'paidFen' | 'openFen' | 'reducedFen'>): Promise<void> {
  if (!await rows.moveBalance(tx, part, next)) throw fail('SV_BILLING_RACE', { billId: part.billId, receivable: part.receivable })
}

/** The estate of a bill, or undefined. */
export const estateOfBill = async (read: Tx, billId: string): Promise<string | undefined> => (await rows.findBill(read, billId))?.estateId

const PART_NAMES = { 'rent-receivable': '租金', 'late-charge-receivable': '违约金' } as const

/** Bills with what their households paid of them and still owe. */
export async function paidBills(read: Tx, billIds: readonly string[]): Promise<Array<{
  billId: string; estateId: string; householdId: string; label: string; openFen: number; paid: Array<{ name: string; fen: number }>
}>> {
  const parts = grouped(await rows.partsOfBills(read, billIds), (part) => part.billId)
  return (await rows.billsById(read, billIds)).map(({ billId, estateId, householdId, label }) => {
    const own = householdParts(parts.get(billId) ?? [])
    const paid = own.flatMap(({ receivable, paidFen }) => (paidFen > 0 ? [{ name: PART_NAMES[receivable as keyof typeof PART_NAMES], fen: paidFen }] : []))
    return { billId, estateId, householdId, label, openFen: own.reduce((sum, part) => sum + part.openFen, 0), paid }
  })
}
