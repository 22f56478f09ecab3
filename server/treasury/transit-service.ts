import type { Clock } from '#kernel/clock.js'
import type { Tx } from '../db/transaction.js'
import { type CivilDate, civilDateOf } from '../household/civil-date-rules.js'
import { type Account, TRANSIT } from '../ledger/chart.js'
import { daysOf } from '../ledger/ledger-service.js'
import { type AgedFen, HAND_OVER_DAYS, agesOf } from './treasury-rules.js'

/** Money on its way: at a channel, or collected and not yet handed over. */
export interface TransitLine {
  readonly estateId: string
  readonly account: Account
  /** Merchant; null for what waits to be handed over. */
  readonly of: string | null
  readonly fen: number
  /** Longer on its way than it may be. */
  readonly overdueFen: number
  readonly days: AgedFen[]
}

export interface TransitService {
  /** In transit at the end of today, by age: nothing should be older than two days. */
  ageing(estateIds: readonly string[] | null): Promise<{ date: CivilDate; overdueFen: number; lines: TransitLine[] }>
}

export function createTransitService(deps: { read: Tx; clock: Clock }): TransitService {
  const { read, clock } = deps
  return {
    async ageing(estateIds) {
      const date = civilDateOf(clock.wallMs())
      const lines: TransitLine[] = []
      for (const account of [...Object.values(TRANSIT), 'to-hand-over'] as const) {
        const groups = new Map<string, Array<{ date: string; inFen: number; outFen: number }>>()
        for (const { estateId, of, bizDate, debitFen, creditFen } of await daysOf(read, estateIds, account, date)) {
          const key = JSON.stringify([estateId, of])
          const [inFen, outFen] = account === 'to-hand-over' ? [creditFen, debitFen] : [debitFen, creditFen]
          groups.set(key, [...(groups.get(key) ?? []), { date: bizDate, inFen, outFen }])
        }
        for (const [key, days] of groups) {
          const [estateId, of] = JSON.parse(key) as [string, string | null]
          const aged = agesOf(days.map((day) => ({ date: day.date, fen: day.inFen })), days.reduce((sum, day) => sum + day.outFen, 0), date)
          const sum = (some: readonly AgedFen[]): number => some.reduce((total, day) => total + day.fen, 0)
          if (aged.length > 0) lines.push({ estateId, account, of, fen: sum(aged), overdueFen: sum(aged.filter((day) => day.days > HAND_OVER_DAYS)), days: aged })
        }
      }
      return { date, overdueFen: lines.reduce((total, line) => total + line.overdueFen, 0), lines }
    },
  }
}
