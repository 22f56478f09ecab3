import type { Clock } from '#kernel/clock.js'
import type { Tx } from '../../db/transaction.js'
import { addDays } from '../../household/civil-date-rules.js'
import type { Account } from '../../ledger/chart.js'
import { balances } from '../../ledger/ledger-service.js'
import type { AccountFigures } from './close-kinds.js'
import { accountFigures } from './close-figures.js'
import { priorSums } from './close-repository.js'

/** Money without a place, as payment keeps it. */
export interface SuspenseView {
  readonly suspenseId: string
  readonly estateId: string
  readonly outTradeNo: string
  readonly cause: string
  readonly fen: number
  readonly createdAtMs: number
}
const BUCKETS = [['0-3', 3], ['4-7', 7], ['8-30', 30], ['31-90', 90], ['>90', Number.MAX_SAFE_INTEGER]] as const
const DAY_MS = 86_400_000

/** An account's way through a span of days; of what was posted on them, that which belongs to closed days before the span. */
export interface TrialRow extends AccountFigures {
  readonly account: Account
  readonly priorDebitFen: number
  readonly priorCreditFen: number
}

export interface StatementService {
  trialBalance(estateId: string, fromDate: string, untilDate: string): Promise<{ rows: TrialRow[]; debitFen: number; creditFen: number }>
  suspenseAging(estateIds: readonly string[] | null): Promise<{
    rows: Array<{ bucket: string; count: number; fen: number }>
    items: Array<{ suspenseId: string; estateId: string; reference: string; cause: string; fen: number; days: number }>
  }>
}

export const createStatementService = (deps: {
  readonly read: Tx; readonly clock: Clock; readonly suspense: (estateIds: readonly string[] | null) => Promise<readonly SuspenseView[]>
}): StatementService => ({
  async trialBalance(estateId, fromDate, untilDate) {
    const figures = accountFigures(await balances(deps.read, [estateId], addDays(fromDate, -1)), await balances(deps.read, [estateId], untilDate))
    const prior = await priorSums(deps.read, estateId, fromDate, untilDate)
    const rows = figures.map((one) => {
      const late = prior.find(({ account, of }) => account === one.account && of === one.of)
      return { ...one, account: one.account as Account, priorDebitFen: late?.debitFen ?? 0, priorCreditFen: late?.creditFen ?? 0 }
    })
    return { rows, debitFen: rows.reduce((sum, row) => sum + row.debitFen, 0), creditFen: rows.reduce((sum, row) => sum + row.creditFen, 0) }
  },
  async suspenseAging(estateIds) {
    const nowMs = deps.clock.wallMs()
    const items = (await deps.suspense(estateIds)).map(({ suspenseId, estateId, outTradeNo, cause, fen, createdAtMs }) =>
      ({ suspenseId, estateId, reference: outTradeNo, cause, fen, days: Math.floor((nowMs - createdAtMs) / DAY_MS) }))
    const bucketOf = (days: number): string => BUCKETS.find(([, until]) => days <= until)?.[0] ?? ''
    return {
      items,
      rows: BUCKETS.map(([bucket]) => {
        const of = items.filter((item) => bucketOf(item.days) === bucket)
        return { bucket, count: of.length, fen: of.reduce((sum, item) => sum + item.fen, 0) }
      }),
    }
  },
})
