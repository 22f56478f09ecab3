import type { Tx } from '../db/transaction.js'
import { estatesInScope } from '../estate/estate-register.js'
import type { CivilDate } from '../household/civil-date-rules.js'
import { householdDirectory } from '../household/household-directory.js'
import { billsById, overdueParts } from './bill-repository.js'
import { openFenOf } from './bill-rules.js'
import { grouped } from './grouped.js'

/** A bill of which the household still owes something. */
export interface Debt {
  readonly billId: string
  readonly householdId: string
  /** Home and what it is for, without a name. */
  readonly label: string
  readonly unitLabel: string
  readonly openFen: number
  readonly dueDate: string
}

const ALWAYS = '9999-12-31'

/** What is owed at all estates, and the head of each household that owes. For work in the background: it reads every open bill. */
export async function allDebts(read: Tx, today: CivilDate): Promise<{ bills: Debt[]; namesOf: (householdId: string) => readonly string[] }> {
  const bills: Debt[] = []
  const heads = new Map<string, string>()
  for (const { estateId } of await estatesInScope(read, 'all')) {
    const parts = grouped(await overdueParts(read, estateId, ALWAYS), (part) => part.billId)
    if (parts.size === 0) continue
    for (const { billId, householdId, label, unitLabel, dueDate } of await billsById(read, [...parts.keys()])) {
      bills.push({ billId, householdId, label: `${unitLabel} ${label}`, unitLabel, openFen: openFenOf(parts.get(billId) ?? []), dueDate })
    }
    for (const { householdId, headName } of await householdDirectory(read, estateId, today)) if (headName !== null) heads.set(householdId, headName)
  }
  return { bills, namesOf: (householdId) => [heads.get(householdId) ?? ''].filter((name) => name !== '') }
}
