import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import type { CivilDate } from './civil-date-rules.js'
import type { HouseholdFilterState } from './lease-rules.js'

export interface HouseholdFilter {
  readonly scope: EstateScope
  /** Part of a unit's label, or the beginning of a household's number. */
  readonly text: string | undefined
  /** Members whose households are wanted too. */
  readonly personRefs: readonly string[]
  readonly state: HouseholdFilterState | undefined
  readonly today: CivilDate
  /** A lease that ends up to this day is ending. */
  readonly soon: CivilDate
  readonly after: { readonly estateId: string; readonly householdNo: string } | undefined
}

export interface HouseholdPlace {
  readonly householdId: string
  readonly estateId: string
  readonly householdNo: string
}

function stateWhere({ state, today, soon }: HouseholdFilter) {
  const running = { untilDate: { gte: today } }
  if (state === 'over') return { leases: { none: running } }
  if (state === 'living') return { leases: { some: running } }
  return state === 'ending' ? { AND: [{ leases: { some: running } }, { leases: { none: { untilDate: { gt: soon } } } }] } : {}
}

/** Households by estate and number. */
export function householdPage(tx: Tx, filter: HouseholdFilter, limit: number): Promise<HouseholdPlace[]> {
  const { scope, text, personRefs, after } = filter
  return tx.household.findMany({
    select: { householdId: true, estateId: true, householdNo: true },
    where: {
      AND: [
        scope === 'all' ? {} : { estateId: { in: [...scope] } },
        text === undefined ? {} : { OR: [
          { householdNo: { startsWith: text } }, { leases: { some: { unit: { label: { contains: text } } } } }, { members: { some: { personRef: { in: [...personRefs] } } } },
        ] },
        stateWhere(filter),
        after === undefined ? {} : { OR: [{ estateId: { gt: after.estateId } }, { estateId: after.estateId, householdNo: { gt: after.householdNo } }] },
      ],
    },
    orderBy: [{ estateId: 'asc' }, { householdNo: 'asc' }],
    take: limit,
  })
}
