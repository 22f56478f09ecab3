import { type Clock, sleep } from '#kernel/clock.js'

/** Waits so that no more than so many begin in a second, evenly. One caller at a time. */
export function createPacer({ clock, perSecondMax }: { clock: Clock; perSecondMax: number }): () => Promise<void> {
  const gapMs = 1_000 / perSecondMax
  let freeAtMs = Number.NEGATIVE_INFINITY
  return async () => {
    const waitMs = freeAtMs - clock.monoMs()
    if (waitMs > 0) await sleep(clock, waitMs)
    freeAtMs = clock.monoMs() + gapMs
  }
}
