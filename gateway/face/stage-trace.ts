import type { Clock } from '#kernel/clock.js'
import type { Stage, StageTimings } from './types.js'

/** Where one job stands, and how long each of its stages took. */
export interface StageTrace {
  run<T>(stage: Stage, work: () => T | Promise<T>): Promise<T>
  /** The stage that runs or ran last. */
  readonly stage: Stage
  /** Milliseconds by stage, the unfinished one not among them. */
  readonly timings: StageTimings
}

/** @param onStage told of each stage before it runs */
export function createStageTrace(clock: Clock, onStage: (stage: Stage) => void): StageTrace {
  let current: Stage = 'decode'
  const timings: StageTimings = {}
  return {
    async run(stage, work) {
      current = stage
      onStage(stage)
      const startMs = clock.monoMs()
      const result = await work()
      timings[stage] = clock.monoMs() - startMs
      return result
    },
    get stage() {
      return current
    },
    timings,
  }
}
