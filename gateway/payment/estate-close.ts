import type { EstateCloseV1 } from '#contract/till-records.js'
import type { Clock } from '#kernel/clock.js'
import type { Stamper } from '#kernel/record-stamp.js'
import { bizDateOf, daysOver, firstDay } from './close-rules.js'
import type { DayTakings, PaymentStore } from './ports.js'

/** A day as the desk shows it. `closed`: what was last told the server of it, null before. */
export interface DayAtDesk {
  readonly bizDate: string
  readonly takings: DayTakings
  readonly closed: DayTakings | null
}

/** Counts what came in at the estate, day by day, for the server to compare with its books. */
export interface EstateClose {
  /** Counts every day that is over and was not counted, or for which something came in since. @returns the days that were told */
  closeDays(): Promise<readonly string[]>
  /** Counts the day now; somebody at the desk wants to compare. A later count takes the place of this one. */
  closeNow(operatorRef: string): Promise<DayAtDesk>
  today(): Promise<DayAtDesk>
}

export function createEstateClose(deps: { store: PaymentStore; clock: Clock; stamp: Stamper; hasTills: () => boolean }): EstateClose {
  const { store, clock, stamp, hasTills } = deps

  const dayOf = async (bizDate: string): Promise<DayAtDesk> => {
    const { takings, closed } = await store.takingsOf(bizDate)
    return { bizDate, takings, closed: closed ?? null }
  }
  /** Counted and told in one transaction. Nothing is told twice. */
  const close = (bizDate: string, by: Pick<EstateCloseV1, 'operatorRef'> | null): Promise<boolean> => store.transact(async (tx) => {
    const takings = await tx.dayTakings(bizDate)
    const before = await tx.findClose(bizDate)
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(takings)) return false
    const cause = by !== null ? 'operator' : before === undefined ? 'day-end' : 'late'
    await tx.append({ kind: 'estate-close.v1', ...stamp(), bizDate, ways: takings.ways, tills: takings.tills, cause, operatorRef: by?.operatorRef ?? null })
    await tx.putClose(bizDate, takings)
    return true
  })
  return {
    async closeDays() {
      const withPayments = await store.daysWithPayments(firstDay(clock.wallMs()))
      if (withPayments.length === 0 && !hasTills()) return []
      const told: string[] = []
      for (const day of daysOver(clock.wallMs(), withPayments)) if (await close(day, null)) told.push(day)
      return told
    },
    async closeNow(operatorRef) {
      const bizDate = bizDateOf(clock.wallMs())
      await close(bizDate, { operatorRef })
      return dayOf(bizDate)
    },
    today: () => dayOf(bizDateOf(clock.wallMs())),
  }
}
