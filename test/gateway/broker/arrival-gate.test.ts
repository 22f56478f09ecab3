import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Stranger, createArrivalGate } from '../../../gateway/broker/arrival-gate.js'
import { BROKER_LIMITS } from '../../../gateway/broker/limits.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { startRig } from './broker-rig.js'

/** Connections that come to the gate, and whose turn came, by address, in order. */
function setUp() {
  const clock = createVirtualClock()
  const begun: string[] = []
  let refused = 0
  const gate = createArrivalGate({ clock, onRefused: () => { refused++ } })
  const arrive = (remoteAddress: string) => {
    const one: { stranger?: Stranger; closed: boolean; close(): void } = {
      closed: false,
      close() {
        if (one.closed) return
        one.closed = true
        socket.emit('close')
      },
    }
    const socket = Object.assign(new EventEmitter(), { remoteAddress, destroy: () => one.close() }) as unknown as Socket
    gate.arrive(socket, (stranger) => {
      begun.push(remoteAddress)
      one.stranger = stranger
    })
    return one
  }
  return { clock, begun, arrive, refused: () => refused }
}
const { handshakesAtOncePerAddressMax: AT_ONCE, handshakePacePerAddressMs: PACE_MS, strangersPerAddressMax, strangersMax, strangerMsMax } = BROKER_LIMITS

describe('connections that are no devices yet', () => {
  it('begin at once where there are few, and leave nothing behind', () => {
    const { clock, begun, arrive } = setUp()
    const one = arrive('10.0.0.1')
    expect(begun).toEqual(['10.0.0.1'])
    one.stranger?.greeted()
    one.stranger?.admitted()
    one.close()
    expect(clock.pending()).toBe(0)
  })

  it('that need no handshake hold nobody up, however many they are', () => {
    const clock = createVirtualClock()
    let begun = 0
    const gate = createArrivalGate({ clock, onRefused: () => undefined })
    for (let n = 0; n < 20; n++) {
      const socket = Object.assign(new EventEmitter(), { remoteAddress: '10.0.0.1', destroy: () => undefined }) as unknown as Socket
      gate.arrive(socket, ({ greeted }) => {
        begun++
        greeted()
      })
    }
    clock.advance(20 * PACE_MS)
    expect(begun).toBe(20)
  })

  it('from one address so many shake hands at once and so many a second; another address waits for none of them', () => {
    const { clock, begun, arrive } = setUp()
    const storm = Array.from({ length: 40 }, () => arrive('10.0.0.66'))
    expect(begun).toHaveLength(AT_ONCE)
    clock.advance(3_000)
    expect(begun).toHaveLength(AT_ONCE)
    arrive('10.0.0.1')
    expect(begun.at(-1)).toBe('10.0.0.1')
    for (let second = 0; second < 40; second++) {
      for (const { stranger } of storm) stranger?.greeted()
      clock.advance(PACE_MS)
    }
    expect(begun.filter((address) => address === '10.0.0.66')).toHaveLength(40)
  })

  it('keep the pace although each is over before the next comes', () => {
    const { clock, begun, arrive } = setUp()
    const all: Array<ReturnType<typeof arrive>> = []
    for (let ms = 0; ms < 10_000; ms += 5) {
      all.push(arrive('10.0.0.66'))
      for (const { stranger, close } of all) if (stranger !== undefined) close()
      clock.advance(5)
    }
    const pace = 10_000 / PACE_MS + BROKER_LIMITS.handshakeBurstPerAddress
    expect(begun.length).toBeGreaterThan(0.9 * pace)
    expect(begun.length).toBeLessThanOrEqual(pace)
  })

  it('are served address by address', () => {
    const { clock, begun, arrive } = setUp()
    const all = [...Array.from({ length: 30 }, () => arrive('10.0.0.66')), ...Array.from({ length: 2 }, () => arrive('10.0.0.2'))]
    for (let turn = 0; turn < 4; turn++) {
      for (const { stranger } of all) stranger?.greeted()
      clock.advance(PACE_MS)
    }
    expect(begun.filter((address) => address === '10.0.0.2')).toHaveLength(2)
  })

  it('one too many of an address, or of all, is closed and counted, and its place is free again once another is a device or gone', () => {
    const { arrive, refused } = setUp()
    const full = Array.from({ length: strangersPerAddressMax }, () => arrive('10.0.0.66'))
    expect([arrive('10.0.0.66').closed, refused()]).toEqual([true, 1])
    full[0]?.stranger?.admitted()
    full[1]?.close()
    expect([arrive('10.0.0.66').closed, arrive('10.0.0.66').closed, arrive('10.0.0.66').closed, refused()]).toEqual([false, false, true, 2])
    for (let n = 0; n < strangersMax - strangersPerAddressMax; n++) arrive(`10.0.1.${n}`)
    expect([arrive('10.0.2.1').closed, refused()]).toEqual([true, 3])
  })

  it('end after their time, begun or not, and a device does not', () => {
    const { clock, arrive } = setUp()
    const all = Array.from({ length: AT_ONCE + 2 }, () => arrive('10.0.0.66'))
    all[0]?.stranger?.admitted()
    clock.advance(strangerMsMax)
    expect(all.map(({ closed }) => closed)).toEqual([false, ...Array(AT_ONCE + 1).fill(true)])
    expect(clock.pending()).toBe(0)
  })
})

describe('the broker’s door', () => {
  it('thirty devices of one address all get in, while ten connections say nothing at it', { timeout: 60_000 }, async () => {
    const rig = await startRig()
    const devices = await Promise.all(Array.from({ length: 30 }, (_, n) => rig.device('camera', `cam-${n + 1}`)))
    // Silent from the first byte on: they hold the handshakes of their address until they are given up.
    const silent = Array.from({ length: 10 }, () => connect({ host: '127.0.0.1', port: rig.port, localAddress: '127.0.0.9' }))
    for (const one of silent) one.on('error', () => undefined)
    await Promise.all(devices.map((device) => rig.connected(device)))
    expect(rig.transport.connectedCount()).toBe(30)
    expect(rig.journal.lines.filter((line) => line.startsWith('rejected'))).toEqual([])
    for (const one of silent) one.destroy()
    await rig.stop()
  })
})
