import { sumFen } from '../money/fen.js'
import { type BillDraft, sumsOf, totalOf } from './draft-rules.js'
import type { RentProblem, RentWarning } from './rent-rules.js'
import type { BillingPolicy } from './rent-terms.js'

/** Rows of each list in a preview; their number is always said. */
const LIST_MAX = 100
const YEAR_DAYS = 365n
/** A charge for lateness above 130 % of the loss counts as too high as a rule (民法典 art. 585, 合同编通则解释 art. 65). */
const FAIR_PERCENT = 130n

export type HouseholdProblem = RentProblem & { readonly householdId: string }
export type RunWarning = RentWarning | 'late-rate-above-legal-cap'

/** What a run would do, or did. */
export interface RunFigures {
  readonly bills: number
  /** Households with a bill for the period already: they get none again. */
  readonly billedBefore: number
  readonly grossFen: number
  readonly reducedFen: number
  readonly offsetFen: number
  readonly totalFen: number
  /** Households that cannot be billed, and why. They get no bill until that is mended. */
  readonly problemCount: number
  readonly problems: HouseholdProblem[]
  /** How many households each warning is about. */
  readonly warnings: Record<string, number>
  readonly before: {
    readonly period: string
    readonly bills: number
    readonly totalFen: number
    readonly same: number
    readonly changed: number
    readonly added: number
    readonly gone: number
    readonly changes: Array<{ readonly householdId: string; readonly unitLabel: string; readonly beforeFen: number; readonly nowFen: number }>
  }
}

/** True where the daily charge, over a year, is above what a court leaves. */
export const lateRateTooHigh = ({ lateDailyPartsPerMillion, yearlyLossPartsPerMillion }: BillingPolicy): boolean =>
  BigInt(lateDailyPartsPerMillion) * YEAR_DAYS * 100n > BigInt(yearlyLossPartsPerMillion) * FAIR_PERCENT

function comparison(period: string, drafts: readonly BillDraft[], before: ReadonlyMap<string, number>): RunFigures['before'] {
  const now = new Map(drafts.map((draft) => [draft.householdId, { nowFen: totalOf(draft.lines), unitLabel: draft.unitLabel }]))
  const changes = [...now].flatMap(([householdId, { nowFen, unitLabel }]) => {
    const beforeFen = before.get(householdId)
    return beforeFen === undefined || beforeFen === nowFen ? [] : [{ householdId, unitLabel, beforeFen, nowFen }]
  }).sort((a, b) => Math.abs(b.nowFen - b.beforeFen) - Math.abs(a.nowFen - a.beforeFen))
  const both = [...now.keys()].filter((householdId) => before.has(householdId)).length
  return {
    period, bills: before.size, totalFen: sumFen(before.values()), same: both - changes.length, changed: changes.length, added: now.size - both, gone: before.size - both,
    changes: changes.slice(0, LIST_MAX),
  }
}

/** @param before what each household was billed for the period before */
export function figuresOf(run: {
  readonly drafts: readonly BillDraft[]
  readonly billedBefore: number
  readonly problems: readonly HouseholdProblem[]
  readonly warnings: Readonly<Partial<Record<RunWarning, number>>>
  readonly before: { readonly period: string; readonly totals: ReadonlyMap<string, number> }
}): RunFigures {
  const { drafts, problems, warnings, billedBefore } = run
  const sums = drafts.map((draft) => sumsOf(draft.lines, draft.kind === 'late-charge' ? 'late-charge-receivable' : 'rent-receivable'))
  return {
    bills: drafts.length, billedBefore, grossFen: sumFen(sums.map((each) => each.grossFen)), reducedFen: sumFen(sums.map((each) => each.reducedFen)),
    offsetFen: sumFen(sums.map((each) => each.offsetFen)), totalFen: sumFen(drafts.map((draft) => totalOf(draft.lines))),
    problemCount: problems.length, problems: problems.slice(0, LIST_MAX), warnings: { ...warnings }, before: comparison(run.before.period, drafts, run.before.totals),
  }
}
