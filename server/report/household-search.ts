import type { Clock } from '#kernel/clock.js'
import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import * as rows from './household-search-repository.js'
import { headNames } from './person-names.js'

/** More than fit on a screen: who finds so many types more. */
const FOUND_MAX = 20
/** What a text may be, the surest first. */
export const FOUND_BY = ['order', 'number', 'name', 'room'] as const

export interface HouseholdHit extends rows.FoundHousehold {
  readonly unitLabel: string
  /** Of the head, masked; empty where the register has none. */
  readonly name: string
  readonly by: (typeof FOUND_BY)[number]
}

/** Households in scope by what people know of them, the surest first. Names are found whole only: nobody is to guess them letter by letter. */
export type HouseholdSearch = (scope: EstateScope, text: string) => Promise<HouseholdHit[]>

/** A room as people type it, `3栋502`, `3-502` or `502`, as labels have it: `3栋 502`. Pure. */
export function roomLabels(text: string): string[] {
  const [, building, room] = /^(\d+)\s*(?:栋|幢|座|#|-|－)\s*(\S+)$/.exec(text) ?? []
  return building === undefined || room === undefined ? [text] : [...new Set([text, `${building}栋 ${room}`, `${building}幢 ${room}`, `${building}座 ${room}`])]
}

export const createHouseholdSearch = ({ read, clock }: { readonly read: Tx; readonly clock: Clock }): HouseholdSearch => async (scope, typed) => {
  const text = typed.trim().replace(/\s+/g, ' ')
  if (text === '') return []
  const found = await Promise.all([
    rows.byOrder(read, scope, text, FOUND_MAX), rows.byNumber(read, scope, text, FOUND_MAX), rows.byName(read, scope, text, FOUND_MAX),
    rows.byRoom(read, scope, roomLabels(text), FOUND_MAX),
  ])
  const hits = new Map<string, rows.FoundHousehold & Pick<HouseholdHit, 'by'>>()
  for (const [at, by] of FOUND_BY.entries()) for (const one of found[at] ?? []) if (!hits.has(one.householdId)) hits.set(one.householdId, { ...one, by })
  const shown = [...hits.values()].slice(0, FOUND_MAX)
  const ids = shown.map((one) => one.householdId)
  const [labels, heads] = await Promise.all([rows.unitLabels(read, ids), headNames(read, ids, civilDateOf(clock.wallMs()), 'masked')])
  return shown.map((one) => ({ ...one, unitLabel: labels.get(one.householdId) ?? '', name: heads.get(one.householdId)?.name ?? '' }))
}
