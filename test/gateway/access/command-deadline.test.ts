import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { type IssuedCommand, deadlineOf, dispatch } from '../../../gateway/access/command-deadline.js'
import { ageOf } from '../../../gateway/access/passing.js'
import { CLOCK_DRIFT_MAX, createDeviceClocks } from '../../../gateway/device/controller-clock.js'
import { POLICY } from '../../support/access-rig.js'
import { gate, uuid } from '../../support/factories.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const policy = POLICY
const controller = { bootId: uuid(5), monoMs: 70_000 }
const issued: IssuedCommand = { commandId: uuid(1), gate: gate(1), bootId: uuid(5), deadlineMonoMs: 71_900 }

describe('dispatch', () => {
  it('sends a command with the exact content of the grant', () => {
    expect(dispatch(issued, controller, 100, policy)).toEqual({
      kind: 'send', remainingMs: 1_900,
      command: { v: 1, commandId: uuid(1), bootId: uuid(5), doorNo: 1, action: 'open', releaseMs: 3_000, deadlineMonoMs: 71_900, frameAgeMs: 100 },
    })
  })

  it('moves a deadline earlier, never later', () => {
    expect(dispatch(issued, controller, 400, policy)).toMatchObject({ command: { deadlineMonoMs: 71_600 }, remainingMs: 1_600 })
    expect(dispatch(issued, { ...controller, monoMs: 70_800 }, 100, policy)).toMatchObject({ command: { deadlineMonoMs: 71_900 }, remainingMs: 1_100 })
  })

  it.each([
    ['no controller', undefined, 100, 'controller-offline'],
    ['another boot', { ...controller, bootId: uuid(6) }, 100, 'other-boot'],
    ['a frame that became stale during the commit', controller, 1_501, 'expired'],
    ['a frame of no known age', controller, Number.NaN, 'expired'],
    ['a deadline that is now', { ...controller, monoMs: 71_900 }, 100, 'expired'],
    ['a deadline that has passed', { ...controller, monoMs: 99_000 }, 100, 'expired'],
  ] as const)('withholds it with %s', (_, now, frameAgeMs, reason) => {
    expect(dispatch(issued, now, frameAgeMs, policy)).toEqual({ kind: 'withhold', reason })
  })
})

/**
 * One true time line. The gateway's monotonic clock is true time; the controller's runs at its own rate from its own
 * origin, its heartbeats take their time; the wall clock jumps at will and must not matter at all.
 */
const world = fc.record({
  rate: fc.double({ min: 1 - CLOCK_DRIFT_MAX, max: 1 + CLOCK_DRIFT_MAX, noNaN: true }),
  origin: fc.double({ min: 0, max: 1e9, noNaN: true }),
  heartbeats: fc.array(fc.record({ afterMs: fc.integer({ min: 1, max: 20_000 }), travelMs: fc.integer({ min: 0, max: 3_000 }) }), { minLength: 1, maxLength: 12 }),
  silenceMs: fc.integer({ min: 0, max: 60_000 }),
  frameTravelMs: fc.integer({ min: 0, max: 2_000 }),
  faceMs: fc.integer({ min: 0, max: 1_800 }),
  commitMs: fc.integer({ min: 0, max: 3_000 }),
  commandTravelMs: fc.integer({ min: 0, max: 10_000 }),
  wallJumpMs: fc.integer({ min: -4e9, max: 4e9 }),
})

describe('no clock skew, wall clock jump or delay makes an expired command valid', () => {
  it('a command that a controller accepts acts within its validity of the frame\'s receipt', () => {
    let accepted = 0
    fc.assert(fc.property(world, (drawn) => {
      const clock = createVirtualClock()
      const startMs = clock.monoMs()
      const controllerAt = (trueMs: number): number => drawn.origin + (trueMs - startMs) * drawn.rate
      const clocks = createDeviceClocks({ clock })
      let saidMs = startMs
      const receipts = drawn.heartbeats.map(({ afterMs, travelMs }) => {
        saidMs += afterMs
        return { receivedMs: saidMs + travelMs, monoMs: controllerAt(saidMs) }
      })
      // One connection delivers in order: a message waits for the one before it.
      for (const { receivedMs, monoMs } of receipts) {
        clock.advance(Math.max(0, receivedMs - clock.monoMs()))
        clocks.hear('ctl-1', { bootId: uuid(5), monoMs }, clock.monoMs())
      }
      clock.advance(drawn.silenceMs)
      const frame = { receivedMonoMs: clock.monoMs() + drawn.frameTravelMs, lagMs: 0 }
      clock.advance(drawn.frameTravelMs + drawn.faceMs)
      const known = clocks.controllerClock('ctl-1')
      if (known === undefined) throw new Error('the controller has said its clock')
      expect(known.monoMs).toBeLessThanOrEqual(controllerAt(clock.monoMs()) + 1e-6)
      const deadlineMonoMs = deadlineOf(known, ageOf(frame, clock.monoMs()), policy.commandValidityMs)
      clock.jumpWall(drawn.wallJumpMs)
      clock.advance(drawn.commitMs)
      const way = dispatch({ ...issued, deadlineMonoMs }, clocks.controllerClock('ctl-1'), ageOf(frame, clock.monoMs()), policy)
      if (way.kind === 'withhold') return
      clock.advance(drawn.commandTravelMs)
      // The controller's own rule, and nothing but its own clock: at or after the deadline the command is dead.
      if (controllerAt(clock.monoMs()) >= way.command.deadlineMonoMs) return
      accepted++
      const actedAfterMs = clock.monoMs() - frame.receivedMonoMs
      expect(actedAfterMs).toBeLessThanOrEqual(policy.commandValidityMs * (1 + 2 * CLOCK_DRIFT_MAX))
    }), { numRuns: 3_000 })
    expect(accepted).toBeGreaterThan(100)
  })
})
