import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { LIVE_KINDS, createLiveFeed } from '../../../server/web/kit/live/live-feed.js'
import { FakeStream } from './support/fake-stream.js'
import { settled } from './support/promises.js'

function rig(may: () => Promise<boolean> = () => Promise.resolve(true)) {
  const clock = createVirtualClock()
  const streams: FakeStream[] = []
  const log: string[] = []
  const feed = createLiveFeed({
    kinds: LIVE_KINDS,
    open: (url) => { streams.push(new FakeStream(url)); return streams.at(-1) as FakeStream },
    after: (delayMs, callback) => clock.after(delayMs, callback),
    maySubscribe: may,
    onState: (state) => log.push(state),
    onOpen: () => void log.push('open'),
    onEvent: (kind, payload) => log.push(`${kind} ${JSON.stringify(payload)}`),
  })
  return { clock, streams, log, feed, last: () => streams.at(-1) as FakeStream }
}

describe('live events', () => {
  it('come from the stream by kind, and nothing unreadable gets through', () => {
    const { feed, last, log } = rig()
    feed.start('/api/live')
    last().open()
    last().emit('access', '{"a":1}')
    last().emit('gate', '{"b":')
    last().emit('integrity', '{}')
    expect(log).toEqual(['connecting', 'live', 'open', 'access {"a":1}', 'integrity {}'])
  })

  it('are left to the browser while it retries by itself', () => {
    const { feed, streams, last, log, clock } = rig()
    feed.start('/api/live')
    last().open()
    last().fail(0)
    expect([streams.length, log.at(-1), clock.pending()]).toEqual([1, 'reconnecting', 0])
    last().open()
    expect(log.slice(-2)).toEqual(['live', 'open'])
  })

  it('are asked for again, ever more slowly, where the browser gave up, and at first speed after success', async () => {
    const { feed, streams, last, clock } = rig()
    feed.start('/api/live')
    const waits: number[] = []
    for (let round = 0; round < 7; round++) {
      last().fail(2)
      const before = clock.monoMs()
      const count = streams.length
      while (streams.length === count) {
        clock.advance(500)
        await settled()
      }
      waits.push(clock.monoMs() - before)
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    last().open()
    last().fail(2)
    clock.advance(1_000)
    await settled()
    expect(streams.length).toBe(9)
  })

  it('begin anew after an overflow, and the page is told that it missed some', async () => {
    const { feed, streams, last, clock, log } = rig()
    feed.start('/api/live')
    last().open()
    last().emit('overflow')
    expect(streams[0]?.readyState).toBe(2)
    clock.advance(1_000)
    await settled()
    last().open()
    expect([streams.length, ...log.slice(-3)]).toEqual([2, 'reconnecting', 'live', 'open'])
  })

  it('end where the session has ended', async () => {
    const { feed, streams, last, clock, log } = rig(() => Promise.resolve(false))
    feed.start('/api/live')
    last().fail(2)
    clock.advance(60_000)
    await settled()
    expect([streams.length, log.at(-1), clock.pending()]).toEqual([1, 'off', 0])
  })

  it('of an earlier stream are not heard after a new start or a stop', async () => {
    const { feed, streams, last, log, clock } = rig()
    feed.start('/api/live?estateId=a')
    const first = last()
    feed.start('/api/live?estateId=b')
    first.open()
    first.emit('access', '{}')
    expect(log).toEqual(['connecting', 'connecting'])
    last().fail(2)
    feed.stop()
    clock.advance(60_000)
    await settled()
    expect([streams.length, log.at(-1)]).toEqual([2, 'off'])
  })
})
