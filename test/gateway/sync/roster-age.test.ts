import { describe, expect, it } from 'vitest'
import { createRosterAge } from '../../../gateway/sync/roster-age.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const HOUR_MS = 3_600_000

async function setUp() {
  const store = await openStore()
  const clock = createVirtualClock()
  const life = () => createRosterAge({ store, clock, log: createRecordingLog() })
  /** The timer that writes it down, and its transaction. */
  const pass = async (ms: number): Promise<void> => {
    await clock.run(ms)
    await store.transact(async () => undefined)
  }
  return { store, clock, life, pass }
}

describe('the age of the roster', () => {
  it('begins with nothing on a gateway that never wrote it down', async () => {
    const { life, pass } = await setUp()
    const age = life()
    await age.start()
    await pass(5 * HOUR_MS)
    expect(age.ageMs()).toBe(5 * HOUR_MS)
    age.heard()
    expect(age.ageMs()).toBe(0)
    await age.stop()
  })

  it('goes on over a stop and the time without a process', async () => {
    const { clock, life, pass } = await setUp()
    const first = life()
    await first.start()
    await pass(2 * HOUR_MS)
    await first.stop()
    clock.advance(HOUR_MS)
    const second = life()
    await second.start()
    expect(second.ageMs()).toBe(3 * HOUR_MS)
    await second.stop()
  })

  it('forgets no more than ten minutes where the process was killed and the clock set back by a year', async () => {
    const { clock, life, pass } = await setUp()
    await life().start()
    await pass(40 * HOUR_MS + 599_999)
    clock.jumpWall(-365 * 24 * HOUR_MS)
    const second = life()
    await second.start()
    expect(second.ageMs()).toBe(40 * HOUR_MS)
  })

  it('a disk that takes nothing stops nothing', async () => {
    const { store, clock } = await setUp()
    const log = createRecordingLog()
    const age = createRosterAge({ store: { ...store, transact: () => Promise.reject(new Error('disk full')) }, clock, log })
    await age.start()
    await clock.run(2 * HOUR_MS)
    expect([age.ageMs(), log.lines.length]).toEqual([2 * HOUR_MS, 12])
    await age.stop()
  })
})
