import { describe, expect, it } from 'vitest'
import { encodeMessage } from '../../../gateway/contract/codec.js'
import { createFairShare } from '../../../gateway/broker/fair-share.js'
import { BROKER_LIMITS } from '../../../gateway/broker/limits.js'
import type { DeviceSession } from '../../../gateway/broker/session-table.js'
import { createVirtualClock, settle } from '../../support/virtual-clock.js'
import { UUID, startRig } from './broker-rig.js'

/** A session whose link tells whether it is read. */
function sessionOf(deviceId: string) {
  const state = { isRead: true }
  const link = { hold: () => void (state.isRead = false), release: () => void (state.isRead = true) }
  return { state, session: { access: { address: { deviceId } }, link, handling: 0, keeping: 0, isResting: false } as unknown as DeviceSession }
}
const never = () => new Promise<void>(() => undefined)

describe('a device\'s share of the gateway', () => {
  it('has a few places among what must be kept, and more among what need not', async () => {
    const share = createFairShare({ clock: createVirtualClock() })
    const [a, b] = [sessionOf('a'), sessionOf('b')]
    let finish: () => void = () => undefined
    share.follow(a.session, new Promise((resolve) => (finish = resolve)), true)
    for (let n = 1; n < BROKER_LIMITS.keptInFlightMax - 1; n++) share.follow(a.session, never(), true)
    expect(a.state.isRead).toBe(true)
    share.follow(a.session, never(), true)
    for (let n = 0; n < BROKER_LIMITS.handlersInFlightMax - 1; n++) share.follow(b.session, never(), false)
    expect([a.state.isRead, b.state.isRead]).toEqual([false, true])
    share.follow(b.session, never(), false)
    finish()
    await settle()
    expect([a.state.isRead, b.state.isRead]).toEqual([true, false])
  })

  it('rests after a burst, then is read at an even pace; a new connection begins no new burst', async () => {
    const clock = createVirtualClock()
    const share = createFairShare({ clock })
    const bursts = async (session: DeviceSession, state: { isRead: boolean }): Promise<number> => {
      let taken = 0
      while (state.isRead) {
        share.follow(session, Promise.resolve(), true)
        await settle()
        taken++
      }
      return taken
    }
    const [first, again, other] = [sessionOf('bad'), sessionOf('bad'), sessionOf('good')]
    expect(await bursts(first.session, first.state)).toBe(BROKER_LIMITS.keptBurst)
    expect(await bursts(again.session, again.state)).toBe(1)
    expect(await bursts(other.session, other.state)).toBe(BROKER_LIMITS.keptBurst)
    let taken = 0
    for (let ms = 0; ms < 1_000; ms += 10) {
      clock.advance(10)
      await settle()
      taken += await bursts(again.session, again.state)
    }
    expect(taken).toBeLessThanOrEqual(1_000 / BROKER_LIMITS.keptPaceMs)
    expect(taken).toBeGreaterThan(40)
  })
})

describe('an admitted device that floods valid events', () => {
  it('has no more of them under way than its share, is served to the last, and nobody waits for it', async () => {
    const rig = await startRig()
    try {
      const [bad, good] = [await rig.device('controller', 'bad-1'), await rig.device('controller', 'good-1')]
      const begun: string[] = []
      const finish: Array<() => void> = []
      rig.handlers.doorEvent = ({ deviceId }, { eventId }) => {
        begun.push(`${deviceId} ${eventId}`)
        return deviceId === 'good-1' ? undefined : new Promise((resolve) => finish.push(resolve))
      }
      const [flooder, witness] = [await rig.connected(bad), await rig.connected(good)]
      const event = (n: number) => encodeMessage('doorEvent', {
        v: 1, eventId: `${UUID.slice(0, -4)}${String(n).padStart(4, '0')}`, bootId: UUID, monoMs: 1, wallMs: 1, doorNo: 1, type: 'opened', live: true,
      })
      const sent = Array.from({ length: 40 }, (_, n) => flooder.publishAsync(bad.topic('doorEvent'), event(n), { qos: 1 }))
      await expect.poll(() => begun.length, { timeout: 20_000 }).toBe(BROKER_LIMITS.keptInFlightMax)
      await witness.publishAsync(good.topic('doorEvent'), event(100), { qos: 1 })
      expect([begun.filter((line) => line.startsWith('bad-1')).length, begun.some((line) => line.startsWith('good-1'))]).toEqual([BROKER_LIMITS.keptInFlightMax, true])
      for (let n = 0; n < 40; n++) {
        while (finish[n] === undefined) await new Promise((resolve) => setImmediate(resolve))
        finish[n]?.()
      }
      await Promise.all(sent)
      expect(begun.filter((line) => line.startsWith('bad-1'))).toEqual(Array.from({ length: 40 }, (_, n) => `bad-1 ${UUID.slice(0, -4)}${String(n).padStart(4, '0')}`))
    } finally {
      await rig.stop()
    }
  }, 30_000)
})
