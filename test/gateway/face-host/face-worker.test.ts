import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage } from '#contract/codec.js'
import { type DeviceAddress, parseTopic, topicOf } from '#contract/topics.js'
import { createFaceWorker } from '../../../gateway/face-host/face-worker.js'
import type { FaceLook, LookJob } from '../../../gateway/face/types.js'
import { createIdSource } from '../../../gateway/kernel/ids.js'
import { seededRandom } from '../../../gateway/kernel/random.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { createVirtualClock, settle } from '../../support/virtual-clock.js'
import { frameId } from '../capture/frames.js'

const ME: DeviceAddress = { estateId: 'jh', deviceKind: 'face-worker', deviceId: 'fw-1' }
const header = { v: 1, jobId: frameId(1), cameraId: 'cam-1', frameId: frameId(2), capturedMonoMs: 5, faceHeightPxMin: null, mime: 'image/jpeg' } as const

function setUp(look: (job: LookJob) => FaceLook) {
  const clock = createVirtualClock()
  const said: Array<{ kind: string; qos: number; payload: unknown }> = []
  const jobs: LookJob[] = []
  const worker = createFaceWorker({
    address: ME, model: { modelId: 'm', digest: 'ab'.repeat(32), dimensions: 4 }, version: '1.2.3',
    engine: { look: async (job) => { jobs.push(job); return look(job) } },
    send(topic, payload, qos) {
      const parsed = parseTopic(topic)
      if (parsed === undefined) throw new Error(topic)
      const decoded = decodeMessage(parsed.kind, payload)
      said.push({ kind: `${parsed.deviceId} ${parsed.kind}`, qos, payload: decoded.ok ? decoded.value : decoded.error })
    },
    runtime: { clock, ids: createIdSource({ clock, random: seededRandom(1) }), log: createRecordingLog() },
  })
  return { clock, said, jobs, worker, frame: (bytes: Buffer = encodeMessage('faceFrame', { header, image: new Uint8Array([7, 8]) })) => worker.onMessage(topicOf('faceFrame', ME), bytes) }
}
const seen: FaceLook = {
  kind: 'seen', boxes: [{ left: -3, top: 0, right: 10, bottom: 12, score: 1.000_000_1 }], quality: { inside: 1.000_000_000_2, turn: 0.1, sharpness: 0.5 },
  liveness: [0.25, 1.000_001], embedding: Float32Array.of(0.5, -0.5, 0.5, 0.1), timings: { decode: 4.5, embed: 70_000 },
}

describe('a face worker', () => {
  it('says who it is after every connection, and that it is there every five seconds while it is connected', () => {
    const { clock, said, worker } = setUp(() => seen)
    worker.connected()
    clock.advance(10_000)
    worker.disconnected()
    clock.advance(60_000)
    expect(said.map(({ kind, qos }) => `${kind} ${qos}`)).toEqual(['fw-1 hello 1', 'fw-1 heartbeat 0', 'fw-1 heartbeat 0', 'fw-1 heartbeat 0'])
    worker.connected()
    worker.connected()
    clock.advance(5_000)
    expect(said.slice(4).map(({ kind }) => kind)).toEqual(['fw-1 hello', 'fw-1 heartbeat', 'fw-1 hello', 'fw-1 heartbeat', 'fw-1 heartbeat'])
    expect(said[0]?.payload).toMatchObject({ model: 'face-worker', firmware: '1.2.3', capabilities: ['m'] })
  })

  it('answers a frame with what was measured, within the bounds of the contract', async () => {
    const { said, jobs, frame } = setUp(() => seen)
    frame()
    await settle()
    expect(jobs).toEqual([{ image: new Uint8Array([7, 8]), faceHeightPxMin: null }])
    const embedding = Buffer.alloc(16)
    ;[0.5, -0.5, 0.5, 0.1].forEach((value, index) => embedding.writeFloatLE(value, index * 4))
    expect(said).toEqual([{
      kind: 'fw-1 faceLook', qos: 0,
      payload: {
        v: 1, jobId: frameId(1), cameraId: 'cam-1', frameId: frameId(2), capturedMonoMs: 5, modelId: 'm', modelDigest: 'ab'.repeat(32), outcome: 'seen', stage: null, reason: null,
        boxes: [{ left: -3, top: 0, right: 10, bottom: 12, score: 1 }],
        face: { quality: { inside: 1, turn: 0.1, sharpness: 0.5 }, liveness: [0.25, 1], embedding: embedding.toString('base64') }, timings: { decode: 4.5, embed: 60_000 },
      },
    }])
  })

  it('tells a refusal and a failure, and names no cause of a failure to the wire', async () => {
    const looks: FaceLook[] = [
      { kind: 'refused', stage: 'detect', reason: 'no-face', boxes: [], timings: {} }, { kind: 'failed', stage: 'embed', message: '/secret/path', timings: {} },
    ]
    const { said, frame } = setUp(() => looks.shift() as FaceLook)
    frame()
    frame()
    await settle()
    expect(said.map(({ payload }) => payload)).toMatchObject([{ outcome: 'refused', stage: 'detect', reason: 'no-face', face: null }, { outcome: 'failed', stage: 'embed', reason: null, face: null }])
    expect(JSON.stringify(said)).not.toContain('secret')
  })

  it('looks at nothing that breaks the contract or is no frame', async () => {
    const { said, jobs, worker, frame } = setUp(() => seen)
    frame(Buffer.from('nonsense'))
    worker.onMessage(topicOf('deviceNotice', ME), Buffer.from('{}'))
    worker.onMessage('v1/jh/camera/cam-1/frame', Buffer.from('x'))
    await settle()
    expect([said, jobs]).toEqual([[], []])
  })
})
