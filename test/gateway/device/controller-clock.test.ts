import { describe, expect, it } from 'vitest'
import { CLOCK_DRIFT_MAX, createDeviceClocks } from '../../../gateway/device/controller-clock.js'
import { uuid } from '../../support/factories.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const BOOT = uuid(1)

describe('controller clock', () => {
  const setUp = () => {
    const clock = createVirtualClock()
    const clocks = createDeviceClocks({ clock })
    return { clock, clocks, hear: (monoMs: number, bootId = BOOT): void => clocks.hear('ctl-1', { bootId, monoMs }, clock.monoMs()) }
  }

  it('is unknown before the first word and after the connection', () => {
    const { clocks, hear } = setUp()
    expect(clocks.controllerClock('ctl-1')).toBeUndefined()
    hear(5_000)
    expect(clocks.controllerClock('ctl-1')).toEqual({ bootId: BOOT, monoMs: 5_000 })
    expect(clocks.controllerClock('ctl-2')).toBeUndefined()
    clocks.forget('ctl-1')
    expect(clocks.controllerClock('ctl-1')).toBeUndefined()
  })

  it('goes on by the gateway\'s clock, slowed by the largest drift', () => {
    const { clock, clocks, hear } = setUp()
    hear(5_000)
    clock.advance(10_000)
    expect(clocks.controllerClock('ctl-1')?.monoMs).toBeCloseTo(15_000 - 10_000 * CLOCK_DRIFT_MAX, 6)
  })

  it('takes the best of the recent words: one that travelled slowly changes nothing', () => {
    const { clock, clocks, hear } = setUp()
    hear(5_000)
    clock.advance(1_000)
    hear(5_200)
    expect(clocks.controllerClock('ctl-1')?.monoMs).toBeCloseTo(6_000 - 1_000 * CLOCK_DRIFT_MAX, 6)
    clock.advance(1_000)
    hear(7_100)
    expect(clocks.controllerClock('ctl-1')?.monoMs).toBe(7_100)
  })

  it('forgets a lucky word after eight more', () => {
    const { clock, clocks, hear } = setUp()
    hear(100_000)
    for (let i = 1; i <= 8; i++) {
      clock.advance(1_000)
      hear(100_000 + i * 1_000 - 300)
    }
    expect(clocks.controllerClock('ctl-1')?.monoMs).toBe(107_700)
  })

  it('starts anew with another boot', () => {
    const { clock, clocks, hear } = setUp()
    hear(900_000)
    clock.advance(1_000)
    hear(40, uuid(2))
    expect(clocks.controllerClock('ctl-1')).toEqual({ bootId: uuid(2), monoMs: 40 })
  })

  it('believes the lower word of a clock that went back', () => {
    const { clock, clocks, hear } = setUp()
    hear(900_000)
    clock.advance(1_000)
    hear(2_000)
    expect(clocks.controllerClock('ctl-1')).toEqual({ bootId: BOOT, monoMs: 2_000 })
  })

  it('does not look at any wall clock', () => {
    const { clock, clocks, hear } = setUp()
    hear(5_000)
    clock.jumpWall(-3_600_000)
    expect(clocks.controllerClock('ctl-1')?.monoMs).toBe(5_000)
  })
})

describe('age of a frame by its camera\'s clock', () => {
  const frame = (monoMs: number, receivedMonoMs: number, bootId = BOOT) => ({ deviceId: 'cam-1', bootId, monoMs, receivedMonoMs })

  it('adds what the frame waited before its receipt, and never takes anything away', () => {
    const clock = createVirtualClock()
    const clocks = createDeviceClocks({ clock })
    expect(clocks.lagMs(frame(1, 1))).toBe(0)
    clocks.hear('cam-1', { bootId: BOOT, monoMs: 50_000 }, clock.monoMs())
    const receivedMonoMs = clock.monoMs() + 4_000
    clock.advance(9_000)
    expect(clocks.lagMs(frame(53_990, receivedMonoMs))).toBeCloseTo(10 - 4, 6)
    expect(clocks.lagMs(frame(43_000, receivedMonoMs))).toBeCloseTo(11_000 - 4, 6)
    expect(clocks.lagMs(frame(99_000, receivedMonoMs))).toBe(0)
    expect(clocks.lagMs(frame(1, receivedMonoMs, uuid(2)))).toBe(0)
  })
})
