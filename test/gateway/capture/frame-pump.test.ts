import { beforeEach, describe, expect, it } from 'vitest'
import type { SeenFrame } from '../../../gateway/access/ports.js'
import { type FrameLane, type FramePump, type RemoteLane, createFramePump } from '../../../gateway/capture/frame-pump.js'
import type { GateV2 } from '../../../gateway/contract/sync-roster.js'
import type { FaceJob, FaceOutcome } from '../../../gateway/face/types.js'
import { silentLogger } from '../../../gateway/kernel/log.js'
import { type VirtualClock, createVirtualClock, settle } from '../../support/virtual-clock.js'
import { bootId, envelope, frameId } from './frames.js'

interface Call {
  readonly job: FaceJob
  answer(outcome: FaceOutcome): void
  fail(error: Error): void
}

const outcome = (message: string): FaceOutcome => ({ kind: 'failed', stage: 'decode', message, timings: {} })

describe('frame pump', () => {
  let clock: VirtualClock
  let pump: FramePump
  let calls: Call[]
  let lines: string[]
  let hasRoom: boolean
  let outcomes: Array<[SeenFrame, FaceOutcome]>
  let onOutcome: (frame: SeenFrame, result: FaceOutcome) => Promise<void>

  beforeEach(() => {
    clock = createVirtualClock()
    calls = []
    lines = []
    hasRoom = true
    outcomes = []
    onOutcome = async (frame, result) => void outcomes.push([frame, result])
    pump = pumpWith()
  })
  const pumpWith = (laneOf?: (cameraId: string) => FrameLane): FramePump => {
    const made = createFramePump({
      engine: {
        workers: 2,
        analyse: (job) => new Promise((answer, fail) => calls.push({ job, answer, fail })),
        ...(laneOf === undefined ? {} : { laneOf }),
      },
      gates: { gateOfCamera: (cameraId) => (cameraId.startsWith('lost') ? undefined : { gateId: `gate-of-${cameraId}` } as GateV2) },
      onOutcome: (frame, result) => onOutcome(frame, result),
      limits: { camerasMax: 16, frameAgeMsMax: 500, admits: () => hasRoom },
      observer: { received: (cameraId, bytes) => lines.push(`${cameraId} received ${bytes}`), dropped: (reason, cameraId) => lines.push(`${cameraId} ${reason}`) },
      runtime: { clock, log: { ...silentLogger, warn: (fields) => lines.push(`warn ${JSON.stringify(fields)}`), error: (fields) => lines.push(`error ${(fields as { cameraId: string }).cameraId}`) } },
    })
    made.start()
    return made
  }
  const send = (deviceId: string, n: number): void =>
    void pump.onFrame({ estateId: 'e', deviceKind: 'camera', deviceId }, envelope(n))
  const dropped = (): string[] => lines.filter((line) => !line.includes('received'))

  it('hands a copy of the picture, the key of its gate, and the receipt with the outcome', async () => {
    const message = Buffer.from([9, 9, 42, 9])
    void pump.onFrame({ estateId: 'e', deviceKind: 'camera', deviceId: 'a' }, { header: envelope(1, { capturedMonoMs: 5 }).header, image: message.subarray(2, 3) })
    const receivedMonoMs = clock.monoMs()
    message.fill(0)
    expect(calls[0]?.job).toEqual({ image: new Uint8Array([42]), galleryKey: 'gate-of-a', passage: { atMs: receivedMonoMs, memory: null } })
    expect(calls[0]?.job.image.buffer.byteLength).toBe(1)
    clock.advance(30)
    calls[0]?.answer(outcome('x'))
    await settle()
    expect(outcomes).toEqual([[{ cameraId: 'a', frameId: frameId(1), bootId: bootId(1), capturedMonoMs: 5, receivedMonoMs }, outcome('x')]])
    expect(lines).toEqual(['a received 1'])
  })

  it('while the log has no room for what frames make, every frame is refused and counted, and then looked at again', () => {
    hasRoom = false
    send('a', 1)
    send('b', 1)
    expect([calls.length, pump.waiting(), dropped()]).toEqual([0, 0, ['a no-space', 'b no-space']])
    hasRoom = true
    send('a', 2)
    expect(calls).toHaveLength(1)
  })

  it('starts as many as there are workers, one of each camera, and goes on with the newest', async () => {
    for (const camera of ['a', 'b', 'c']) for (let n = 1; n <= 3; n++) send(camera, n)
    expect(calls.map(({ job }) => job.galleryKey)).toEqual(['gate-of-a', 'gate-of-b'])
    expect(pump.waiting()).toBe(3)
    calls[0]?.answer(outcome('a1'))
    await settle()
    expect(calls.slice(2).map(({ job }) => [job.galleryKey, job.image[0]])).toEqual([['gate-of-a', 3]])
    calls[1]?.answer(outcome('b1'))
    calls[2]?.answer(outcome('a3'))
    await settle()
    expect(calls.slice(3).map(({ job }) => [job.galleryKey, job.image[0]])).toEqual([['gate-of-b', 3], ['gate-of-c', 3]])
    expect(dropped()).toEqual(['a superseded', 'b superseded', 'c superseded', 'c superseded'])
  })

  it('does not let one camera occupy two workers, so its outcomes come in order', async () => {
    send('a', 1)
    send('a', 2)
    expect(calls).toHaveLength(1)
    calls[0]?.answer(outcome('first'))
    await settle()
    calls[1]?.answer(outcome('second'))
    await settle()
    expect(outcomes.map(([frame]) => frame.frameId)).toEqual([frameId(1), frameId(2)])
  })

  it('frames of a camera that belongs to another process go there, one at a time, whatever the workers here have to do', async () => {
    const there: Array<{ frameId: string; image: number[]; answer(outcome: FaceOutcome | undefined): void }> = []
    const lane: RemoteLane = {
      analyse: (frame, image) => new Promise((answer) => there.push({ frameId: frame.frameId, image: [...image], answer })),
    }
    let laneOfFar: FrameLane = lane
    pump = pumpWith((cameraId) => (cameraId === 'far' ? laneOfFar : 'here'))
    for (const camera of ['a', 'b', 'c', 'far']) send(camera, 1)
    send('far', 2)
    expect([calls.length, there.map(({ image }) => image)]).toEqual([2, [[1]]])
    there[0]?.answer(outcome('there'))
    await settle()
    expect([outcomes.map(([frame, result]) => [frame.cameraId, result]), there.length, calls.length]).toEqual([[['far', outcome('there')]], 2, 2])

    there[1]?.answer(undefined)
    await settle()
    expect([dropped(), outcomes.length]).toEqual([['far worker-lost'], 1])

    laneOfFar = 'away'
    send('far', 3)
    expect([dropped().at(-1), there.length, calls.length]).toEqual(['far worker-away', 2, 2])

    laneOfFar = 'here'
    send('far', 4)
    expect(calls).toHaveLength(2)
    calls[0]?.answer(outcome('a'))
    calls[1]?.answer(outcome('b'))
    await settle()
    expect(calls.map(({ job }) => job.galleryKey)).toEqual(['gate-of-a', 'gate-of-b', 'gate-of-c', 'gate-of-far'])
    expect(there).toHaveLength(2)
  })

  it('does not wait for a decision before the next frame', async () => {
    onOutcome = () => new Promise(() => {})
    send('a', 1)
    calls[0]?.answer(outcome('x'))
    await settle()
    send('a', 2)
    expect(calls).toHaveLength(2)
  })

  it('drops a frame that waited longer than it may be old, and takes the next instead', async () => {
    for (const camera of ['a', 'b', 'c']) send(camera, 1)
    clock.advance(501)
    send('d', 1)
    calls[0]?.answer(outcome('x'))
    await settle()
    expect(dropped()).toEqual(['c stale'])
    expect(calls[2]?.job.galleryKey).toBe('gate-of-d')
  })

  it('analyses nothing of a camera that watches no gate, and says so once', () => {
    send('lost-1', 1)
    send('lost-1', 2)
    expect(calls).toEqual([])
    expect(dropped()).toEqual(['warn {"cameraId":"lost-1"}', 'lost-1 no-gate', 'lost-1 no-gate'])
  })

  it('goes on after an engine that rejects and a decision that throws or rejects', async () => {
    onOutcome = () => { throw new Error('broken') }
    send('a', 1)
    calls[0]?.fail(new Error('worker gone'))
    await settle()
    onOutcome = () => Promise.reject(new Error('broken'))
    send('a', 2)
    calls[1]?.answer(outcome('x'))
    await settle()
    onOutcome = async (frame, result) => void outcomes.push([frame, result])
    send('a', 3)
    calls[2]?.fail(new Error('worker gone'))
    await settle()
    expect(outcomes.map(([, result]) => result)).toEqual([outcome('the face engine failed')])
    expect(dropped()).toEqual(['error a', 'error a', 'error a', 'error a'])
  })

  it('drops what waits when it stops, and ends after what is under way was decided', async () => {
    const decide: Array<() => void> = []
    onOutcome = () => new Promise((resolve) => decide.push(resolve))
    for (const camera of ['a', 'b', 'c']) send(camera, 1)
    let stopped = false
    const stopping = pump.stop().then(() => (stopped = true))
    expect([dropped(), pump.waiting()]).toEqual([['c stopping'], 0])
    calls[0]?.answer(outcome('x'))
    calls[1]?.answer(outcome('x'))
    await settle()
    decide[0]?.()
    await settle()
    expect([stopped, calls.length]).toEqual([false, 2])
    decide[1]?.()
    await stopping
  })
})
