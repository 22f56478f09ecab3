import { beforeEach, describe, expect, it } from 'vitest'
import type { SeenFrame } from '../../../gateway/access/ports.js'
import { type PassageKeeper, createPassageKeeper } from '../../../gateway/capture/passage-keeper.js'
import type { FaceMemory, Strike, Track } from '../../../gateway/face/track.js'
import type { FaceOutcome } from '../../../gateway/face/types.js'
import { type VirtualClock, createVirtualClock } from '../../support/virtual-clock.js'
import { bootId, frameId } from './frames.js'

const GAP_MS = 1_500
const box = { left: 0, top: 0, right: 100, bottom: 120, score: 0.9 }
const scores = { liveness: 0.3, score: 0.7, margin: 0.2, threshold: 0.5, gallerySize: 3 }
const embedding = new Float32Array([1, 0])

describe('passage keeper', () => {
  let clock: VirtualClock
  let keeper: PassageKeeper
  let gone: Array<[string, FaceOutcome]>
  let frames: number
  beforeEach(() => {
    clock = createVirtualClock()
    gone = []
    frames = 0
    keeper = createPassageKeeper({ camerasMax: 2, clock, onGone: (frame, outcome) => void gone.push([frame.frameId, outcome]) })
  })
  const frame = (cameraId = 'a'): SeenFrame =>
    ({ cameraId, frameId: frameId(++frames), bootId: bootId(1), capturedMonoMs: 1, receivedMonoMs: clock.monoMs() })
  const memory = (state: Track['state'], startedMs: number, strikes: Strike[] = []): FaceMemory => ({
    strikes,
    track: {
      state, startedMs, lastMs: clock.monoMs(), closesMs: clock.monoMs() + GAP_MS, grantedMs: null, box,
      frames: [{ logOdds: -1, embedding }], count: 1, live: false,
    },
  })
  const undecided = (next: FaceMemory): FaceOutcome =>
    ({ kind: 'undecided', stage: 'liveness', reason: 'not-live', scores, box, timings: { detect: 3 }, memory: next })
  const matched = (next: FaceMemory): FaceOutcome => ({ kind: 'matched', personRef: 'p', scores, box, timings: {}, memory: next })
  const see = (outcome: FaceOutcome, cameraId = 'a'): SeenFrame => {
    const seen = frame(cameraId)
    keeper.begin(seen)
    keeper.end(seen, outcome)
    return seen
  }
  const refusal: FaceOutcome = { kind: 'refused', stage: 'liveness', reason: 'not-live', scores, box, timings: { detect: 3 } }

  it('hands each camera what its last frame left, and no other camera’s', () => {
    const left = memory('open', 7)
    expect(keeper.begin(frame())).toEqual({ atMs: clock.monoMs(), memory: null })
    see(undecided(left))
    expect(keeper.begin(frame()).memory).toBe(left)
    expect(keeper.begin(frame('b')).memory).toBeNull()
  })

  it('refuses a face that goes undecided, with its last frame, once, when the gap is over', () => {
    see(undecided(memory('open', 7)))
    clock.advance(1_000)
    const last = see(undecided(memory('open', 7)))
    clock.advance(GAP_MS)
    expect(gone).toEqual([])
    clock.advance(1)
    expect(gone).toEqual([[last.frameId, refusal]])
    clock.advance(600_000)
    expect(gone).toHaveLength(1)
  })

  it('refuses with the last frame that said why, not with one that showed the face badly', () => {
    const left = memory('open', 7)
    const last = see(undecided(left))
    see({ ...undecided(left), reason: null } as FaceOutcome)
    clock.advance(GAP_MS + 1)
    expect(gone).toEqual([[last.frameId, refusal]])
  })

  it('refuses it at once where another face takes its place', () => {
    const first = see(undecided(memory('open', 7)))
    see(matched(memory('granted', 8)))
    expect(gone).toEqual([[first.frameId, refusal]])
  })

  it('has nothing to refuse after a decision', () => {
    see(undecided(memory('open', 7)))
    see(matched(memory('granted', 7)))
    clock.advance(5_000)
    see(undecided(memory('open', 9)))
    see({ ...refusal, memory: memory('spent', 9) } as FaceOutcome)
    see(undecided(memory('spent', 9)))
    clock.advance(5_000)
    expect(gone).toEqual([])
  })

  it('waits for a frame that is with the engine, however long it takes', () => {
    see(undecided(memory('open', 7)))
    const slow = frame()
    keeper.begin(slow)
    clock.advance(4_000)
    expect(gone).toEqual([])
    keeper.end(slow, { kind: 'failed', stage: 'decode', message: 'worker gone', timings: {} })
    clock.advance(1)
    expect(gone).toHaveLength(1)
  })

  it('keeps the memory over a frame that showed no face or that failed', () => {
    const left = memory('open', 7)
    see(undecided(left))
    see({ kind: 'failed', stage: 'decode', message: 'worker gone', timings: {} })
    see({ kind: 'refused', stage: 'detect', reason: 'no-face', scores, box: null, timings: {}, memory: left })
    expect(keeper.begin(frame()).memory).toBe(left)
    expect(gone).toEqual([])
  })

  it('forgets every face: after the last strike’s time, with too many cameras, and at the end', () => {
    const strike: Strike = { embedding, frames: [], count: 1, untilMs: 0, forgetMs: clock.monoMs() + 120_000 }
    see(matched(memory('granted', 7, [strike])))
    clock.advance(119_999)
    expect(keeper.size()).toBe(1)
    clock.advance(3)
    expect([keeper.size(), clock.pending()]).toEqual([0, 0])
    for (const camera of ['a', 'b', 'c']) see(matched(memory('granted', 7)), camera)
    expect(keeper.size()).toBe(2)
    keeper.clear()
    expect([keeper.size(), clock.pending()]).toEqual([0, 0])
  })
})
