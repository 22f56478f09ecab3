import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { type Recurring, recurring } from '../faults.js'

/** People who come by a terminal: one of `faceIds` at random times, `meanSeconds` apart on average; never where that is 0. */
export function createBystanders(deps: {
  meanSeconds: number; faceIds: readonly string[]; showFace: (faceId: string) => Promise<void>; random: RandomSource; clock: Clock; log: Logger
}): Recurring {
  const { meanSeconds, faceIds, showFace, random, clock, log } = deps
  return recurring(meanSeconds, random, clock, () => {
    const faceId = faceIds[Math.floor(random.float() * faceIds.length)]
    if (faceId === undefined) return
    showFace(faceId).catch((error: unknown) => log.error({ err: error }, 'somebody could not be shown'))
  })
}
