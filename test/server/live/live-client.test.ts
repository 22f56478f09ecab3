import { describe, expect, it } from 'vitest'
import { WAITING_EVENTS_MAX, createLiveClient } from '../../../server/live/live-client.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { createFakeSink } from './fake-sink.js'

const OVERFLOW = 'event: overflow\ndata: {}\n\n'
function opened() {
  const sink = createFakeSink()
  const clock = createVirtualClock()
  return { sink, clock, client: createLiveClient({ sink, clock }) }
}

describe('the line to one browser', () => {
  it('sends at once to a reader that keeps up', () => {
    const { sink, client } = opened()
    client.offer('a', '1')
    client.offer('a', '2')
    expect(sink.written).toEqual(['1', '2'])
  })

  it('keeps for a slow reader, of each thing the newest, and sends all in one piece', () => {
    const { sink, client } = opened()
    sink.stalled = true
    client.offer('a', '1')
    for (const [key, frame] of [['gate', 'g1'], ['b', '2'], ['gate', 'g2'], ['c', '3']] as const) client.offer(key, frame)
    expect(sink.written).toEqual(['1'])
    sink.drain()
    expect(sink.written).toEqual(['1', '2g23'])
    client.offer('d', '4')
    expect(sink.written).toEqual(['1', '2g23', '4'])
  })

  it('gives up a reader for whom too much waits: it is told, ended, and cut off where it does not take that either', () => {
    const { sink, client, clock } = opened()
    sink.stalled = true
    client.offer('first', 'x')
    for (let n = 0; n < WAITING_EVENTS_MAX; n++) client.offer(`event-${n}`, String(n))
    expect([client.isOpen(), sink.state]).toEqual([true, 'open'])
    client.offer('one-more', 'y')
    expect([client.isOpen(), sink.state, sink.written]).toEqual([false, 'ended', ['x', OVERFLOW]])
    client.offer('later', 'z')
    client.heartbeat()
    clock.advance(4_999)
    expect(sink.state).toBe('ended')
    clock.advance(1)
    expect([sink.state, sink.written.length]).toEqual(['destroyed', 2])
  })

  it('leaves a reader that took its end alone', () => {
    const { sink, client, clock } = opened()
    client.overflow()
    sink.close()
    clock.advance(60_000)
    expect([sink.state, clock.pending()]).toEqual(['ended', 0])
  })

  it('beats while the reader keeps up, and gives up one that takes nothing for two beats', () => {
    const { sink, client } = opened()
    client.heartbeat()
    expect(sink.written).toEqual([': \n\n'])
    sink.stalled = true
    client.offer('a', '1')
    client.heartbeat()
    sink.drain()
    sink.stalled = true
    client.offer('b', '2')
    client.heartbeat()
    expect(client.isOpen()).toBe(true)
    client.heartbeat()
    expect([client.isOpen(), sink.written.at(-1)]).toEqual([false, OVERFLOW])
  })

  it('writes nothing to a browser that is gone', () => {
    const { sink, client } = opened()
    sink.close()
    client.offer('a', '1')
    client.heartbeat()
    client.overflow()
    client.end()
    expect([client.isOpen(), sink.written]).toEqual([false, []])
  })
})
