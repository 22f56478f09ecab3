import type { Happening, Plan } from './plan.js'

/** Runs that a shrinking may take. */
const RUNS_MAX = 250

/**
 * The shortest plan found that still fails: happenings are left out half by half, then fewer at a time, then one by one,
 * as long as what is left still fails.
 */
export async function shrinkPlan(plan: Plan, fails: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let happenings: readonly Happening[] = plan.happenings
  let runs = 0
  const stillFails = async (left: readonly Happening[]): Promise<boolean> => runs++ < RUNS_MAX && fails({ ...plan, happenings: left })
  for (let size = Math.ceil(happenings.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < happenings.length;) {
      const left = [...happenings.slice(0, from), ...happenings.slice(from + size)]
      if (await stillFails(left)) happenings = left
      else from += size
    }
  }
  return { ...plan, happenings }
}
