import { type Plan, describe, makePlan } from './plan.js'
import { shrinkPlan } from './shrink.js'
import type { Template } from './template.js'
import type { Violation } from './witness.js'
import { type WorldResult, runWorld } from './world.js'

export interface CampaignOptions {
  /** The first run's seed; each further run has the next one. */
  readonly seed: number
  readonly runs: number
  /** Told now and then. */
  readonly onLine: (line: string) => void
  /** False: what is found is reported as it was met, not in its shortest form. */
  readonly shrinks: boolean
}

export interface FoundViolation {
  readonly seed: number
  /** Runs until it was found, and seconds. */
  readonly afterRuns: number
  readonly afterSeconds: number
  readonly violations: readonly Violation[]
  /** What has to happen for it, shortest as found. */
  readonly shortest: readonly string[]
  /** The end of the shortest history. */
  readonly history: readonly string[]
}

export interface CampaignSummary {
  readonly runs: number
  readonly seconds: number
  /** Of one core, the template's making left out. */
  readonly cpuSeconds: number
  /** Sums over all runs. */
  readonly sums: Readonly<Record<string, number>>
  readonly actions: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
  readonly found: FoundViolation | null
}

const HISTORY_LINES = 80
const LINE_EVERY_RUNS = 500

function count(counts: Record<string, number>, name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by
}

/** The invariant that a run breaks is what a shorter one must break too. */
const isSame = (found: readonly Violation[], result: WorldResult): boolean => result.violations.some(({ invariant }) => invariant === found[0]?.invariant)

async function explain(template: Template, plan: Plan, violations: readonly Violation[], shrinks: boolean): Promise<Pick<FoundViolation, 'shortest' | 'history' | 'violations'>> {
  const shortest = !shrinks ? plan : await shrinkPlan(plan, async (shorter) => isSame(violations, await runWorld(template, shorter)))
  const result = await runWorld(template, shortest, HISTORY_LINES)
  return { shortest: shortest.happenings.map(describe), history: result.tail, violations: result.violations }
}

/** One world after the other; ends at the first that breaks an invariant. */
export async function runCampaign(template: Template, { seed, runs, onLine, shrinks }: CampaignOptions, nowMs: () => number): Promise<CampaignSummary> {
  const sums: Record<string, number> = {}
  const actions: Record<string, number> = {}
  const faults: Record<string, number> = {}
  const startedMs = nowMs()
  const startedCpu = process.cpuUsage()
  const seconds = (): number => Math.round((nowMs() - startedMs) / 100) / 10
  const cpuSeconds = (): number => {
    const { user, system } = process.cpuUsage(startedCpu)
    return Math.round((user + system) / 1e5) / 10
  }
  for (let run = 0; run < runs; run++) {
    const plan = makePlan(seed + run)
    const result = await runWorld(template, plan)
    for (const [name, value] of Object.entries(result.figures)) count(sums, name, value)
    for (const happening of plan.happenings) {
      if ('action' in happening) count(actions, happening.action.kind)
      else count(faults, happening.fault.kind)
    }
    if (result.violations.length > 0) {
      const found = { seed: plan.seed, afterRuns: run + 1, afterSeconds: seconds() }
      onLine(`seed ${plan.seed}: ${result.violations[0]?.invariant}: ${result.violations[0]?.what}`)
      const sofar = { runs: run + 1, seconds: found.afterSeconds, cpuSeconds: cpuSeconds(), sums, actions, faults }
      return { ...sofar, found: { ...found, ...await explain(template, plan, result.violations, shrinks) } }
    }
    if ((run + 1) % LINE_EVERY_RUNS === 0) onLine(`${run + 1} worlds clean, ${seconds()} s`)
  }
  return { runs, seconds: seconds(), cpuSeconds: cpuSeconds(), sums, actions, faults, found: null }
}
