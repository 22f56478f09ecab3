import { describe, expect, it } from 'vitest'
import { seededRandom } from '#kernel/random.js'
import { type Round, createRetryLoop, retryDelayMs } from '../../../gateway/sync/retry-loop.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const times = { idleMs: 5_000, coalesceMs: 50, retryMsMin: 500, retryMsMax: 30_000 }

function loopOf(outcomes: Array<Round | 'throw'>) {
  const clock = createVirtualClock()
  const at: number[] = []
  const loop = createRetryLoop({
    clock, times, random: seededRandom(1),
    round: async () => {
      at.push(clock.monoMs() - 1_000)
      const outcome = outcomes.shift() ?? 'idle'
      if (outcome === 'throw') throw new Error('a defect in the round')
      return outcome
    },
  })
  return { clock, at, loop }
}

describe('retry loop', () => {
  it('goes on at once while there is more, and waits the interval when idle', async () => {
    const { clock, at, loop } = loopOf(['more', 'more', 'idle'])
    loop.start()
    await clock.run(10_000)
    expect(at).toEqual([0, 0, 0, 5_000, 10_000])
  })

  it('makes one round of a burst of kicks, within the coalescing time of the first', async () => {
    const { clock, at, loop } = loopOf([])
    loop.start()
    await clock.run(100)
    for (let i = 0; i < 10; i++) {
      loop.kick()
      await clock.run(10)
    }
    await clock.run(1_000)
    expect(at).toEqual([0, 150, 200])
  })

  it('a kick before the start is served by the first round; one during a round by a further one', async () => {
    const clock = createVirtualClock()
    let rounds = 0
    let finish: (round: Round) => void = () => {}
    const loop = createRetryLoop({
      clock, times, random: seededRandom(1),
      round: () => {
        rounds += 1
        return new Promise<Round>((resolve) => { finish = resolve })
      },
    })
    loop.start()
    await clock.run(0)
    loop.kick()
    finish('idle')
    await clock.run(49)
    expect(rounds).toBe(1)
    await clock.run(1)
    expect(rounds).toBe(2)
  })

  it('waits longer after each failure, kicks do not hurry it, and a success ends it', async () => {
    const { clock, at, loop } = loopOf(['failed', 'throw', 'failed', 'idle'])
    loop.start()
    await clock.run(0)
    loop.kick()
    await clock.run(4_000)
    const pauses = at.slice(1).map((time, index) => time - (at[index] as number))
    expect(pauses).toHaveLength(3)
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(250 * 2 ** index)
      expect(pause).toBeLessThan(500 * 2 ** index)
    }
    expect(loop.failures()).toBe(0)
  })

  it('never waits longer than its maximum, however often it failed', () => {
    const random = seededRandom(3)
    for (const failures of [7, 40, 2_000]) {
      const delayMs = retryDelayMs(failures, times, random)
      expect(delayMs).toBeGreaterThanOrEqual(15_000)
      expect(delayMs).toBeLessThan(30_000)
    }
  })

  it('after stop no round begins, and stop waits for the one that runs', async () => {
    const clock = createVirtualClock()
    let finish: (round: Round) => void = () => {}
    let rounds = 0
    const loop = createRetryLoop({ clock, times, random: seededRandom(1), round: () => (rounds += 1, new Promise((resolve) => { finish = resolve })) })
    loop.start()
    await clock.run(0)
    let stopped = false
    const stopping = loop.stop().then(() => { stopped = true })
    await clock.run(10)
    expect(stopped).toBe(false)
    finish('more')
    await stopping
    loop.kick()
    await clock.run(60_000)
    expect([rounds, clock.pending()]).toEqual([1, 0])
  })
})
