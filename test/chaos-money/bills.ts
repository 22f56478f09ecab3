import { changeIn } from '../../server/audit/change.js'
import { payableBill, takePayment } from '../../server/billing/bill-register.js'
import { issueBills } from '../../server/billing/issue-bills.js'
import type { Database } from '../../server/db/transaction.js'
import { civilDateOf } from '../../server/household/civil-date-rules.js'
import { post } from '../../server/ledger/ledger-service.js'
import { sumFen } from '../../server/money/fen.js'

export interface RentToIssue {
  readonly estateId: string
  readonly householdId: string
  readonly bills: ReadonlyArray<{ readonly billId: string; readonly fen: number }>
  readonly atMs: number
}

/** Rent bills of one household, issued and posted by billing's own path. */
export async function issueRent(db: Database, { estateId, householdId, bills, atMs }: RentToIssue): Promise<void> {
  const drafts = bills.map(({ billId, fen }) => ({
    billId, estateId, householdId, kind: 'rent', period: billId, ref: '', adjusts: null, label: '公租房租金 2026-01', unitLabel: '1-101', buildingId: null, tier: 'market',
    fromDate: '2026-01-01', untilDate: '2026-01-31', issuedOn: '2026-01-01', dueDate: '2026-01-10', runId: null, approvalNo: null, issuedBy: null, issuedAtMs: atMs,
    lines: [{ receivable: 'rent-receivable', fen, explanation: { kind: 'opening', note: '', sheetRow: 1 } }],
  } as const))
  await db.transact((tx) => issueBills(changeIn(tx, atMs, null), drafts))
}

/** Cash for a part of a bill at the estate, whatever order of it is under way: what a channel is paid for it then is too much. */
export const payAtTill = (db: Database, { billId, share, atMs }: { billId: string; share: number; atMs: number }): Promise<void> => db.transact(async (tx) => {
  const bill = await payableBill(tx, billId)
  const owedFen = sumFen(bill?.outstanding.map((part) => part.fen) ?? [])
  if (bill === null || owedFen === 0) return
  const change = changeIn(tx, atMs, null)
  const parts = await takePayment(change, { billId, fen: 1 + Math.floor(share * (owedFen - 1)) })
  const event = { kind: 'paid', into: { account: 'cash', of: 'till-1' }, parts, prepaid: null } as const
  await post(change, [{ estateId: bill.estateId, causeRef: `till:${billId}:${owedFen}:${atMs}`, bizDate: civilDateOf(atMs), memo: billId, event }])
})
