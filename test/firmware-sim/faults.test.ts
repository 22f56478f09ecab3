import { describe, expect, it } from 'vitest'
import { createBystanders } from '../../firmware-sim/controller/bystanders.js'
import { backoffMs } from '../../firmware-sim/device/backoff.js'
import { NO_FAULTS, faultyLink, parseFaults, recurring } from '../../firmware-sim/faults.js'
import { seededRandom } from '../../gateway/kernel/random.js'
import { createVirtualClock } from '../support/virtual-clock.js'

describe('fault list', () => {
  it('is read from text', () => {
    expect(parseFaults('none')).toEqual({ ok: true, value: NO_FAULTS })
    expect(parseFaults('drop=30,reboot=120,duplicate=0.1,delay=0.2,delay-ms=800,skew-ms=-3600000,door=60,fire=600,drift-ppm=-50,broken=90,stuck=0.5,deaf=0.3,firmware=1')).toEqual({
      ok: true,
      value: { ...NO_FAULTS, driftPpm: -50, brokenSeconds: 90, stuck: 0.5, deaf: 0.3, firmware: 1, dropSeconds: 30, rebootSeconds: 120, duplicate: 0.1, delay: 0.2, delayMsMax: 800, skewMs: -3_600_000, doorSeconds: 60, fireSeconds: 600 },
    })
  })

  for (const [text, error] of [
    ['', 'fault "": one of drop, reboot, door, fire, duplicate, delay, delay-ms, skew-ms, drift-ppm, broken, stuck, deaf, firmware, absent, garbage, flood'],
    ['drop=30,hunger=1', 'fault "hunger": one of drop, reboot, door, fire, duplicate, delay, delay-ms, skew-ms, drift-ppm, broken, stuck, deaf, firmware, absent, garbage, flood'],
    ['drop', 'fault drop: a number from 0 to 86400, not ""'],
    ['duplicate=1.5', 'fault duplicate: a number from 0 to 1, not "1.5"'],
    ['skew-ms=1e9', 'fault skew-ms: a number from -86400000 to 86400000, not "1e9"'],
  ] as const) it(`refuses ${JSON.stringify(text)}`, () => expect(parseFaults(text)).toEqual({ ok: false, error }))
})

describe('faults by seed', () => {
  const arrivals = (seed: number): number[] => {
    const clock = createVirtualClock()
    const link = faultyLink({ ...NO_FAULTS, duplicate: 0.3, delay: 0.5, delayMsMax: 1_000 }, seededRandom(seed), clock)
    const seen: number[] = []
    for (let n = 0; n < 100; n++) link(() => seen.push(n))
    clock.advance(1_000)
    return seen
  }

  it('a link delivers everything at least once, some twice, some late; the same way for the same seed', () => {
    const seen = arrivals(4)
    expect(new Set(seen).size).toBe(100)
    expect(seen.length).toBeGreaterThan(115)
    expect(seen).not.toEqual([...seen].sort((a, b) => a - b))
    expect(arrivals(4)).toEqual(seen)
    expect(arrivals(5)).not.toEqual(seen)
  })

  it('a link without faults delivers at once and in order', () => {
    const seen: number[] = []
    const link = faultyLink(NO_FAULTS, seededRandom(1), createVirtualClock())
    for (let n = 0; n < 5; n++) link(() => seen.push(n))
    expect(seen).toEqual([0, 1, 2, 3, 4])
  })

  it('a recurring fault comes about as often as asked, never with 0, and not after its end', () => {
    const clock = createVirtualClock()
    let times = 0
    const fault = recurring(10, seededRandom(2), clock, () => (times += 1))
    const never = recurring(0, seededRandom(2), clock, () => { throw new Error('came') })
    fault.start()
    never.start()
    clock.advance(10_000_000)
    expect(times).toBeGreaterThan(900)
    expect(times).toBeLessThan(1_100)
    fault.stop()
    expect(clock.pending()).toBe(0)
  })

  it('reconnects are spread: between 0.1 s and a ceiling that doubles up to 15 s', () => {
    const random = seededRandom(9)
    for (let attempt = 0; attempt < 40; attempt++) {
      const pause = backoffMs(attempt, random)
      expect(pause).toBeGreaterThanOrEqual(100)
      expect(pause).toBeLessThanOrEqual(Math.min(15_000, 500 * 2 ** attempt))
    }
    expect(new Set(Array.from({ length: 20 }, () => backoffMs(6, random))).size).toBe(20)
  })
})

describe('bystanders', () => {
  const watch = (faults: Partial<typeof NO_FAULTS>) => {
    const clock = createVirtualClock()
    const done: string[] = []
    const bystanders = createBystanders({
      doors: 2, heldOpenAfterMs: 15_000, faults: { ...NO_FAULTS, ...faults }, clock, random: seededRandom(11),
      hands: {
        contact: (doorNo, contact) => done.push(`${contact} ${doorNo}`),
        exitButton: (doorNo) => done.push(`exit ${doorNo}`),
        tamper: (active) => done.push(`tamper ${active}`),
        fireInput: (active) => done.push(`fire ${active}`),
        fireReset: () => done.push('reset'),
      },
    })
    bystanders.start()
    return { clock, done, bystanders }
  }

  it('walk through a released door and let it fall shut', () => {
    const { clock, done, bystanders } = watch({})
    bystanders.released(2)
    clock.advance(299)
    expect(done).toEqual([])
    clock.advance(4_000)
    expect(done).toEqual(['open 2', 'closed 2'])
  })

  it('force doors, hold them open, open the cover and raise the alarm, each of it to its end', () => {
    const { clock, done, bystanders } = watch({ doorSeconds: 60, fireSeconds: 600 })
    clock.advance(3_600_000)
    for (const deed of ['open 1', 'closed 1', 'open 2', 'closed 2', 'exit 1', 'tamper true', 'tamper false', 'fire true', 'fire false', 'reset']) {
      expect(done).toContain(deed)
    }
    bystanders.stop()
    expect(clock.pending()).toBe(0)
  })
})
