import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../support/virtual-clock.js'
import type { FaceSettings } from '../../../gateway/face/manifest-schema.js'
import { faceSettings } from '../../../gateway/face/model-manifest.js'
import { type FaceNets, openFaceNets } from '../../../gateway/face/nets.js'
import { type FacePipeline, createFacePipeline } from '../../../gateway/face/pipeline.js'
import type { FaceMemory } from '../../../gateway/face/track.js'
import type { FaceLook, FaceOutcome } from '../../../gateway/face/types.js'
import { createPlainGallery } from '../../support/plain-gallery.js'
import { FRONTAL, type KnownFace, MANIFEST, crowdOf, frameOf, photoOf } from './support/demo-faces.js'

let faceNets: FaceNets
beforeAll(async () => { faceNets = await openFaceNets(MANIFEST) })
afterAll(() => faceNets.close())

const RULES = { faceHeightPxMin: 80 }
function pipelineWith(site: Partial<FaceSettings> = {}) {
  const gallery = createPlainGallery()
  return { gallery, pipeline: createFacePipeline({ faceNets, settings: faceSettings(faceNets.manifest, site), gallery, clock: createVirtualClock() }) }
}
type Step = (image: Uint8Array, place: { atMs: number; memory: FaceMemory | null }) => Promise<FaceOutcome>
/** Frames of one passage, 200 ms apart. */
async function walk(step: Step, images: readonly Uint8Array[]): Promise<FaceOutcome[]> {
  const outcomes: FaceOutcome[] = []
  let memory: FaceMemory | null = null
  for (const [index, image] of images.entries()) {
    const outcome = await step(image, { atMs: index * 200, memory })
    outcomes.push(outcome)
    if (outcome.kind !== 'failed') memory = outcome.memory ?? memory
  }
  return outcomes
}
const timeless = (outcome: FaceOutcome) => ({ ...outcome, timings: {} })

describe('a frame looked at in one place and decided about in another', () => {
  const [resident, stranger] = FRONTAL as [KnownFace, KnownFace]
  /** Looks without a gallery; what it says is all that the other one has. */
  const elsewhere = () => pipelineWith().pipeline

  const both = async (here: FacePipeline, images: readonly Uint8Array[]): Promise<[FaceOutcome[], FaceOutcome[]]> => {
    const worker = elsewhere()
    return [
      await walk((image, passage) => here.analyse({ image, galleryKey: 'gate', passage }), images),
      await walk(async (image, passage) => here.judge({ look: structuredClone(await worker.look({ image, ...RULES })), galleryKey: 'gate', passage }), images),
    ]
  }

  it('comes out as if it had been done in one, frame for frame of a passage: a resident, a stranger, a crowd, no picture', async () => {
    const { pipeline, gallery } = pipelineWith({ livenessMin: 0.001, livenessEarly: 0 })
    const enrolled = await pipeline.embed(await photoOf(resident))
    if (enrolled.kind !== 'template') throw new Error(JSON.stringify(enrolled))
    gallery.setPerson('a', [enrolled.embedding])
    gallery.permit('gate', ['a'])
    const scene = (face: KnownFace) => Promise.all([200, 203, 206, 209, 212].map((heightPx) => frameOf(face, { heightPx })))
    const ends: string[] = []
    const crowd = await crowdOf([{ face: resident, look: { heightPx: 160, x: 350, y: 360 } }, { face: stranger, look: { heightPx: 160, x: 900, y: 360 } }])
    for (const images of [await scene(resident), await scene(stranger), [crowd], [new Uint8Array([1, 2, 3])]]) {
      const [whole, split] = await both(pipeline, images)
      expect(split.map(timeless)).toEqual(whole.map(timeless))
      ends.push(whole.map(({ kind }) => kind).join(' '))
    }
    expect(ends).toEqual(['matched matched matched matched matched', 'undecided undecided undecided undecided undecided', 'refused', 'refused'])
  })

  it('is decided by the rules of whoever decides: a laxer look lets no smaller, duller or second face through', async () => {
    const { pipeline } = pipelineWith({ faceHeightPxMin: 400 })
    const seen = await elsewhere().look({ image: await frameOf(resident, { heightPx: 200 }), ...RULES }) as Extract<FaceLook, { kind: 'seen' }>
    expect(seen.kind).toBe('seen')
    const judge = (by: FacePipeline, look: FaceLook) => by.judge({ look, galleryKey: 'gate', passage: { atMs: 0, memory: null } })
    expect(await judge(pipeline, seen)).toMatchObject({ kind: 'refused', stage: 'detect', reason: 'face-too-small' })
    const usual = pipelineWith().pipeline
    expect(await judge(usual, { ...seen, quality: { ...seen.quality, sharpness: 0 } })).toMatchObject({ kind: 'refused', stage: 'quality', reason: 'poor-quality' })
    expect(await judge(usual, { ...seen, boxes: [...seen.boxes, ...seen.boxes] })).toMatchObject({ kind: 'refused', stage: 'detect', reason: 'many-faces' })
    expect(await judge(usual, { ...seen, boxes: [] })).toMatchObject({ kind: 'refused', reason: 'no-face' })
    expect(await judge(usual, { kind: 'failed', stage: 'embed', message: 'gone', timings: {} })).toMatchObject({ kind: 'failed', stage: 'embed' })
  })

  it('asks liveness in each way that the manifest has', async () => {
    const seen = await elsewhere().look({ image: await frameOf(resident, { heightPx: 200 }), ...RULES })
    expect(seen).toMatchObject({ kind: 'seen', liveness: faceNets.manifest.nets.liveness.looks.map(() => expect.any(Number)) })
  })
})
