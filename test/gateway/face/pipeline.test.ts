import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock.js'
import type { Gallery } from '../../../gateway/face/gallery.js'
import { createPlainGallery } from '../../support/plain-gallery.js'
import { faceSettings } from '../../../gateway/face/model-manifest.js'
import type { FaceSettings } from '../../../gateway/face/manifest-schema.js'
import { openFaceNets, type FaceNets } from '../../../gateway/face/nets.js'
import { createFacePipeline, type FacePipeline } from '../../../gateway/face/pipeline.js'
import type { FaceMemory } from '../../../gateway/face/track.js'
import { STAGES, type FaceOutcome, type Stage } from '../../../gateway/face/types.js'
import { FRONTAL, KNOWN_FACES, MANIFEST, crowdOf, frameOf, photoOf, sampleBytes, type KnownFace } from './support/demo-faces.js'

let faceNets: FaceNets
beforeAll(async () => { faceNets = await openFaceNets(MANIFEST) })
afterAll(() => faceNets.close())

function setUp(site: Partial<FaceSettings> = {}): { pipeline: FacePipeline; gallery: Gallery } {
  const gallery = createPlainGallery()
  return { gallery, pipeline: createFacePipeline({ faceNets, settings: faceSettings(faceNets.manifest, site), gallery, clock: systemClock }) }
}

async function enrol(pipeline: FacePipeline, face: KnownFace): Promise<Float32Array> {
  const outcome = await pipeline.embed(await photoOf(face))
  if (outcome.kind !== 'template') throw new Error(`${JSON.stringify(face)}: ${JSON.stringify(outcome)}`)
  return outcome.embedding
}

/** Everything of an outcome but the figures that differ from run to run. */
const essence = (outcome: FaceOutcome): unknown => ({
  ...outcome, timings: Object.keys(outcome.timings), ...('box' in outcome ? { box: outcome.box === null ? null : 'box' } : {}),
})
const upTo = (last: Stage): Stage[] => STAGES.slice(0, STAGES.indexOf(last) + 1)
const NO_SCORES = { liveness: null, score: null, margin: null, threshold: 0.55, gallerySize: 0 }

describe('recognition', () => {
  it('knows each enrolled person in frames of other size, light and quality, and nobody else', async () => {
    const { pipeline, gallery } = setUp({ livenessMin: 0 })
    const [stranger, ...residents] = FRONTAL
    for (const [index, face] of residents.entries()) gallery.setPerson(`person-${index}`, [await enrol(pipeline, face)])
    gallery.permit('gate', residents.map((_, index) => `person-${index}`))
    const looks = [{ heightPx: 220 }, { heightPx: 140, brightness: 0.7, quality: 75 }, { heightPx: 120, x: 300, y: 400, brightness: 1.2 }]
    let refused = 0
    for (const [index, face] of residents.entries()) {
      for (const look of looks) {
        const outcome = await pipeline.analyse({ image: await frameOf(face, look), galleryKey: 'gate' })
        if (outcome.kind === 'matched') {
          expect(outcome.personRef).toBe(`person-${index}`)
          expect(outcome.scores.gallerySize).toBe(residents.length)
          expect(Object.keys(outcome.timings)).toEqual([...STAGES])
        } else refused += 1
      }
    }
    expect(refused).toBeLessThanOrEqual(2)
    const outcome = await pipeline.analyse({ image: await frameOf(stranger as KnownFace, { heightPx: 200 }), galleryKey: 'gate' })
    expect(outcome).toMatchObject({ kind: 'refused', stage: 'match', reason: 'not-recognised', scores: { gallerySize: residents.length } })
  })

  it('looks only among those permitted at the gate', async () => {
    const { pipeline, gallery } = setUp({ livenessMin: 0 })
    const [face, other] = FRONTAL as [KnownFace, KnownFace]
    gallery.setPerson('a', [await enrol(pipeline, face)])
    gallery.setPerson('b', [await enrol(pipeline, other)])
    gallery.permit('mine', ['a', 'b'])
    gallery.permit('theirs', ['b'])
    const image = await frameOf(face, { heightPx: 200 })
    expect(await pipeline.analyse({ image, galleryKey: 'mine' })).toMatchObject({ kind: 'matched', personRef: 'a', scores: { gallerySize: 2 } })
    expect(await pipeline.analyse({ image, galleryKey: 'theirs' })).toMatchObject({ kind: 'refused', reason: 'not-recognised', scores: { gallerySize: 1 } })
    expect(await pipeline.analyse({ image, galleryKey: 'unknown' })).toMatchObject({ kind: 'refused', reason: 'not-recognised', scores: { gallerySize: 0, score: null, margin: null } })
    gallery.removePerson('a')
    expect(await pipeline.analyse({ image, galleryKey: 'mine' })).toMatchObject({ kind: 'refused', reason: 'not-recognised', scores: { gallerySize: 1 } })
  })

  it('calls a face ambiguous that is as near to two persons', async () => {
    const { pipeline, gallery } = setUp({ livenessMin: 0 })
    const embedding = await enrol(pipeline, FRONTAL[0] as KnownFace)
    gallery.setPerson('a', [embedding])
    gallery.setPerson('b', [embedding])
    gallery.permit('gate', ['a', 'b'])
    const outcome = await pipeline.analyse({ image: await frameOf(FRONTAL[0] as KnownFace, { heightPx: 200 }), galleryKey: 'gate' })
    expect(outcome).toMatchObject({ kind: 'refused', stage: 'match', reason: 'ambiguous', scores: { margin: 0 } })
  })

  it('sees at a gate what it saw at enrolment, where the mirror image was looked at too', async () => {
    const { pipeline, gallery } = setUp({ livenessMin: 0 })
    const photo = await photoOf(FRONTAL[1] as KnownFace)
    const enrolled = await pipeline.embed(photo)
    if (enrolled.kind !== 'template') throw new Error(JSON.stringify(enrolled))
    gallery.setPerson('a', [enrolled.embedding])
    gallery.permit('gate', ['a'])
    const outcome = await pipeline.analyse({ image: photo, galleryKey: 'gate' })
    if (outcome.kind !== 'matched') throw new Error(JSON.stringify(outcome))
    expect(outcome.scores.score).toBeGreaterThan(0.98)
    expect(outcome.box).toEqual(enrolled.box)
    expect(outcome.scores.liveness).toBe(enrolled.liveness)
    expect(outcome.scores.margin).toBe(2)
  })
})

describe('frames of one passage', () => {
  const look = { heightPx: 160 }

  it('carries what was seen from frame to frame, whichever pipeline looks, and decides with all of it', async () => {
    const { pipeline, gallery } = setUp({ livenessMin: 0 })
    const face = FRONTAL[0] as KnownFace
    gallery.setPerson('a', [await enrol(pipeline, face)])
    gallery.permit('gate', ['a'])
    const image = await frameOf(face, look)
    const first = await pipeline.analyse({ image, galleryKey: 'gate', passage: { atMs: 1_000, memory: null } })
    expect(first).toMatchObject({ kind: 'matched', personRef: 'a', memory: { track: { state: 'granted', count: 1, startedMs: 1_000 } } })
    if (first.kind !== 'matched') return
    const other = setUp({ livenessMin: 0 })
    const second = await other.pipeline.analyse({ image: await frameOf(face, { heightPx: 170, x: 660 }), galleryKey: 'gate', passage: { atMs: 1_200, memory: structuredClone(first.memory ?? null) } })
    expect(second).toMatchObject({ kind: 'undecided', reason: 'not-recognised', memory: { track: { state: 'granted', count: 2, startedMs: 1_000 } } })
  })

  it('refuses once what is not live, then looks no further, and takes a blurred frame of that face for no other', async () => {
    const { pipeline } = setUp({ livenessMin: 1, framesMax: 2 })
    const face = FRONTAL[0] as KnownFace
    const [sharp, blurred] = [await frameOf(face, look), await frameOf(face, { ...look, blurPx: 9 })]
    let memory: FaceMemory | null = null
    const seen: unknown[] = []
    for (const [index, image] of [sharp, sharp, sharp, blurred].entries()) {
      const outcome: FaceOutcome = await pipeline.analyse({ image, galleryKey: 'gate', passage: { atMs: 1_000 + index * 200, memory } })
      if (outcome.kind === 'failed') throw new Error(outcome.message)
      memory = outcome.memory ?? null
      seen.push([outcome.kind, outcome.kind === 'matched' ? null : outcome.reason, Object.keys(outcome.timings).at(-1)])
    }
    expect(seen).toEqual([['undecided', 'not-live', 'match'], ['refused', 'not-live', 'match'], ['undecided', null, 'embed'], ['undecided', null, 'quality']])
    expect(await pipeline.analyse({ image: blurred, galleryKey: 'gate', passage: { atMs: 60_000, memory } })).toMatchObject({ kind: 'refused', reason: 'poor-quality' })
  })
})

describe('refusals', () => {
  const image = async (face: KnownFace, heightPx: number): Promise<Buffer> => frameOf(face, { heightPx })
  const face = FRONTAL[0] as KnownFace

  it.each([
    ['random bytes', async () => Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 251))],
    ['no bytes', async () => Buffer.alloc(0)],
    ['a truncated JPEG', async () => (await image(face, 200)).subarray(0, 20_000)],
    ['a JPEG without its last bytes', async () => (await image(face, 200)).subarray(0, -200)],
  ])('%s: undecodable', async (_, bytes) => {
    const outcome = await setUp().pipeline.analyse({ image: await bytes(), galleryKey: 'gate' })
    expect(essence(outcome)).toEqual({ kind: 'refused', stage: 'decode', reason: 'undecodable', scores: NO_SCORES, box: null, timings: ['decode'] })
  })

  it('an empty scene: no face', async () => {
    const { default: sharp } = await import('sharp')
    const empty = await sharp({ create: { width: 1280, height: 720, channels: 3, background: '#678' } }).jpeg().toBuffer()
    const outcome = await setUp().pipeline.analyse({ image: empty, galleryKey: 'gate' })
    expect(essence(outcome)).toEqual({ kind: 'refused', stage: 'detect', reason: 'no-face', scores: NO_SCORES, box: null, timings: upTo('detect') })
  })

  it('several people side by side: many faces, at a gate and at enrolment', async () => {
    const { pipeline } = setUp()
    const outcome = await pipeline.analyse({ image: sampleBytes(6), galleryKey: 'gate' })
    expect(essence(outcome)).toEqual({ kind: 'refused', stage: 'detect', reason: 'many-faces', scores: NO_SCORES, box: null, timings: upTo('detect') })
    expect(await pipeline.embed(sampleBytes(6))).toMatchObject({ kind: 'refused', stage: 'detect', reason: 'many-faces' })
  })

  it('one near and one behind: the near one counts at a gate, not at enrolment', async () => {
    const { pipeline, gallery } = setUp({ livenessMin: 0 })
    const [near, far] = [FRONTAL[5], FRONTAL[6]] as [KnownFace, KnownFace]
    gallery.setPerson('near', [await enrol(pipeline, near)])
    gallery.permit('gate', ['near'])
    const both = await crowdOf([{ face: near, look: { heightPx: 240, x: 400, y: 360 } }, { face: far, look: { heightPx: 120, x: 1000, y: 360 } }])
    expect(await pipeline.analyse({ image: both, galleryKey: 'gate' })).toMatchObject({ kind: 'matched', personRef: 'near' })
    expect(await pipeline.embed(both)).toMatchObject({ kind: 'refused', stage: 'detect', reason: 'many-faces' })
  })

  it('a face far away: too small', async () => {
    const outcome = await setUp().pipeline.analyse({ image: await image(face, 60), galleryKey: 'gate' })
    expect(essence(outcome)).toEqual({ kind: 'refused', stage: 'detect', reason: 'face-too-small', scores: NO_SCORES, box: null, timings: upTo('detect') })
  })

  it.each([
    ['a blurred face', { heightPx: 160, blurPx: 9 }, 'blurred'],
    ['a face that reaches over the upper edge', { heightPx: 300, y: 40 }, 'cut off'],
  ])('%s: poor quality', async (_, look, word) => {
    const { pipeline } = setUp()
    const bytes = await frameOf(face, look)
    const outcome = await pipeline.analyse({ image: bytes, galleryKey: 'gate' })
    expect(essence(outcome)).toEqual({ kind: 'refused', stage: 'quality', reason: 'poor-quality', scores: NO_SCORES, box: 'box', timings: upTo('quality') })
    expect(await pipeline.embed(bytes)).toMatchObject({ kind: 'refused', stage: 'quality', reason: 'poor-quality', detail: expect.stringContaining(word) })
  })

  it('a face turned away: poor quality', async () => {
    const outcome = await setUp().pipeline.embed(await photoOf(KNOWN_FACES[3] as KnownFace))
    expect(outcome).toMatchObject({ kind: 'refused', stage: 'quality', reason: 'poor-quality', detail: expect.stringContaining('turned away') })
  })

  it('not live enough: the liveness that was reached is told, and nothing after it ran', async () => {
    const outcome = await setUp({ livenessMin: 1 }).pipeline.analyse({ image: await image(face, 200), galleryKey: 'gate' })
    if (outcome.kind !== 'refused') throw new Error(outcome.kind)
    const { liveness } = outcome.scores
    expect(liveness).toBeGreaterThanOrEqual(0)
    expect(liveness).toBeLessThan(1)
    expect(essence(outcome)).toEqual({ kind: 'refused', stage: 'liveness', reason: 'not-live', scores: { ...NO_SCORES, liveness }, box: 'box', timings: upTo('liveness') })
  })

  it('a defect is a failure with its stage, not a refusal', async () => {
    const gallery: Gallery = { ...createPlainGallery(), match() { throw new Error('broken gallery') } }
    const pipeline = createFacePipeline({ faceNets, settings: faceSettings(faceNets.manifest, { livenessMin: 0 }), gallery, clock: systemClock })
    const outcome = await pipeline.analyse({ image: await image(face, 200), galleryKey: 'gate' })
    expect(essence(outcome)).toEqual({ kind: 'failed', stage: 'match', message: 'broken gallery', timings: upTo('embed') })
  })
})
