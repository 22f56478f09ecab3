import type { Change } from '../audit/change.js'
import { post } from '../ledger/ledger-service.js'
import { addBills, addLines, addParts } from './bill-repository.js'
import { type BillDraft, billOf, linesOf, partsOf, postingsOf } from './draft-rules.js'

/**
 * Issues bills and posts them, in the transaction of the change. A bill that is there by household, period, kind and ref
 * stays as it is, and nothing of its draft is written.
 * @returns the drafts that became bills
 */
export async function issueBills(change: Change, drafts: readonly BillDraft[]): Promise<BillDraft[]> {
  const added = await addBills(change.tx, drafts.map(billOf))
  const issued = drafts.filter((draft) => added.has(draft.billId))
  await addLines(change.tx, issued.flatMap(linesOf))
  await addParts(change.tx, issued.flatMap(partsOf))
  const postings = issued.flatMap(postingsOf)
  for (const kind of ['billed', 'reduced', 'subsidy-offset'] as const) await post(change, postings.filter((posting) => posting.event.kind === kind))
  return issued
}
