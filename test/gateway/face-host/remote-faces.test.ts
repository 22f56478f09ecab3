import { beforeEach, describe, expect, it } from 'vitest'
import type { FaceLookV1 } from '#contract/face-messages.js'
import type { Payloads } from '#contract/codec.js'
import type { SeenFrame } from '../../../gateway/access/ports.js'
import type { RemoteLane } from '../../../gateway/capture/frame-pump.js'
import { messageOfLook } from '../../../gateway/face-host/look-codec.js'
import { type RemoteFaces, createRemoteFaces } from '../../../gateway/face-host/remote-faces.js'
import { type RemoteInput, type RemoteState, nextRemote } from '../../../gateway/face-host/worker-machine.js'
import type { FaceLook, FaceOutcome, JudgeJob } from '../../../gateway/face/types.js'
import { createIdSource } from '../../../gateway/kernel/ids.js'
import { silentLogger } from '../../../gateway/kernel/log.js'
import { seededRandom } from '../../../gateway/kernel/random.js'
import { type VirtualClock, createVirtualClock, settle } from '../../support/virtual-clock.js'
import { bootId, frameId } from '../capture/frames.js'

const MODEL = { modelId: 'm', digest: 'ab'.repeat(32), dimensions: 4 }
const SEEN: FaceLook = {
  kind: 'seen', boxes: [{ left: 0, top: 0, right: 10, bottom: 12.5, score: 0.9 }], quality: { inside: 1, turn: 0, sharpness: 0.5 },
  liveness: [0.75, 0.5], embedding: Float32Array.of(0.5, -0.5, 0.5, 0.5), timings: { decode: 4 },
}
const MATCHED = { kind: 'failed', stage: 'match', message: 'stands for any outcome', timings: {} } as const satisfies FaceOutcome
const terms = { galleryKey: 'gate-1', passage: { atMs: 0, memory: null } }
const image = new Uint8Array([1, 2, 3])

describe('face workers in other processes', () => {
  let clock: VirtualClock
  let remote: RemoteFaces
  let sent: Array<{ to: string; header: Payloads['faceFrame']['header'] }>
  let judged: JudgeJob[]
  let counted: string[]

  beforeEach(() => {
    clock = createVirtualClock()
    sent = []
    judged = []
    counted = []
    remote = createRemoteFaces({
      options: {
        estateId: 'jh', frameAgeMsMax: 2_000, faceHeightPxMin: 90, model: MODEL,
        remotes: [{ name: 'fw-1', cameras: ['cam-1', 'cam-2'], fallback: 'none' }, { name: 'fw-2', cameras: ['cam-3'], fallback: 'local' }],
      },
      engine: { judge: async (job) => { judged.push(job); return MATCHED } },
      publisher: { publish: (_kind, { deviceId }, payload) => void sent.push({ to: deviceId, header: (payload as Payloads['faceFrame']).header }) },
      observer: { look: (result, workerId) => counted.push(`${workerId} ${result}`) },
      runtime: { clock, ids: createIdSource({ clock, random: seededRandom(1) }), log: silentLogger },
    })
  })
  const states = () => remote.status().map(({ state }) => state)
  const frameOf = (cameraId: string, n: number): SeenFrame => ({ cameraId, frameId: frameId(n), bootId: bootId(1), capturedMonoMs: n, receivedMonoMs: clock.monoMs() })
  const send = (cameraId: string, n = 1): Promise<FaceOutcome | undefined> => (remote.laneOf(cameraId) as RemoteLane).analyse(frameOf(cameraId, n), image, terms)
  const answer = (index: number, change: Partial<FaceLookV1> = {}, by?: string): void => {
    const { to, header } = sent[index] as (typeof sent)[number]
    void remote.onLook({ estateId: 'jh', deviceKind: 'face-worker', deviceId: by ?? to }, { ...messageOfLook(SEEN, header, MODEL), ...change })
  }

  it('get the frames of their cameras alone; a camera of an absent one is looked at here or by nobody, as configured', () => {
    expect(['cam-1', 'cam-3', 'cam-9'].map(remote.laneOf)).toEqual(['away', 'here', 'here'])
    remote.greeted('fw-1')
    remote.greeted('cam-9')
    expect([typeof remote.laneOf('cam-1'), remote.laneOf('cam-3'), states()]).toEqual(['object', 'here', ['ready', 'away']])
  })

  it('are asked with one header, and what they saw is judged here with every bit of it', async () => {
    remote.greeted('fw-1')
    const outcome = send('cam-1', 7)
    expect(sent).toEqual([{
      to: 'fw-1',
      header: { v: 1, jobId: expect.stringMatching(/^[0-9a-f-]{36}$/), cameraId: 'cam-1', frameId: frameId(7), capturedMonoMs: 7, faceHeightPxMin: 90, mime: 'image/jpeg' },
    }])
    answer(0)
    expect(await outcome).toBe(MATCHED)
    expect([judged, counted]).toEqual([[{ look: SEEN, ...terms }], ['fw-1 taken']])
  })

  it.each<[string, (index: number) => void, string]>([
    ['of another worker', (index) => answer(index, {}, 'fw-2'), 'fw-2 not-yours'],
    ['of a worker that nobody configured', (index) => answer(index, {}, 'fw-9'), 'fw-9 not-yours'],
    ['about a camera of another worker', (index) => answer(index, { cameraId: 'cam-3' }), 'fw-1 not-yours'],
    ['about another camera of its own', (index) => answer(index, { cameraId: 'cam-2' }), 'fw-1 mismatch'],
    ['about another frame', (index) => answer(index, { frameId: frameId(99) }), 'fw-1 mismatch'],
    ['with another capture time', (index) => answer(index, { capturedMonoMs: 99 }), 'fw-1 mismatch'],
    ['to nothing that was asked', (index) => answer(index, { jobId: frameId(98) }), 'fw-1 unasked'],
    ['that saw a face and has none', (index) => answer(index, { face: null }), 'fw-1 malformed'],
    ['that refuses without a reason', (index) => answer(index, { outcome: 'refused', stage: 'detect', face: null }), 'fw-1 malformed'],
    ['with half an embedding', (index) => answer(index, { face: { quality: { inside: 1, turn: 0, sharpness: 1 }, liveness: [1], embedding: 'AAA=' } }), 'fw-1 malformed'],
    ['with an embedding of no numbers', (index) => answer(index, { face: { quality: { inside: 1, turn: 0, sharpness: 1 }, liveness: [1], embedding: 'AADAfwAAwH8AAMB/AADAfw==' } }), 'fw-1 malformed'],
  ])('an answer %s is counted, decides nothing, and does not use up the frame', async (_name, wrong, count) => {
    remote.greeted('fw-1')
    remote.greeted('fw-2')
    const outcome = send('cam-1')
    wrong(0)
    await settle()
    expect([judged, counted]).toEqual([[], [count]])
    answer(0)
    expect([await outcome, counted.at(-1)]).toEqual([MATCHED, 'fw-1 taken'])
  })

  it('an answer counts once, and one that comes when its frame could open no door any more counts for nothing', async () => {
    remote.greeted('fw-1')
    const [first, late] = [send('cam-1', 1), send('cam-2', 2)]
    answer(0)
    answer(0)
    await first
    clock.advance(2_000)
    expect(await late).toBeUndefined()
    answer(1)
    await settle()
    expect([counted, judged.length]).toEqual([['fw-1 taken', 'fw-1 unasked', 'fw-1 unasked'], 1])
  })

  it('one that lets a frame go unanswered gets no more until it says something', async () => {
    remote.greeted('fw-2')
    const lost = send('cam-3')
    clock.advance(2_000)
    expect([await lost, remote.laneOf('cam-3')]).toEqual([undefined, 'here'])
    answer(0)
    expect([typeof remote.laneOf('cam-3'), judged, counted]).toEqual(['object', [], ['fw-2 unasked']])
    const again = send('cam-3', 2)
    clock.advance(2_000)
    await again
    expect(remote.laneOf('cam-3')).toBe('here')
    remote.heard('fw-2')
    expect(typeof remote.laneOf('cam-3')).toBe('object')
  })

  it('a frame that waited too long before it could be sent is lost at once', async () => {
    remote.greeted('fw-1')
    const frame = frameOf('cam-1', 1)
    clock.advance(2_000)
    expect([await (remote.laneOf('cam-1') as RemoteLane).analyse(frame, image, terms), sent]).toEqual([undefined, []])
  })

  it('with its connection all that it was asked is lost; what it answers from that life afterwards opens nothing', async () => {
    remote.greeted('fw-1')
    const [a, b] = [send('cam-1', 1), send('cam-2', 2)]
    remote.lost('fw-1')
    expect([await a, await b, states()[0], remote.laneOf('cam-1')]).toEqual([undefined, undefined, 'away', 'away'])
    remote.greeted('fw-1')
    answer(0)
    answer(1)
    await settle()
    expect([judged, counted]).toEqual([[], ['fw-1 unasked', 'fw-1 unasked']])
  })

  it('one that runs other nets is given nothing more until it starts anew', async () => {
    remote.greeted('fw-1')
    const outcome = send('cam-1')
    answer(0, { modelDigest: 'cd'.repeat(32) })
    expect([await outcome, counted, states()[0]]).toEqual([undefined, ['fw-1 other-model'], 'unfit'])
    remote.heard('fw-1')
    expect(remote.laneOf('cam-1')).toBe('away')
    remote.lost('fw-1')
    remote.greeted('fw-1')
    expect(typeof remote.laneOf('cam-1')).toBe('object')
  })

  it('a refusal and a failure of theirs are outcomes too', async () => {
    remote.greeted('fw-1')
    const [nobody, failed] = [send('cam-1', 1), send('cam-2', 2)]
    answer(0, { outcome: 'refused', stage: 'detect', reason: 'no-face', boxes: [], face: null })
    answer(1, { outcome: 'failed', stage: 'embed', boxes: [], face: null, timings: {} })
    await Promise.all([nobody, failed])
    expect(judged.map(({ look }) => look)).toEqual([
      { kind: 'refused', stage: 'detect', reason: 'no-face', boxes: [], timings: { decode: 4 } },
      { kind: 'failed', stage: 'embed', message: 'the face worker could not look', timings: {} },
    ])
  })
})

describe('how a face worker stands', () => {
  const INPUTS: RemoteInput[] = ['greeted', 'heard', 'lost', 'unanswered', 'other-model']
  it.each<[RemoteState, Array<RemoteState | undefined>]>([
    ['away', ['ready', 'ready', undefined, undefined, 'unfit']],
    ['ready', [undefined, undefined, 'away', 'silent', 'unfit']],
    ['silent', ['ready', 'ready', 'away', undefined, 'unfit']],
    ['unfit', ['ready', undefined, 'away', undefined, undefined]],
  ])('%s', (state, next) => expect(INPUTS.map((input) => nextRemote(state, input))).toEqual(next))
})
