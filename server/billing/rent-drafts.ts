import type { IdSource } from '#kernel/ids.js'
import type { Tx } from '../db/transaction.js'
import type { CivilDate } from '../household/civil-date-rules.js'
import { type CoveringLease, leasesCovering } from '../household/lease-register.js'
import type { BillDraft } from './draft-rules.js'
import { grouped } from './grouped.js'
import { type Period, dueDateOf, monthAfter, periodOf, previousPeriod } from './period-rules.js'
import { sumFen } from '../money/fen.js'
import { type Rent, rentOf } from './rent-rules.js'
import type { BillingPolicy, Stay } from './rent-terms.js'
import { type HouseholdProblem, type RunFigures, type RunWarning, figuresOf, lateRateTooHigh } from './run-rules.js'
import { billedIn } from './run-repository.js'
import { certificatesOf, policiesOf, reliefsOf, standardsOf } from './tariff-repository.js'

const householdOf = (row: { readonly householdId: string }): string => row.householdId

/** The policy of an estate on a day, or undefined where none has begun. */
export const policyOn = async (read: Tx, estateId: string, date: CivilDate): Promise<BillingPolicy | undefined> =>
  (await policiesOf(read, estateId)).findLast((each) => each.fromDate <= date)?.policy

const stayOf = ({ leaseNo, unitLabel, buildingId, areaCentiM2, fromDate, untilDate }: CoveringLease): Stay => ({ leaseNo, unitLabel, buildingId, areaCentiM2, fromDate, untilDate })

/** The rent of each household of the estate with a lease in the period. */
async function rents(read: Tx, estateId: string, period: Period, policy: BillingPolicy): Promise<Array<{ householdId: string; stays: Stay[]; rent: Rent }>> {
  const leases = grouped(await leasesCovering(read, estateId, period.fromDate, period.untilDate), householdOf)
  const standards = (await standardsOf(read, estateId)).filter((each) => each.fromDate <= period.untilDate && (each.untilDate ?? period.untilDate) >= period.fromDate)
  const certificates = grouped((await certificatesOf(read, { estateId })).filter((each) => each.endedAtMs === null), householdOf)
  const reliefs = grouped(await reliefsOf(read, { estateId, state: 'approved' }), householdOf)
  return [...leases].map(([householdId, some]) => {
    const stays = some.map(stayOf).sort((a, b) => (a.fromDate < b.fromDate ? -1 : 1))
    const rent = rentOf({
      period, policy, stays, standards, certificates: certificates.get(householdId) ?? [],
      reliefs: (reliefs.get(householdId) ?? []).map((relief) => ({ ...relief, approvalNo: relief.approvalNo ?? '' })),
    })
    return { householdId, stays, rent }
  })
}

/**
 * Rent of a household for the whole month after a day, as it stands: reduced, but before any subsidy.
 * @returns 0 where nothing is let to it then, or its rent cannot be said
 */
export async function monthlyRentFen(read: Tx, estateId: string, householdId: string, date: CivilDate, policy: BillingPolicy): Promise<number> {
  const period = periodOf('month', monthAfter(date, 1))
  const own = (await rents(read, estateId, period, policy)).find((each) => each.householdId === householdId)
  return own === undefined || own.rent.problems.length > 0 ? 0 : sumFen(own.rent.lines.filter((line) => line.explanation.kind !== 'subsidy').map((line) => line.fen))
}

export interface RunPlan {
  readonly drafts: readonly BillDraft[]
  readonly figures: RunFigures
}

export interface RunPlace {
  readonly runId: string
  readonly estateId: string
  readonly period: Period
  readonly policy: BillingPolicy
  /** YYYY-MM-DD. */
  readonly issuedOn: CivilDate
  readonly atMs: number
  readonly by: string
}

/**
 * The rent bills of an estate for a period. Households that have theirs from another run, and those that cannot be billed,
 * have none here; those of the same run are planned again, so that a run that was cut off goes on as it was previewed.
 */
export async function planRent(read: Tx, ids: IdSource, place: RunPlace): Promise<RunPlan> {
  const { estateId, period, policy, runId, issuedOn } = place
  const dueDate = dueDateOf(period, policy.dueMonthOffset, policy.dueDay)
  const billed = await billedIn(read, estateId, period.name, 'rent')
  const drafts: BillDraft[] = []
  const problems: HouseholdProblem[] = []
  const warnings: Partial<Record<RunWarning, number>> = lateRateTooHigh(policy) ? { 'late-rate-above-legal-cap': 1 } : {}
  let billedBefore = 0
  for (const { householdId, stays, rent } of await rents(read, estateId, period, policy)) {
    const [first, last] = [stays[0], stays.at(-1)]
    const bill = billed.get(householdId)
    if (bill !== undefined && bill.runId !== runId) billedBefore += 1
    else if (rent.problems[0] !== undefined) problems.push({ householdId, ...rent.problems[0] })
    else if (first !== undefined && last !== undefined) {
      for (const warning of rent.warnings) warnings[warning] = (warnings[warning] ?? 0) + 1
      drafts.push({
        billId: ids.uuid(), estateId, householdId, kind: 'rent', period: period.name, ref: '', adjusts: null, label: `公租房租金 ${period.name}`, unitLabel: last.unitLabel,
        buildingId: last.buildingId, tier: rent.tier, fromDate: first.fromDate,
        untilDate: stays.reduce((end, stay) => (stay.untilDate > end ? stay.untilDate : end), first.untilDate),
        issuedOn, dueDate: dueDate < issuedOn ? issuedOn : dueDate, runId, approvalNo: null, issuedBy: place.by, issuedAtMs: place.atMs, lines: rent.lines,
      })
    }
  }
  const earlier = previousPeriod(period)
  const totals = new Map([...await billedIn(read, estateId, earlier.name, 'rent')].map(([householdId, { totalFen }]) => [householdId, totalFen]))
  return { drafts, figures: figuresOf({ drafts, billedBefore, problems, warnings, before: { period: earlier.name, totals } }) }
}
