import type { IdSource } from '#kernel/ids.js'
import type { Tx } from '../db/transaction.js'
import { addDays } from '../household/civil-date-rules.js'
import { settlementsOf } from '../ledger/ledger-service.js'
import { billsById, chargedByBill, overdueParts, partsOfBills } from './bill-repository.js'
import type { BillDraft } from './draft-rules.js'
import { grouped } from './grouped.js'
import { holdsOf } from './hold-repository.js'
import { FREEZES, lateChargeOf } from './late-charge-rules.js'
import { previousPeriod } from './period-rules.js'
import type { RunPlace, RunPlan } from './rent-drafts.js'
import { billedIn } from './run-repository.js'
import { figuresOf, lateRateTooHigh } from './run-rules.js'

const EVER = '0000-01-01'
/** Days that a household has for a late charge. */
const DUE_DAYS = 15

/**
 * What being late cost the households of an estate up to the end of a month: one bill each, a line for each rent bill. Rent that
 * is open counts, and rent that was paid within the month, late.
 */
export async function planLateCharges(read: Tx, ids: IdSource, place: RunPlace): Promise<RunPlan> {
  const { estateId, period, policy, runId, issuedOn } = place
  const settled = await settlementsOf(read, estateId, 'rent-receivable', period.fromDate)
  const open = (await overdueParts(read, estateId, period.untilDate)).filter((part) => part.receivable === 'rent-receivable').map((part) => part.billId)
  const billIds = [...new Set([...open, ...settled.map((each) => each.billId)])]
  const parts = new Map((await partsOfBills(read, billIds)).filter((part) => part.receivable === 'rent-receivable').map((part) => [part.billId, part]))
  const bills = grouped((await billsById(read, billIds)).filter((bill) => bill.dueDate < period.untilDate), (bill) => bill.householdId)
  const payments = grouped(await settlementsOf(read, estateId, 'rent-receivable', EVER), (each) => each.billId)
  const holds = grouped((await holdsOf(read, estateId, EVER)).filter((hold) => FREEZES.includes(hold.kind)), (hold) => hold.householdId)
  const charged = await chargedByBill(read, estateId, runId)
  const billed = await billedIn(read, estateId, period.name, 'late-charge')
  const drafts: BillDraft[] = []
  let billedBefore = 0
  for (const [householdId, some] of bills) {
    const before = billed.get(householdId)
    if (before !== undefined && before.runId !== runId) {
      billedBefore += 1
      continue
    }
    const lines = some.sort((a, b) => (a.dueDate < b.dueDate ? -1 : 1)).flatMap((bill) => {
      const part = parts.get(bill.billId)
      const frozen = (holds.get(householdId) ?? []).filter((hold) => hold.billId === null || hold.billId === bill.billId)
      const owedFen = part === undefined ? 0 : part.issuedFen - part.reducedFen - part.offsetFen
      const { billId, label } = bill
      // What an opening bill cost for being late before is a line of its own: it counts from the day on which it was taken over.
      const dueDate = bill.kind === 'opening' && bill.issuedOn > bill.dueDate ? bill.issuedOn : bill.dueDate
      const late = { billId, label, dueDate, owedFen, payments: payments.get(billId) ?? [], frozen, chargedFen: charged.get(billId) ?? 0 }
      return lateChargeOf(late, policy, period.untilDate) ?? []
    })
    const last = some.at(-1)
    if (lines.length === 0 || last === undefined) continue
    drafts.push({
      billId: ids.uuid(), estateId, householdId, kind: 'late-charge', period: period.name, ref: '', adjusts: null, label: `租金违约金 ${period.name}`, unitLabel: last.unitLabel,
      buildingId: last.buildingId, tier: last.tier, fromDate: period.fromDate, untilDate: period.untilDate, issuedOn, dueDate: addDays(issuedOn, DUE_DAYS), runId, approvalNo: null,
      issuedBy: place.by, issuedAtMs: place.atMs, lines,
    })
  }
  const earlier = previousPeriod(period)
  const totals = new Map([...await billedIn(read, estateId, earlier.name, 'late-charge')].map(([householdId, { totalFen }]) => [householdId, totalFen]))
  const warnings = lateRateTooHigh(policy) ? { 'late-rate-above-legal-cap': drafts.length } : {}
  return { drafts, figures: figuresOf({ drafts, billedBefore, problems: [], warnings, before: { period: earlier.name, totals } }) }
}
