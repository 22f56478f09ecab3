import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '#kernel/clock.js'
import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { casesAfter, setSuggestion } from '../case/case-repository.js'
import { type Candidate, likelyBills, suggestBills } from './suggest-rules.js'

/** Credits without an explanation that are looked at in one go, the latest first. */
const CASES_MAX = 500

/** Bills of which something is owed, and who may pay them; asked for only while there is a credit to explain. */
export interface Debts {
  readonly bills: readonly Candidate[]
  namesOf(householdId: string): readonly string[]
}

export interface SuggestCasesDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly clock: Clock
  readonly debts: () => Promise<Debts>
}

/**
 * Puts to each credit that nobody explained yet the bills that it may be for: by amount, room in the memo, name and day. They are shown
 * to whoever decides; nothing is matched by them.
 * @returns how many credits have other suggestions than before
 */
export const createSuggestCases = ({ read, change, clock, debts }: SuggestCasesDeps) => async (): Promise<number> => {
  const open = await casesAfter(read, { estateIds: null, classCode: 'BANK_SUSPENSE', state: 'open' }, null, CASES_MAX)
  if (open.length === 0) return 0
  const { bills: all, namesOf } = await debts()
  const bills = likelyBills(all)
  const atMs = clock.wallMs()
  let changed = 0
  for (const { caseId, theirs, suggestion } of open) {
    // Each transfer passes all bills: others get their turn between two.
    await nextTurn()
    const { date, fen, payer, memo } = theirs as unknown as { date: string; fen: number; payer: string; memo: string }
    const found = suggestBills({ date, fen, payer, memo }, bills, namesOf)
    const before = (suggestion ?? []).filter(({ source }) => source === 'rule').map(({ about, text }) => `${about} ${text}`)
    if (JSON.stringify(before) === JSON.stringify(found.map(({ billId, why }) => `${billId} ${why}`))) continue
    const others = (suggestion ?? []).filter(({ source }) => source !== 'rule')
    const rules = found.map(({ billId, score, why }) => ({ source: 'rule' as const, atMs, text: why, about: billId, score }))
    await change(null, ({ tx }) => setSuggestion(tx, caseId, [...others, ...rules]))
    changed += 1
  }
  return changed
}
