import type { BulkConnection } from '../../db/bulk-connection.js'
import { type CollectedClasses, createCollector } from '../batch/collector.js'
import { type FoundScope, clearUnseen } from '../batch/found-case-repository.js'
import * as rows from './fund-repository.js'
import * as rules from './fund-rules.js'

export interface FundJob extends rows.FundScope {
  readonly billDate: string
  /** First and last day whose bills may have what these lack. */
  readonly pool: readonly [from: string, until: string]
  /** Grows with every run over the day, whichever version of the fund bill it is of. */
  readonly run: number
  readonly atMs: number
}
export interface FundOutcome extends CollectedClasses {
  /** Money of the trade bill that did not move and need not have. */
  readonly voidedFen: number
  /** To and from the bank: no part of any trade. */
  readonly ownFen: number
  /** Days around that have unexplained differences: what this day's bills say may explain them. */
  readonly openDays: readonly string[]
}

const PAGE = 1_000

/** What each group's number is known by elsewhere. */
function knownOf(db: BulkConnection, job: FundJob, groups: readonly rows.FundGroup[]): (group: rows.FundGroup) => rules.KnownNumber {
  const own = rows.ownNumbers(db, job, groups.map(rules.numberOf))
  const alone = groups.filter((group) => group.tradeRows === 0 || group.fundRows === 0).map(rules.numberOf).filter((number) => number !== '')
  const moved = rows.movedOnOtherDays(db, job, job.pool, alone)
  const due = rows.dueOnOtherDays(db, job, job.pool, alone.map((number) => own.get(number)?.outTradeNo ?? number))
  return (group) => {
    const number = rules.numberOf(group)
    return { own: own.get(number), movedElsewhereFen: moved.get(number), dueElsewhereFen: due.get(number) }
  }
}

/**
 * Matches a day's fund bill with its trade bill, every row of both. Pure in its result as `matchBatch` is; memory does not grow with the bills.
 */
export function matchFund(db: BulkConnection, job: FundJob): FundOutcome {
  const { fundBatchNo, channel, merchantId, billDate, run, atMs } = job
  const scope: FoundScope = { leg: 2, batchNo: fundBatchNo, channel, merchantId, bizDate: billDate, run, atMs }
  const collector = createCollector(db, scope)
  let voidedFen = 0
  rows.noteGroupsApart(db, job)
  for (let place = 0; ;) {
    const groups = rows.groupsApart(db, job, place, PAGE)
    const known = knownOf(db, job, groups)
    collector.take(groups.flatMap((group) => rules.fundDifferences(group, known(group))))
    voidedFen += groups.filter(rules.isVoided).reduce((sum, group) => sum + rules.dueOf(group), 0)
    if (groups.length < PAGE) break
    place = (groups.at(-1) as { place: number }).place
  }
  rows.dropGroupsApart(db)
  clearUnseen(db, scope)
  const openDays = rows.openFundDays(db, job, job.pool).filter((day) => day !== billDate)
  return { ...collector.end(), voidedFen, ownFen: rows.ownTransfersFen(db, job), openDays }
}
