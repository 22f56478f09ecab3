import { createHash } from 'node:crypto'
import { RECEIVABLES, type Receivable } from '../ledger/chart.js'
import type { Posting } from '../ledger/journal-rules.js'
import type { BillPart, PostingEvent } from '../ledger/posting-rules.js'
import { sumFen } from '../money/fen.js'
import type { BillRecord, LineRecord } from './bill-repository.js'
import type { PartBalance } from './bill-rules.js'
import type { BillLine } from './rent-terms.js'

/** A bill as it would be issued. */
export interface BillDraft extends Omit<BillRecord, 'totalFen'> {
  readonly lines: readonly BillLine[]
}

interface Sums {
  readonly grossFen: number
  readonly reducedFen: number
  readonly offsetFen: number
}

/** What a receivable is billed for, and what at once takes from it. */
export function sumsOf(lines: readonly BillLine[], receivable: Receivable): Sums {
  const of = (pick: (kind: string) => boolean): number =>
    sumFen(lines.filter((line) => line.receivable === receivable && pick(line.explanation.kind)).map((line) => line.fen))
  // A zero must not become a negative one.
  return { grossFen: of((kind) => kind !== 'reduction' && kind !== 'subsidy'), reducedFen: 0 - of((kind) => kind === 'reduction'), offsetFen: 0 - of((kind) => kind === 'subsidy') }
}

/** What the household owes of it. */
export const totalOf = (lines: readonly BillLine[]): number => sumFen(lines.map((line) => line.fen))

/** Open balances with which a bill begins. */
export function partsOf({ billId, estateId, householdId, dueDate, lines }: BillDraft): PartBalance[] {
  const base = { billId, estateId, householdId, dueDate, paidFen: 0 }
  return RECEIVABLES.flatMap((receivable): PartBalance[] => {
    const { grossFen, reducedFen, offsetFen } = sumsOf(lines, receivable)
    if (grossFen <= 0) return []
    const part = { ...base, receivable, issuedFen: grossFen, reducedFen, offsetFen, openFen: grossFen - reducedFen - offsetFen }
    return offsetFen === 0 ? [part] : [part, { ...base, receivable: 'subsidy-receivable', issuedFen: offsetFen, reducedFen: 0, offsetFen: 0, openFen: offsetFen }]
  })
}

/** What issuing it posts: all that is billed, then what was reduced and what the subsidy's budget takes over. */
export function postingsOf(draft: BillDraft): Posting[] {
  const { billId, estateId, householdId, issuedOn, lines, approvalNo } = draft
  const by = (kind: 'billed' | 'reduced' | 'subsidy-offset', pick: (sums: Sums) => number): Posting[] => {
    const parts = RECEIVABLES.map((receivable): BillPart => ({ billId, householdId, receivable, fen: pick(sumsOf(lines, receivable)) })).filter((part) => part.fen > 0)
    return parts.length === 0 ? [] : [{ estateId, causeRef: billId, event: { kind, parts } satisfies PostingEvent, bizDate: issuedOn, memo: approvalNo }]
  }
  return [...by('billed', (sums) => sums.grossFen), ...by('reduced', (sums) => sums.reducedFen), ...by('subsidy-offset', (sums) => sums.offsetFen)]
}

export const billOf = ({ lines, ...bill }: BillDraft): BillRecord => ({ ...bill, totalFen: totalOf(lines) })

export const linesOf = ({ billId, lines }: BillDraft): LineRecord[] =>
  lines.map(({ receivable, fen, explanation }, index) => ({ billId, lineNo: index + 1, kind: explanation.kind, receivable, fen, explanation: JSON.stringify(explanation) }))

/** Over all that a household would read on its bill; ids and the days of issue and payment are no part of it. */
export function digestOf(drafts: readonly BillDraft[]): string {
  const hash = createHash('sha256')
  for (const { householdId, period, kind, lines } of [...drafts].sort((a, b) => (a.householdId < b.householdId ? -1 : 1))) {
    hash.update(`${JSON.stringify([householdId, period, kind, lines])}\n`)
  }
  return hash.digest('hex')
}
