import type { Change } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import type { Posting } from '../../ledger/journal-rules.js'
import { householdsInCredit, post } from '../../ledger/ledger-service.js'
import type { BillPart, MoneyPlace, OpenedBalances } from '../../ledger/posting-rules.js'
import { addBills, addLines, addParts, areAdjusted, billsOfOpening, chargedByBill, partsOfBills, voidUntouched } from '../bill-repository.js'
import { addMoves, proposedFen, reverseMoves } from '../deposit-repository.js'
import { type BillDraft, billOf, linesOf, partsOf } from '../draft-rules.js'
import { grouped } from '../grouped.js'
import type { BillLine } from '../rent-terms.js'
import type { OpeningRecord } from './opening-repository.js'
import { type OpeningHousehold, type OpeningMonth, lastDayOf } from './opening-rules.js'

const NOTE = '系统上线前的余额'
const MEMO = '期初余额'

const refuse = (problem: string, facts: Record<string, unknown> = {}) => fail('SV_BILLING_OPENING', { field: 'openingId', problem, ...facts })

function linesFor({ rentFen, lateChargeFen, sheetRow }: OpeningMonth): BillLine[] {
  const explanation = { kind: 'opening', note: NOTE, sheetRow } as const
  return [
    ...(rentFen > 0 ? [{ receivable: 'rent-receivable', fen: rentFen, explanation } as const] : []),
    ...(lateChargeFen > 0 ? [{ receivable: 'late-charge-receivable', fen: lateChargeFen, explanation } as const] : []),
  ]
}

/** A bill for each month that is owed: it is paid, aged and counted as any other. */
function draftsOf(list: OpeningRecord, made: { readonly newId: () => string; readonly by: string | null; readonly atMs: number }): BillDraft[] {
  const { openingId, estateId, asOfDate } = list
  return list.households.flatMap(({ householdId, unitLabel, buildingId, months }) => months.map((month): BillDraft => ({
    billId: made.newId(), estateId, householdId, kind: 'opening', period: month.period, ref: openingId, adjusts: null, label: `公租房租金 ${month.period}（期初欠缴）`,
    unitLabel, buildingId, tier: null, fromDate: `${month.period}-01`, untilDate: lastDayOf(month.period), issuedOn: asOfDate, dueDate: month.dueDate, runId: null,
    approvalNo: null, issuedBy: made.by, issuedAtMs: made.atMs, lines: linesFor(month),
  })))
}

/** One balanced posting for each household, and one for the money that is there. */
function postingsOf(list: OpeningRecord, parts: readonly BillPart[], kind: 'opened' | 'opening-reversed'): Posting[] {
  const { openingId, estateId, asOfDate: bizDate, figures } = list
  const posting = (causeRef: string, balances: Partial<OpenedBalances>): Posting =>
    ({ estateId, causeRef, bizDate, memo: MEMO, event: { kind, parts: [], prepaid: [], deposits: [], held: [], ...balances } })
  const own = grouped(parts, (part) => part.householdId)
  const held = figures.held.filter((each) => each.fen > 0).map(({ account, of, fen }) => ({ at: { account, of } satisfies MoneyPlace, fen }))
  return [
    ...list.households.map(({ householdId, prepaidFen, depositFen }: OpeningHousehold) => posting(`${openingId}:${householdId}`, {
      parts: own.get(householdId) ?? [], prepaid: prepaidFen > 0 ? [{ householdId, fen: prepaidFen }] : [], deposits: depositFen > 0 ? [{ householdId, fen: depositFen }] : [],
    })),
    ...(held.length === 0 ? [] : [posting(`${openingId}:held`, { held })]),
  ]
}

/** Puts a signed list into bills, deposits and books, in the transaction of the change. */
export async function takeOver(change: Change, list: OpeningRecord, newId: () => string): Promise<void> {
  const { tx, by, atMs } = change
  const { openingId, estateId, makerId } = list
  const drafts = draftsOf(list, { newId, by, atMs })
  if ((await addBills(tx, drafts.map(billOf))).size !== drafts.length) throw refuse('has a month twice')
  await addLines(tx, drafts.flatMap(linesOf))
  const parts = drafts.flatMap(partsOf)
  await addParts(tx, parts)
  await addMoves(tx, list.households.filter((each) => each.depositFen > 0).map(({ householdId, depositFen }) => ({
    moveId: newId(), estateId, householdId, kind: 'opening', fen: depositFen, account: null, accountOf: null, billId: null, reason: NOTE, reference: openingId, state: 'done',
    makerId, checkerId: by ?? '', createdAtMs: atMs,
  })))
  await post(change, postingsOf(list, parts.map(({ billId, householdId, receivable, issuedFen }) => ({ billId, householdId, receivable, fen: issuedFen })), 'opened'))
}

/** Fen of an estate's prepayments that are promised elsewhere, by household. */
export type PromisedPrepayments = (tx: Tx, estateId: string) => Promise<Map<string, number>>

/** @throws AppError SV_BILLING_OPENING where something was paid, changed, used or promised of what the list brought */
export async function checkUntouched({ tx }: Pick<Change, 'tx'>, { openingId, estateId, households }: OpeningRecord, promisedOf: PromisedPrepayments): Promise<void> {
  const billIds = (await billsOfOpening(tx, openingId)).map((bill) => bill.billId)
  const touched = (await partsOfBills(tx, billIds)).find((part) => part.openFen !== part.issuedFen || part.paidFen > 0)
  if (touched !== undefined) throw refuse('a bill of it was paid or reduced', { billId: touched.billId })
  if (await areAdjusted(tx, billIds)) throw refuse('a bill of it was adjusted')
  const charged = await chargedByBill(tx, estateId, '')
  const late = billIds.find((billId) => charged.has(billId))
  if (late !== undefined) throw refuse('a late charge was billed for it', { billId: late })
  const creditOf = async (account: 'prepayment' | 'deposit'): Promise<Map<string, number>> =>
    new Map((await householdsInCredit(tx, account)).filter((each) => each.estateId === estateId).map((each) => [each.householdId, each.fen]))
  const [prepaid, deposits, proposed] = [await creditOf('prepayment'), await creditOf('deposit'), await proposedFen(tx, estateId)]
  const promised = await promisedOf(tx, estateId)
  for (const { householdId, prepaidFen, depositFen } of households) {
    const freeFen = (prepaid.get(householdId) ?? 0) - (promised.get(householdId) ?? 0)
    if (prepaidFen > 0 && freeFen < prepaidFen) throw refuse('a prepayment of it was used, or is promised elsewhere', { householdId })
    if ((deposits.get(householdId) ?? 0) - (depositFen > 0 ? proposed.get(householdId) ?? 0 : 0) < depositFen) throw refuse('a deposit of it was used', { householdId })
  }
}

/** Takes a list back as a whole: its bills are owed no more, and every posting has its mirror. */
export async function takeBack(change: Change, list: OpeningRecord, promisedOf: PromisedPrepayments): Promise<void> {
  const { tx } = change
  await checkUntouched(change, list, promisedOf)
  const parts = await partsOfBills(tx, (await billsOfOpening(tx, list.openingId)).map((bill) => bill.billId))
  if (await voidUntouched(tx, parts.map((part) => part.billId)) !== parts.length) throw fail('SV_BILLING_RACE')
  await reverseMoves(tx, list.openingId)
  await post(change, postingsOf(list, parts.map(({ billId, householdId, receivable, issuedFen }) => ({ billId, householdId, receivable, fen: issuedFen })), 'opening-reversed'))
}
