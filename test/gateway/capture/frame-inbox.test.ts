import { beforeEach, describe, expect, it } from 'vitest'
import { type FrameInbox, createFrameInbox } from '../../../gateway/capture/frame-inbox.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { bootId, envelope, frameId } from './frames.js'

describe('frame inbox', () => {
  const clock = createVirtualClock()
  let lines: string[]
  let inbox: FrameInbox
  beforeEach(() => {
    lines = []
    inbox = createFrameInbox({
      camerasMax: 3, clock, admits: () => true,
      observer: { received: () => {}, dropped: (reason, cameraId) => lines.push(`${cameraId} ${reason}`) },
    })
  })
  const nobody = (_camera: string): boolean => false
  const takeAll = (isBusy = nobody): string[] => {
    const out: string[] = []
    for (let one = inbox.take(isBusy); one !== undefined; one = inbox.take(isBusy)) out.push(`${one.frame.cameraId} ${one.frame.frameId}`)
    return out
  }

  it('keeps the newest frame of each camera, stamped with its own receipt, and counts the one it replaced', () => {
    inbox.offer('a', envelope(1))
    clock.advance(40)
    expect(inbox.offer('a', envelope(2, { capturedMonoMs: 77 }))).toBe(true)
    expect(inbox.take(nobody)).toEqual({
      frame: { cameraId: 'a', frameId: frameId(2), bootId: bootId(1), capturedMonoMs: 77, receivedMonoMs: clock.monoMs() },
      image: envelope(2).image,
    })
    expect([lines, inbox.take(nobody)]).toEqual([['a superseded'], undefined])
  })

  it('serves cameras in the order in which they began to wait, however often one of them sends', () => {
    inbox.offer('a', envelope(1))
    inbox.offer('b', envelope(1))
    for (let n = 2; n < 20; n++) inbox.offer('a', envelope(n))
    inbox.offer('c', envelope(1))
    expect(takeAll()).toEqual([`a ${frameId(19)}`, `b ${frameId(1)}`, `c ${frameId(1)}`])
    inbox.offer('a', envelope(20))
    inbox.offer('b', envelope(2))
    expect(inbox.take(nobody)?.frame.cameraId).toBe('a')
    inbox.offer('a', envelope(21))
    expect(takeAll()).toEqual([`b ${frameId(2)}`, `a ${frameId(21)}`])
  })

  it('passes over a busy camera without losing its turn', () => {
    for (const camera of ['a', 'b', 'c']) inbox.offer(camera, envelope(1))
    expect(takeAll((camera) => camera === 'a')).toEqual([`b ${frameId(1)}`, `c ${frameId(1)}`])
    inbox.offer('b', envelope(2))
    expect(takeAll()).toEqual([`a ${frameId(1)}`, `b ${frameId(2)}`])
  })

  it('holds no more cameras than it may; those that wait are not pushed out', () => {
    for (const camera of ['a', 'b', 'c', 'd']) inbox.offer(camera, envelope(1))
    inbox.offer('a', envelope(2))
    expect(lines).toEqual(['d too-many-cameras', 'a superseded'])
    expect(inbox.size()).toBe(3)
    expect(takeAll()).toEqual([`a ${frameId(2)}`, `b ${frameId(1)}`, `c ${frameId(1)}`])
  })

  it('ignores repeats and what comes too late, and does not let it replace what waits', () => {
    inbox.offer('a', envelope(5))
    for (const late of [envelope(5), envelope(4), envelope(1), { ...envelope(6), header: { ...envelope(6).header, frameId: frameId(5) } }]) {
      expect(inbox.offer('a', late)).toBe(false)
    }
    expect(inbox.offer('a', envelope(5, { frameId: frameId(50) }))).toBe(false)
    expect(lines).toEqual(['a duplicate', 'a out-of-order', 'a out-of-order', 'a duplicate', 'a out-of-order'])
    expect(takeAll()).toEqual([`a ${frameId(5)}`])
    expect(inbox.offer('b', envelope(5))).toBe(true)
  })

  it('starts anew with a boot, and takes nothing more of an earlier one', () => {
    inbox.offer('a', envelope(900))
    expect(inbox.offer('a', envelope(1, { bootId: bootId(2), frameId: frameId(7_001) }))).toBe(true)
    expect(inbox.offer('a', envelope(901))).toBe(false)
    expect(inbox.offer('a', envelope(2, { bootId: bootId(2), frameId: frameId(7_002) }))).toBe(true)
    expect(lines).toEqual(['a superseded', 'a out-of-order', 'a superseded'])
  })

  it('remembers within bounds: a camera that boots with every frame, and ids of long ago', () => {
    for (let n = 1; n <= 1_000; n++) expect(inbox.offer('a', envelope(1, { bootId: bootId(n), frameId: frameId(n) }))).toBe(true)
    expect(inbox.offer('a', envelope(2, { bootId: bootId(995), frameId: frameId(2_000) }))).toBe(false)
    expect(inbox.offer('a', envelope(2, { bootId: bootId(1), frameId: frameId(2_001) }))).toBe(true)
  })

  it('tells of every frame that it drops at the end', () => {
    inbox.offer('a', envelope(1))
    inbox.offer('b', envelope(1))
    inbox.clear()
    expect([lines, inbox.size()]).toEqual([['a stopping', 'b stopping'], 0])
  })
})
