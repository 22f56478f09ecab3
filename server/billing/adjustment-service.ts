import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { post } from '../ledger/ledger-service.js'
import * as rows from './adjustment-repository.js'
import { type BillRecord, addBills, addLines, findBill, moveBalance, partsOfBills } from './bill-repository.js'
import { BILL_FEN_MAX, PAID_BY_HOUSEHOLD } from './bill-rules.js'
import { type BillDraft, billOf, linesOf } from './draft-rules.js'
import { issueBills } from './issue-bills.js'

const SHOWN_MAX = 200

export interface NewAdjustment {
  readonly receivable: (typeof PAID_BY_HOUSEHOLD)[number]
  readonly fen: number
  readonly reason: string
}

export interface AdjustmentService {
  /** Newest first. */
  list(estateId: string, state: rows.AdjustmentState | undefined): Promise<rows.AdjustmentRecord[]>
  estateOf(adjustmentId: string): Promise<string | undefined>
  /**
   * Asks for a correction of an issued bill, which itself never changes.
   * @throws AppError SV_BILLING_TERMS, SV_BILLING_ADJUSTMENT, SV_HTTP_NOT_FOUND
   */
  propose(by: string, billId: string, adjustment: NewAdjustment): Promise<{ adjustmentId: string }>
  /**
   * Decides it: approved, it becomes a bill of its own and is posted.
   * @param approvalNo null refuses
   * @returns the new bill's id, null where refused
   * @throws AppError SV_BILLING_SAME_PERSON, SV_BILLING_DECIDED, SV_BILLING_ADJUSTMENT, SV_HTTP_NOT_FOUND
   */
  decide(by: string, adjustmentId: string, approvalNo: string | null): Promise<{ billId: string | null }>
}

/** Less than nothing can be open: what is paid already must be given back first, by payment. */
async function checkOpen(tx: Tx, billId: string, receivable: string, fen: number): Promise<void> {
  const part = (await partsOfBills(tx, [billId])).find((each) => each.receivable === receivable)
  if (fen < 0 && (part?.openFen ?? 0) < -fen) throw fail('SV_BILLING_ADJUSTMENT', { field: 'fen', openFen: part?.openFen ?? 0 })
}

function draftOf(adjustment: rows.AdjustmentRecord, bill: BillRecord, approved: { billId: string; approvalNo: string; by: string | null; atMs: number }): BillDraft {
  const { adjustmentId, receivable, fen, reason } = adjustment
  const { billId, approvalNo, by, atMs } = approved
  const issuedOn = civilDateOf(atMs)
  return {
    ...bill, billId, kind: 'adjustment', ref: adjustmentId, adjusts: bill.billId, label: `${bill.label} 调整`, issuedOn, dueDate: bill.dueDate < issuedOn ? issuedOn : bill.dueDate,
    runId: null, approvalNo, issuedBy: by, issuedAtMs: atMs,
    lines: [{ receivable, fen, explanation: { kind: 'adjustment', billId: bill.billId, label: bill.label, reason, approvalNo } }],
  }
}

/** Takes from the bill it is about; the bill that says so has nothing to pay. */
async function reduce(change: Change, draft: BillDraft, target: string): Promise<void> {
  const { tx } = change
  for (const { receivable, fen } of draft.lines) {
    await checkOpen(tx, target, receivable, fen)
    const part = (await partsOfBills(tx, [target])).find((each) => each.receivable === receivable)
    if (part === undefined || !await moveBalance(tx, part, { paidFen: part.paidFen, reducedFen: part.reducedFen - fen, openFen: part.openFen + fen })) throw fail('SV_BILLING_RACE')
    const parts = [{ billId: target, householdId: draft.householdId, receivable, fen: -fen }]
    await post(change, [{ estateId: draft.estateId, causeRef: draft.billId, event: { kind: 'reduced', parts }, bizDate: draft.issuedOn, memo: draft.approvalNo }])
  }
  await addBills(tx, [billOf(draft)])
  await addLines(tx, linesOf(draft))
}

export function createAdjustmentService(deps: { read: Tx; change: RunChange; ids: IdSource }): AdjustmentService {
  const { read, change: runChange, ids } = deps
  return {
    list: (estateId, state) => rows.adjustmentsOf(read, estateId, state, SHOWN_MAX),
    estateOf: async (adjustmentId) => (await rows.findAdjustment(read, adjustmentId))?.estateId,
    async propose(by, billId, { receivable, fen, reason }) {
      if (fen === 0 || Math.abs(fen) > BILL_FEN_MAX) throw fail('SV_BILLING_TERMS', { field: 'fen', problem: 'is nothing, or more than a bill can be about' })
      const adjustmentId = ids.uuid()
      await runChange(by, async ({ tx, atMs, audit }) => {
        const bill = await findBill(tx, billId)
        if (bill === null) throw fail('SV_HTTP_NOT_FOUND')
        await checkOpen(tx, billId, receivable, fen)
        const { estateId } = bill
        await rows.addAdjustment(tx, {
          adjustmentId, estateId, billId, receivable, fen, reason, state: 'proposed', approvalNo: null, proposedBy: by, proposedAtMs: atMs, decidedBy: null, decidedAtMs: null,
        })
        await audit({ action: 'bill-adjustment.propose', subject: `bill:${billId}`, estateId, after: { adjustmentId, receivable, fen } })
      })
      return { adjustmentId }
    },
    decide: (by, adjustmentId, approvalNo) => runChange(by, async (change) => {
      const { tx, atMs, audit } = change
      const adjustment = await rows.findAdjustment(tx, adjustmentId)
      const bill = adjustment === null ? null : await findBill(tx, adjustment.billId)
      if (adjustment === null || bill === null) throw fail('SV_HTTP_NOT_FOUND')
      if (adjustment.proposedBy === by) throw fail('SV_BILLING_SAME_PERSON', { field: 'adjustmentId' })
      const state = approvalNo === null ? 'refused' : 'approved'
      if (!await rows.decideAdjustment(tx, adjustmentId, { state, approvalNo, decidedBy: by, decidedAtMs: atMs })) throw fail('SV_BILLING_DECIDED', { state: adjustment.state })
      const { billId, estateId } = bill
      await audit({ action: 'bill-adjustment.decide', subject: `bill:${billId}`, estateId, before: { state: 'proposed' }, after: { adjustmentId, state, approvalNo } })
      if (approvalNo === null) return { billId: null }
      const draft = draftOf(adjustment, bill, { billId: ids.uuid(), approvalNo, by, atMs })
      if (adjustment.fen > 0) await issueBills(change, [draft])
      else await reduce(change, draft, bill.billId)
      return { billId: draft.billId }
    }),
  }
}
