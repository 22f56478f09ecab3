import { changeIn } from '../../server/audit/change.js'
import { issueBills } from '../../server/billing/issue-bills.js'
import type { Database } from '../../server/db/transaction.js'

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
