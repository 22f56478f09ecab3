import { PLANTED } from '../simulation/planted.js'
import { type PowerCutReport, runPowerCuts } from './power-cuts.js'

/** Bugs of the simulation that only a power cut shows on real disks. */
const FOUND_BY_CUTS = ['an event is acknowledged before its commit', 'commits are not synced']

export interface HuntedCut extends PowerCutReport {
  readonly bug: string
}

/** Plants each in a copy of the compiled program and cuts the power until it shows. */
export async function huntPlantedCuts(options: { seed: number; cuts: number; onLine: (line: string) => void }): Promise<HuntedCut[]> {
  const results: HuntedCut[] = []
  for (const { name, patch } of PLANTED.filter((bug) => FOUND_BY_CUTS.includes(bug.name))) {
    options.onLine(name)
    results.push({ bug: name, ...await runPowerCuts({ ...options, patches: [patch] }) })
  }
  return results
}
