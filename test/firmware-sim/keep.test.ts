import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type KeepQueue, type Kept, createKeepQueue } from '../../firmware-sim/controller/keep-queue.js'
import { RESEND_AFTER_MS, createKeepSender } from '../../firmware-sim/controller/keep-sender.js'
import { createVirtualClock } from '../support/virtual-clock.js'

const id = (n: number): string => `01900000-0000-7000-9000-${String(n).padStart(12, '0')}`
const BOOT = id(0)
const event = (n: number): Kept => ({
  kind: 'doorEvent', payload: { v: 1, eventId: id(n), bootId: BOOT, monoMs: n, wallMs: n, doorNo: 1, type: 'opened', live: false },
})
const numbers = (queue: KeepQueue): number[] => [...queue.pending()].map((message) => message.payload.monoMs)

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sim-keep-'))
  path = join(folder, 'kept')
})
afterEach(() => rmSync(folder, { recursive: true }))

const filled = (count: number, sizeMax = 1_000): KeepQueue => {
  const queue = createKeepQueue({ path, sizeMax })
  for (let n = 1; n <= count; n++) queue.keep(event(n))
  return queue
}

describe('keep queue', () => {
  it('holds what was kept and not acknowledged, in order, also for the next process', () => {
    expect(filled(4).acknowledge([id(2), id(99)])).toBe(1)
    const next = createKeepQueue({ path, sizeMax: 10 })
    expect(numbers(next)).toEqual([1, 3, 4])
    expect([...next.pending()][0]).toEqual(event(1))
  })

  it('reads a file whose last line was cut off by a power loss', () => {
    filled(2)
    appendFileSync(path, JSON.stringify({ keep: event(3) }).slice(0, 40))
    const next = createKeepQueue({ path, sizeMax: 10 })
    expect(numbers(next)).toEqual([1, 2])
    next.keep(event(4))
    expect(numbers(createKeepQueue({ path, sizeMax: 10 }))).toEqual([1, 2, 4])
  })

  it('gives up the oldest when it is full, and counts it', () => {
    const queue = filled(5, 3)
    expect(numbers(queue)).toEqual([3, 4, 5])
    expect(queue.lost()).toBe(2)
    expect(numbers(createKeepQueue({ path, sizeMax: 3 }))).toEqual([3, 4, 5])
  })

  it('does not grow its file with what is long acknowledged', () => {
    const queue = createKeepQueue({ path, sizeMax: 10 })
    for (let n = 1; n <= 5_000; n++) {
      queue.keep(event(n))
      queue.acknowledge([id(n)])
    }
    expect(queue.size()).toBe(0)
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(2_100)
  })
})

describe('keep sender', () => {
  const setUp = (queue: KeepQueue, isUp = () => true) => {
    const clock = createVirtualClock()
    const sent: Kept[] = []
    const sender = createKeepSender({ queue, clock, send: (message) => isUp() && sent.push(message) > 0, acknowledged: () => undefined })
    const take = (): Array<[monoMs: number, live: boolean | null]> =>
      sent.splice(0).map(({ kind, payload }) => [payload.monoMs, kind === 'doorEvent' ? payload.live : null])
    return { clock, sender, take }
  }

  it('sends at most 64 old messages ahead of their acknowledgement, the rest as they are acknowledged', () => {
    const { sender, take } = setUp(filled(100))
    sender.connected()
    expect(take()).toEqual(Array.from({ length: 64 }, (_, index) => [index + 1, false]))
    sender.acknowledge([id(1), id(2), id(3)])
    expect(take()).toEqual([[65, false], [66, false], [67, false]])
  })

  it('sends what happens now ahead of the backlog, as live; after a new connection it is not live any more', () => {
    const { sender, take } = setUp(filled(100))
    sender.connected()
    take()
    sender.offer(event(101))
    expect(take()).toEqual([[101, true]])
    sender.disconnected()
    sender.offer(event(102))
    expect(take()).toEqual([])
    sender.acknowledge(Array.from({ length: 64 }, (_, index) => id(index + 1)))
    sender.connected()
    expect(take().slice(-2)).toEqual([[101, false], [102, false]])
  })

  it('repeats what was not acknowledged after 5 s on the same connection, until it is', () => {
    const { clock, sender, take } = setUp(filled(0))
    sender.connected()
    sender.offer(event(1))
    expect(take()).toEqual([[1, true]])
    clock.advance(RESEND_AFTER_MS * 2)
    expect(take()).toContainEqual([1, true])
    sender.acknowledge([id(1)])
    clock.advance(RESEND_AFTER_MS * 3)
    expect(take()).toEqual([])
    sender.stop()
    expect(clock.pending()).toBe(0)
  })

  it('keeps a message that could not be sent, and sends it with the next check', () => {
    let isUp = false
    const { clock, sender, take } = setUp(filled(0), () => isUp)
    sender.connected()
    sender.offer(event(1))
    expect(take()).toEqual([])
    isUp = true
    clock.advance(RESEND_AFTER_MS)
    expect(take()).toEqual([[1, true]])
  })
})
