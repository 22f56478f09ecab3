import { type CivilDate, addDays, covers } from '../household/civil-date-rules.js'
import { splitFen, sumFen } from '../money/fen.js'
import { type PartBalance, openFenOf } from './bill-rules.js'
import { daysIn, monthsOf } from './period-rules.js'
import type { BillingPolicy } from './rent-terms.js'

/** Why nobody is chased, whatever is owed. */
export const HOLD_KINDS = ['dispute', 'reduction-pending', 'in-transit', 'instalment-plan', 'death', 'hospital', 'vulnerable', 'data-mismatch'] as const
export type HoldKind = (typeof HOLD_KINDS)[number]

/** What is done about arrears, by how far they have come. Data: an estate may read other numbers from its policy one day. */
export const LADDER = [
  { step: 'reminder', says: '短信或微信提醒', daysOverdue: 3 },
  { step: 'second-reminder', says: '再次提醒', daysOverdue: 10 },
  { step: 'call-and-letter', says: '电话联系并寄信', unpaidMonths: 1, daysOverdue: 30 },
  { step: 'written-demand', says: '书面催缴，签收留照', unpaidMonths: 2 },
  { step: 'formal-notice', says: '正式通知，告知居委会', unpaidMonths: 3 },
] as const
/** `case`: so many months that two persons look at it (公共租赁住房管理办法 art. 29). It never touches a way in. */
export type ArrearsStep = (typeof LADDER)[number]['step'] | 'case'

/** A rent bill and what is open of it. */
export interface OwedBill {
  readonly billId: string
  readonly fromDate: CivilDate
  readonly untilDate: CivilDate
  readonly dueDate: CivilDate
  readonly kind: string
  readonly parts: readonly PartBalance[]
}

export interface Hold {
  readonly kind: HoldKind
  readonly billId: string | null
  readonly fromDate: CivilDate
  readonly untilDate: CivilDate | null
}

/** Days since the first on which it was late; 0 where it is not. Days of grace are not late. */
export const daysOverdue = (dueDate: CivilDate, graceDays: number, today: CivilDate): number => daysIn({ fromDate: addDays(dueDate, graceDays + 1), untilDate: today })

/**
 * Months of a rent bill that count as unpaid. What was reduced since counts as never owed; what was paid fills the earliest
 * months first; a month of which the policy's share is paid does not count.
 */
export function unpaidMonthsOf(bill: OwedBill, policy: BillingPolicy): number {
  if (bill.kind !== 'rent' && bill.kind !== 'opening') return 0
  const part = bill.parts.find((each) => each.receivable === 'rent-receivable')
  const owedFen = part === undefined ? 0 : part.issuedFen - part.reducedFen - part.offsetFen
  if (part === undefined || part.openFen <= 0 || owedFen <= 0) return 0
  let paidFen = part.paidFen
  return splitFen(owedFen, monthsOf(bill).map(() => 1)).filter((monthFen) => {
    const filled = Math.min(paidFen, monthFen)
    paidFen -= filled
    return monthFen > 0 && BigInt(filled) * 1_000_000n < BigInt(monthFen) * BigInt(policy.paidFromPartsPerMillion)
  }).length
}

export interface Arrears {
  readonly openFen: number
  readonly oldestDueDate: CivilDate
  readonly daysOverdue: number
  /** All that are unpaid, whether they follow each other or not (累计). */
  readonly unpaidMonths: number
  /** What is open by days overdue: to 30, to 90, to 180, longer. */
  readonly ageingFen: readonly [number, number, number, number]
  /** How far it has come; null before the first step. */
  readonly step: ArrearsStep | null
  /** Why nothing may be done now. */
  readonly stoppedBy: readonly HoldKind[]
}

const AGES = [30, 90, 180]

function stepOf(days: number, unpaidMonths: number, redMonths: number): ArrearsStep | null {
  if (unpaidMonths >= redMonths) return 'case'
  const reached = LADDER.findLast((rung) => ('unpaidMonths' in rung ? unpaidMonths >= rung.unpaidMonths : true) && ('daysOverdue' in rung ? days >= rung.daysOverdue : true))
  return reached?.step ?? null
}

/** What a household owes that is late, and what follows from it. @returns undefined where nothing is late */
export function arrearsOf(bills: readonly OwedBill[], holds: readonly Hold[], policy: BillingPolicy, today: CivilDate): Arrears | undefined {
  const late = bills.map((bill) => ({ bill, openFen: openFenOf(bill.parts), days: daysOverdue(bill.dueDate, policy.graceDays, today) }))
    .filter(({ openFen, days }) => openFen > 0 && days > 0)
  const oldest = late.reduce<(typeof late)[number] | undefined>((first, one) => (first === undefined || one.days > first.days ? one : first), undefined)
  if (oldest === undefined) return undefined
  const unpaidMonths = late.reduce((sum, { bill }) => sum + unpaidMonthsOf(bill, policy), 0)
  const ageingFen: [number, number, number, number] = [0, 0, 0, 0]
  for (const { days, openFen } of late) {
    const age = AGES.findIndex((limit) => days <= limit)
    ageingFen[(age === -1 ? AGES.length : age) as 0 | 1 | 2 | 3] += openFen
  }
  const holding = holds.filter(({ fromDate, untilDate, billId }) =>
    covers({ fromDate, untilDate: untilDate ?? today }, today) && (billId === null || late.some(({ bill }) => bill.billId === billId)))
  return {
    openFen: sumFen(late.map((each) => each.openFen)), oldestDueDate: oldest.bill.dueDate, daysOverdue: oldest.days, unpaidMonths, ageingFen,
    step: stepOf(oldest.days, unpaidMonths, policy.redMonths), stoppedBy: [...new Set(holding.map((hold) => hold.kind))].sort(),
  }
}
