import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { FaceSettings } from '../../../gateway/face/manifest-schema.js'
import type { FaceEngine, FaceOutcome } from '../../../gateway/face/types.js'
import { createFaceEngine } from '../../../gateway/face/worker-pool.js'
import { compiled } from '../../support/compiled.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { FRONTAL, MANIFEST, frameOf, own, photoOf, type KnownFace } from './support/demo-faces.js'

const workerUrl = new URL('./support/failing-worker.mjs', import.meta.url)
let frames: Buffer[]
let photos: Buffer[]
/** Of the two photos, made by the first engine that is started. */
let embeddings: Promise<Float32Array[]> | undefined
beforeAll(async () => {
  compiled('gateway/face/worker.js')
  const faces = FRONTAL.slice(0, 2) as KnownFace[]
  frames = await Promise.all(faces.map((face) => frameOf(face, { heightPx: 200 })))
  photos = await Promise.all(faces.map((face) => photoOf(face)))
})
const frame = (index = 0): Uint8Array => own(frames[index] as Buffer)

function setUp(options: { workers?: number; settings?: Partial<FaceSettings>; manifestPath?: string } = {}) {
  const clock = createVirtualClock()
  const log = createRecordingLog()
  const engine = createFaceEngine({
    manifestPath: options.manifestPath ?? MANIFEST, settings: { livenessMin: 0, ...options.settings }, workers: options.workers ?? 2, clock, log, workerUrl,
  })
  onTestFinished(() => engine.stop())
  return { engine, clock, log }
}

/** An engine that knows the first two faces as `a` and `b`, both permitted under every key that a test uses. */
async function started(workers = 2) {
  const rig = setUp({ workers })
  const info = await rig.engine.start()
  embeddings ??= Promise.all(photos.map(async (photo) => {
    const outcome = await rig.engine.embed(photo)
    if (outcome.kind !== 'template') throw new Error(JSON.stringify(outcome))
    return outcome.embedding
  }))
  for (const [index, embedding] of (await embeddings).entries()) await rig.engine.setPerson(['a', 'b'][index] as string, [embedding.slice()])
  for (const key of ['gate', 'die', 'throw', 'hang']) await rig.engine.permit(key, ['a', 'b'])
  return { ...rig, info }
}

const word = (outcome: FaceOutcome): string => (outcome.kind === 'matched' ? outcome.personRef : outcome.kind === 'failed' ? `failed: ${outcome.message}` : String(outcome.reason))
const look = async (engine: FaceEngine, galleryKey = 'gate', index = 0): Promise<string> => word(await engine.analyse({ image: frame(index), galleryKey }))
/** As many frames at once as keep every worker busy. */
const lookEverywhere = (engine: FaceEngine): Promise<string[]> => Promise.all(Array.from({ length: engine.workers * 2 }, () => look(engine)))

/** Threads start and end in real time, whatever the virtual clock says. */
async function until(condition: () => boolean): Promise<void> {
  const limit = performance.now() + 30_000
  while (!condition()) {
    if (performance.now() > limit) throw new Error('still waiting after 30 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('face engine', () => {
  it('recognises on worker threads, several frames at once', async () => {
    const { engine, info } = await started()
    expect(info).toEqual({ modelId: 'faceplugin-0.0.1-r1', digest: expect.stringMatching(/^[0-9a-f]{64}$/), dimensions: 512 })
    expect(engine.status()).toEqual({ workersReady: 2, restarts: 0, inFlight: 0 })
    expect(engine.size()).toBe(2)
    const outcomes = await Promise.all([0, 1, 0, 1, 1].map((index) => look(engine, 'gate', index)))
    expect(outcomes).toEqual(['a', 'b', 'a', 'b', 'b'])
  })

  it('gives every worker each change before it says so', async () => {
    const { engine } = await started()
    await engine.removePerson('a')
    expect(await lookEverywhere(engine)).toEqual(Array(4).fill('not-recognised'))
    expect(engine.size()).toBe(1)
    const again = await engine.embed(photos[0] as Buffer)
    if (again.kind !== 'template') throw new Error(again.reason)
    await engine.setPerson('a', [again.embedding])
    expect(await lookEverywhere(engine)).toEqual(Array(4).fill('a'))
    await engine.permit('gate', ['b'])
    expect(await lookEverywhere(engine)).toEqual(Array(4).fill('not-recognised'))
  })

  it('takes the picture’s memory over, but copies a view into memory that is not all its own', async () => {
    const { engine } = await started(1)
    const mine = frame()
    const pooled = Buffer.concat([Buffer.alloc(64), frames[0] as Buffer]).subarray(64)
    expect(word(await engine.analyse({ image: mine, galleryKey: 'gate' }))).toBe('a')
    expect(mine.byteLength).toBe(0)
    expect(word(await engine.analyse({ image: pooled, galleryKey: 'gate' }))).toBe('a')
    expect(Buffer.compare(pooled, frames[0] as Buffer)).toBe(0)
    // Regression: a picture handed in twice left the worker busy until the deadline.
    expect(word(await engine.analyse({ image: mine, galleryKey: 'gate' }))).toBe('undecodable')
    expect(await look(engine)).toBe('a')
  })

  it('leaves photos and templates with their owner', async () => {
    const { engine } = await started(1)
    const photo = own(photos[0] as Buffer)
    const outcome = await engine.embed(photo)
    if (outcome.kind !== 'template') throw new Error(outcome.reason)
    expect(Buffer.compare(photo, photos[0] as Buffer)).toBe(0)
    const mine = Float32Array.from(outcome.embedding)
    await engine.setPerson('a', [mine])
    await engine.removePerson('a')
    expect(mine).toEqual(outcome.embedding)
  })
})

describe('look-alikes', () => {
  it('every worker, and one that came later, finds whom a face resembles and asks more of a pair', async () => {
    const { engine } = await started()
    const [a, b] = await Promise.all(photos.map((photo) => engine.embed(photo)))
    if (a?.kind !== 'template' || b?.kind !== 'template') throw new Error('the faces of this test are known to be fit')
    // Nearer to a: a's lead over it suffices for strangers, and not for a pair.
    const both = a.embedding.map((value, i) => 1.7 * value + (b.embedding[i] as number))
    const between = both.map((value) => value / Math.hypot(...both))
    expect((await engine.resembling('c', [between])).map(({ personRef, kind }) => `${personRef} ${kind}`).sort()).toEqual(['a same', 'b same'])
    expect(await engine.resembling('a', [a.embedding])).toEqual([])
    await engine.setPerson('c', [between])
    expect(await lookEverywhere(engine)).toEqual(Array(4).fill('a'))
    await engine.setPerson('c', [between], ['a', 'b'])
    expect(await lookEverywhere(engine)).toEqual(Array(4).fill('ambiguous'))
    await look(engine, 'die')
    await until(() => engine.status().workersReady === 2)
    expect(await lookEverywhere(engine)).toEqual(Array(4).fill('ambiguous'))
    await engine.removePerson('c')
    expect(await lookEverywhere(engine)).toEqual(Array(4).fill('a'))
  })
})

describe('a worker that is lost', () => {
  it.each([
    ['dies', 'die', 'failed: a face worker ended with code 7'],
    ['throws', 'throw', 'failed: a face worker threw'],
  ])('in the middle of a job (%s): that job fails, no other notices, and its successor has the gallery', async (_, key, expected) => {
    const { engine, log } = await started()
    const [lost, ...others] = await Promise.all([look(engine, key), look(engine), look(engine), look(engine)])
    expect(lost).toBe(expected)
    expect(others).toEqual(['a', 'a', 'a'])
    await until(() => engine.status().workersReady === 2)
    expect(engine.status()).toEqual({ workersReady: 2, restarts: 1, inFlight: 0 })
    expect(await lookEverywhere(engine)).toEqual(Array(4).fill('a'))
    expect(log.lines.filter((line) => line.level === 'error').map((line) => line.message)).toEqual(['face worker lost, another starts'])
  })

  it('names the stage it was in', async () => {
    const { engine } = await started(1)
    expect(await engine.analyse({ image: frame(), galleryKey: 'die' })).toMatchObject({ kind: 'failed', stage: 'decode', timings: {} })
  })

  it('without an answer by the deadline: it is ended', async () => {
    const { engine, clock } = await started()
    const hanging = look(engine, 'hang')
    expect(await look(engine)).toBe('a')
    clock.advance(4_999)
    expect(engine.status()).toEqual({ workersReady: 2, restarts: 0, inFlight: 1 })
    clock.advance(1)
    expect(await hanging).toBe('failed: no answer in 5000 ms')
    await until(() => engine.status().workersReady === 2)
    expect(await lookEverywhere(engine)).toEqual(Array(4).fill('a'))
  })

  it('holds a removal back until it is gone: then nobody can match that person', async () => {
    const { engine, clock } = await started()
    const hanging = look(engine, 'hang')
    let acknowledged = false
    const removal = engine.removePerson('a').then(() => { acknowledged = true })
    expect(await look(engine)).toBe('not-recognised')
    expect(acknowledged).toBe(false)
    clock.advance(5_000)
    await removal
    await hanging
    await until(() => engine.status().workersReady === 2)
    expect(await lookEverywhere(engine)).toEqual(Array(4).fill('not-recognised'))
  })

  it('jobs that wait get the next free worker; too many are refused at once', async () => {
    const { engine, clock } = await started(1)
    const hanging = look(engine, 'hang')
    const waiting = Array.from({ length: 64 }, () => look(engine))
    expect(await look(engine)).toBe('failed: 64 jobs wait already')
    expect(engine.status().inFlight).toBe(65)
    clock.advance(5_000)
    await hanging
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['failed: no worker was free in 5000 ms']))
    await until(() => engine.status().workersReady === 1)
    expect(await look(engine)).toBe('a')
  })
})

describe('start and stop', () => {
  /** A manifest and its nets in a folder of the test's own. */
  function ownModels(change: (manifest: { modelId: string }) => void = () => {}): string {
    const folder = tempDir()
    const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { modelId: string; nets: Record<string, { file: string }> }
    for (const { file } of Object.values(manifest.nets)) copyFileSync(join(dirname(MANIFEST), file), join(folder, file))
    change(manifest)
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
    return join(folder, 'manifest.json')
  }

  it('refuses models that are damaged, absent, or settings out of bounds, naming what', async () => {
    const damaged = ownModels()
    writeFileSync(join(dirname(damaged), 'fr_detect.onnx'), 'not a net')
    await expect(setUp({ manifestPath: damaged }).engine.start()).rejects.toMatchObject({ code: 'GW_FACE_MODEL', details: { file: 'fr_detect.onnx' } })
    await expect(setUp({ manifestPath: join(tempDir(), 'manifest.json') }).engine.start()).rejects.toMatchObject({ code: 'GW_FACE_MANIFEST', details: { field: '(file)' } })
    await expect(setUp({ settings: { matchThreshold: 1.5 } }).engine.start()).rejects.toMatchObject({ code: 'GW_FACE_SETTINGS', details: { field: '/matchThreshold' } })
  })

  it('does nothing before it is started and after it is stopped, and says so', async () => {
    const { engine } = setUp({ workers: 1 })
    const idle = async (): Promise<void> => {
      expect(await engine.analyse({ image: frame(), galleryKey: 'gate' })).toEqual({ kind: 'failed', stage: 'decode', message: 'the engine is not started', timings: {} })
      await expect(engine.embed(photos[0] as Buffer)).rejects.toMatchObject({ code: 'GW_FACE_ENGINE' })
      await expect(engine.setPerson('a', [new Float32Array(512)])).rejects.toMatchObject({ code: 'GW_FACE_ENGINE' })
      expect(engine.status()).toEqual({ workersReady: 0, restarts: 0, inFlight: 0 })
    }
    await idle()
    await engine.start()
    const late = look(engine)
    await engine.stop()
    expect(await late).toBe('failed: the engine stopped')
    await idle()
  })

  // Regression: a thread that was terminated while the runtime was in native code aborted the whole process.
  it('stops in the middle of a job, again and again, and the process lives', async () => {
    for (let round = 0; round < 6; round++) {
      const { engine } = setUp({ workers: 1 })
      await engine.start()
      const cut = look(engine)
      // Some rounds stop in the decoder, some in a net.
      await new Promise((resolve) => setTimeout(resolve, round * 4))
      await engine.stop()
      expect(await cut).toMatch(/^failed: the engine stopped$|^not-recognised$/)
    }
  })

  it('refuses templates that no model of this size made', async () => {
    const { engine } = await started(1)
    const unit = (length: number): Float32Array => new Float32Array(length).fill(1 / Math.sqrt(length))
    for (const bad of [unit(128), new Float32Array(512), unit(512).map((value) => value * 2), new Float32Array(512).fill(Number.NaN)]) {
      await expect(engine.setPerson('c', [bad])).rejects.toMatchObject({ code: 'GW_FACE_TEMPLATE' })
    }
    await engine.setPerson('c', [unit(512)])
    expect(engine.size()).toBe(3)
  })

  it('tries again, ever more slowly, where a worker cannot be replaced', async () => {
    const manifestPath = ownModels()
    const net = join(dirname(manifestPath), 'fr_detect.onnx')
    const { engine, clock, log } = setUp({ manifestPath, workers: 1 })
    await engine.start()
    renameSync(net, `${net}.away`)
    const losses = (): number[] => log.lines.filter((line) => line.level === 'error').map((line) => line.fields['delayMs'] as number)
    await look(engine, 'die')
    await until(() => losses().length === 2)
    clock.advance(1_000)
    await until(() => losses().length === 3)
    renameSync(`${net}.away`, net)
    expect(losses()).toEqual([0, 1_000, 2_000])
    clock.advance(1_999)
    expect(engine.status().workersReady).toBe(0)
    clock.advance(1)
    await until(() => engine.status().workersReady === 1)
    expect(engine.status().restarts).toBe(3)
  })

  it('lets no worker with other weights join', async () => {
    const manifestPath = ownModels()
    const { engine, log } = setUp({ manifestPath, workers: 1 })
    await engine.start()
    copyFileSync(ownModels((manifest) => { manifest.modelId = 'other' }), manifestPath)
    await look(engine, 'die')
    const errors = () => log.lines.filter((line) => line.level === 'error').map((line) => (line.fields['err'] as { code: string }).code)
    await until(() => errors().length === 2)
    expect(errors()).toEqual(['GW_FACE_ENGINE', 'GW_FACE_MODEL'])
    expect(engine.status().workersReady).toBe(0)
  })
})
