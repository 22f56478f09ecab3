import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { unknownEstates } from '../estate/estate-register.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { digestOf } from './draft-rules.js'
import { issueBills } from './issue-bills.js'
import { planLateCharges } from './late-drafts.js'
import { type Period, parsePeriod } from './period-rules.js'
import { type RunPlace, planRent, policyOn } from './rent-drafts.js'
import * as rows from './run-repository.js'

/** Bills in one transaction: a crash loses no more than these, and other writers wait no longer. */
const BILLS_PER_CHANGE = 1_000
const RUNS_SHOWN = 50
const PLANS = { 'rent': planRent, 'late-charge': planLateCharges } as const

export interface RunService {
  /** Newest first. */
  list(estateId: string): Promise<rows.RunRecord[]>
  estateOf(runId: string): Promise<string | undefined>
  /**
   * Plans the bills of a period and keeps the figures; issues nothing.
   * @param period `2026-09` or `2026-Q3`, as the estate's policy bills; a month that is over for late charges
   * @throws AppError SV_BILLING_TERMS, SV_ESTATE_UNKNOWN
   */
  preview(by: string, estateId: string, period: string, kind?: rows.RunKind): Promise<rows.RunRecord>
  /**
   * Issues and posts what was previewed, or goes on with it where it was cut off. A household never gets two bills of a period.
   * @returns the run; `issuedBills` of this call
   * @throws AppError SV_BILLING_SAME_PERSON, SV_BILLING_RUN_CHANGED, SV_BILLING_RUN_STATE, SV_HTTP_NOT_FOUND
   */
  issue(by: string, runId: string): Promise<{ run: rows.RunRecord; issuedBills: number }>
}

export function createRunService(deps: { read: Tx; change: RunChange; clock: Clock; ids: IdSource; batchBills?: number }): RunService {
  const { read, change: runChange, clock, ids, batchBills = BILLS_PER_CHANGE } = deps

  const found = async (runId: string): Promise<rows.RunRecord> => {
    const run = await rows.findRun(read, runId)
    if (run === null) throw fail('SV_HTTP_NOT_FOUND')
    return run
  }

  async function placeOf(of: { runId: string; estateId: string; period: string; kind: rows.RunKind; by: string }): Promise<RunPlace> {
    const { runId, estateId, by } = of
    const period: Period | undefined = parsePeriod(of.period)
    if (period === undefined) throw fail('SV_BILLING_TERMS', { field: 'period', problem: 'is a month like 2026-09 or a quarter like 2026-Q3' })
    const policy = await policyOn(read, estateId, period.fromDate)
    if (policy === undefined) throw fail('SV_BILLING_TERMS', { field: 'period', problem: 'no billing policy of the estate had begun' })
    const cycle = of.kind === 'late-charge' ? 'month' : policy.cycle
    if (cycle !== period.cycle) throw fail('SV_BILLING_TERMS', { field: 'period', problem: `it is billed by ${cycle}` })
    const atMs = clock.wallMs()
    if (of.kind === 'late-charge' && period.untilDate >= civilDateOf(atMs)) throw fail('SV_BILLING_TERMS', { field: 'period', problem: 'is not over yet' })
    return { runId, estateId, period, policy, issuedOn: civilDateOf(atMs), atMs, by }
  }

  return {
    list: (estateId) => rows.runsOf(read, estateId, RUNS_SHOWN),
    estateOf: async (runId) => (await rows.findRun(read, runId))?.estateId,
    async preview(by, estateId, period, kind = 'rent') {
      if ((await unknownEstates(read, [estateId])).length > 0) throw fail('SV_ESTATE_UNKNOWN', { estateId })
      const runId = ids.uuid()
      const place = await placeOf({ runId, estateId, period, kind, by })
      const { drafts, figures } = await PLANS[kind](read, ids, place)
      const run: rows.RunRecord = {
        runId, estateId, period, kind, state: 'previewed', digest: digestOf(drafts), issuedOn: place.issuedOn, figures, previewedBy: by,
        previewedAtMs: place.atMs, issuedBy: null, issuedAtMs: null,
      }
      await runChange(by, (change) => rows.addRun(change.tx, run))
      return run
    },
    async issue(by, runId) {
      const run = await found(runId)
      if (run.state === 'issued') throw fail('SV_BILLING_RUN_STATE', { state: run.state })
      if (run.previewedBy === by) throw fail('SV_BILLING_SAME_PERSON', { field: 'runId' })
      const place = await placeOf({ ...run, by })
      const issuedOn = run.state === 'issuing' ? run.issuedOn : place.issuedOn
      const { drafts, figures } = await PLANS[run.kind](read, ids, { ...place, issuedOn })
      if (digestOf(drafts) !== run.digest) throw fail('SV_BILLING_RUN_CHANGED', { bills: figures.bills, totalFen: figures.totalFen })
      await runChange(by, async (change) => {
        if (!await rows.moveRun(change.tx, runId, ['previewed', 'issuing'], { state: 'issuing', issuedOn, issuedBy: by })) throw fail('SV_BILLING_RUN_STATE')
      })
      let issuedBills = 0
      for (let from = 0; from < drafts.length; from += batchBills) {
        issuedBills += (await runChange(by, (change) => issueBills(change, drafts.slice(from, from + batchBills)))).length
      }
      await runChange(by, async (change) => {
        if (!await rows.moveRun(change.tx, runId, ['issuing'], { state: 'issued', issuedAtMs: change.atMs })) return
        const { estateId, period, digest } = run
        const { bills, totalFen } = figures
        await change.audit({ action: 'billing-run.issue', subject: `billing-run:${runId}`, estateId, after: { period, bills, totalFen, digest } })
      })
      return { run: await found(runId), issuedBills }
    },
  }
}
