import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { FIGURE_MARGIN_HEIGHTS, cutOutRect } from '../../firmware-sim/frames/cut-out.js'
import { createFaceSource } from '../../firmware-sim/frames/face-source.js'
import { FACE_TABLE } from '../../firmware-sim/frames/face-table.js'
import { type FrameSpec, createFrameFactory } from '../../firmware-sim/frames/frame-factory.js'
import { type Cast, DEFAULT_CAST, createFolderShow, createPassageShow, drawPlan } from '../../firmware-sim/frames/frame-show.js'
import { createPassageCache } from '../../firmware-sim/frames/passage-cache.js'
import { passageSpecs } from '../../firmware-sim/frames/passage.js'
import { seededRandom } from '../../gateway/kernel/random.js'
import { settle } from '../support/virtual-clock.js'

const faces = createFaceSource()
const factory = createFrameFactory({ faces })
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const plan = { faceIds: ['s3-a'], scene: 0, variant: 0 }
const folder = mkdtempSync(join(tmpdir(), 'sim-frames-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('face table', () => {
  it('has 22 faces of 21 persons, inside their pictures, each with its own name', async () => {
    expect(FACE_TABLE).toHaveLength(22)
    expect(new Set(FACE_TABLE.map((face) => face.faceId)).size).toBe(22)
    expect(new Set(FACE_TABLE.map((face) => face.person)).size).toBe(21)
    for (const face of FACE_TABLE) {
      const cut = await faces.cutOut(face.faceId)
      expect(cut.face.right - cut.face.left).toBe(face.right - face.left)
      expect([cut.face.left >= 0, cut.face.top >= 0, cut.face.right <= cut.width, cut.face.bottom <= cut.height]).toEqual([true, true, true, true])
    }
  })

  it('a cut-out shows one person: no other face of the picture lies in it', () => {
    for (const face of FACE_TABLE) {
      const others = FACE_TABLE.filter((other) => other.picture === face.picture && other !== face)
      const rect = cutOutRect(face, others, { width: 1920, height: 1537 }, FIGURE_MARGIN_HEIGHTS)
      for (const other of others) {
        const isApart = other.right <= rect.left || other.left >= rect.right || other.bottom <= rect.top || other.top >= rect.bottom
        expect(isApart, `${other.faceId} in ${face.faceId}`).toBe(true)
      }
    }
  })

  it('refuses a name that it does not know', async () => {
    await expect(faces.cutOut('s9-z')).rejects.toMatchObject({ code: 'SIM_FACE_UNKNOWN', details: { faceId: 's9-z' } })
  })
})

describe('frame factory', () => {
  it('makes real JPEGs of 1280×720', async () => {
    const frame = await factory.render(passageSpecs(plan, 5).at(-1)!)
    expect(await sharp(frame).metadata()).toMatchObject({ format: 'jpeg', width: 1280, height: 720, channels: 3 })
    expect(frame.length).toBeGreaterThan(10_000)
    expect(frame.length).toBeLessThan(400_000)
  })

  it('gives the same bytes for the same spec, also from another factory, and others for another seed', async () => {
    const spec = passageSpecs(plan, 5)[3]!
    const again = createFrameFactory({ faces: createFaceSource() })
    const first = sha(await factory.render(spec))
    expect(sha(await again.render(spec))).toBe(first)
    expect(sha(await factory.render({ ...spec, seed: spec.seed + 1 }))).not.toBe(first)
  })

  it('a passage approaches for 1 to 2 s from 110 px to 180…260 px, then stands still', () => {
    for (const faceId of DEFAULT_CAST.residents) {
      for (const variant of [0, 1]) {
        const specs = passageSpecs({ faceIds: [faceId], scene: 1, variant }, 10)
        const heights = specs.map((spec) => spec.figures[0]?.faceHeightPx ?? 0)
        expect(specs.length).toBeGreaterThanOrEqual(15)
        expect(specs.length).toBeLessThanOrEqual(31)
        expect(heights[0]).toBe(110)
        expect(heights.at(-1)).toBeGreaterThanOrEqual(180)
        expect(heights.at(-1)).toBeLessThanOrEqual(260)
        expect(heights).toEqual([...heights].sort((a, b) => a - b))
      }
    }
  })
})

describe('passages', () => {
  const draw = (seed: number, cast: Cast, count: number) => {
    const random = seededRandom(seed)
    return Array.from({ length: count }, () => drawPlan(random, cast, 0, 2))
  }

  it('are drawn by seed: mostly residents, some strangers, some groups', () => {
    const plans = draw(7, DEFAULT_CAST, 2_000)
    expect(draw(7, DEFAULT_CAST, 2_000)).toEqual(plans)
    expect(draw(8, DEFAULT_CAST, 2_000)).not.toEqual(plans)
    const strangers = plans.filter(({ faceIds: [first = ''] }) => DEFAULT_CAST.strangers.includes(first)).length
    const groups = plans.filter((one) => one.faceIds.length === 2).length
    expect(strangers / 2_000).toBeGreaterThan(0.1)
    expect(strangers / 2_000).toBeLessThan(0.2)
    expect(groups / 2_000).toBeGreaterThan(0.02)
    expect(groups / 2_000).toBeLessThan(0.09)
  })

  it('are rendered once and shown whole, with empty frames between them', async () => {
    let renders = 0
    const drawn = { render: (spec: FrameSpec) => Promise.resolve(Buffer.from(`${++renders} ${spec.figures.map((figure) => figure.faceId).join()}`)) }
    const cache = createPassageCache({ factory: drawn, bytesMax: 64e6, nowMs: () => 0 })
    const cast: Cast = { residents: ['s5-b'], strangers: [], strangerShare: 0, groupShare: 0 }
    const show = await createPassageShow({ cache, random: seededRandom(3), cast, fps: 5, variants: 2, onError: (error) => { throw error } })
    const runs: Array<{ isEmpty: boolean; frames: string[] }> = []
    for (let frame = 0; frame < 2_000; frame++) {
      await settle(1)
      const text = show.next().toString()
      const isEmpty = text.endsWith(' ')
      if (runs.at(-1)?.isEmpty !== isEmpty) runs.push({ isEmpty, frames: [] })
      runs.at(-1)?.frames.push(text)
    }
    const whole = new Set(runs.slice(1, -1).filter((run) => !run.isEmpty).map((run) => run.frames.join('|')))
    expect([...whole].every((passage) => passage.split('|').length >= 7 && passage.split('|').length <= 15)).toBe(true)
    expect(whole.size).toBe(2)
    const gaps = runs.slice(1, -1).filter((run) => run.isEmpty).map((run) => run.frames.length)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(7)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(26)
    expect(cache.figures().framesRendered).toBe(renders)
    expect(renders).toBe(2 + [...whole].reduce((sum, passage) => sum + passage.split('|').length, 0))
  })

  it('show a resident that was rendered before while the next one is not ready', async () => {
    const never = new Promise<Buffer>(() => undefined)
    const slow = { render: ({ figures: [figure] }: FrameSpec) => (figure?.faceId === 's1-b' ? never : Promise.resolve(Buffer.from(figure?.faceId ?? 'empty'))) }
    const cache = createPassageCache({ factory: slow, bytesMax: 64e6, nowMs: () => 0 })
    for (const scene of [0, 1]) await cache.frames({ faceIds: ['s1-a'], scene, variant: 0 }, 5)
    const cast: Cast = { residents: ['s1-a', 's1-b'], strangers: [], strangerShare: 0, groupShare: 0 }
    const show = await createPassageShow({ cache, random: seededRandom(1), cast, fps: 5, variants: 1, onError: (error) => { throw error } })
    const passages: boolean[] = []
    for (let frame = 0; frame < 600; frame++) {
      await settle(1)
      const isPassage = show.next().toString() === 's1-a'
      if (passages.at(-1) !== isPassage) passages.push(isPassage)
    }
    expect(passages.filter(Boolean).length).toBeGreaterThan(10)
  })

  it('go on after one that could not be rendered', async () => {
    let renders = 0
    const failing = { render: ({ figures }: FrameSpec) => (figures.length > 0 && ++renders <= 2 ? Promise.reject(new Error('no memory')) : Promise.resolve(Buffer.from(figures[0]?.faceId ?? 'empty'))) }
    const errors: unknown[] = []
    const cache = createPassageCache({ factory: failing, bytesMax: 64e6, nowMs: () => 0 })
    const cast: Cast = { residents: ['s1-a'], strangers: [], strangerShare: 0, groupShare: 0 }
    const show = await createPassageShow({ cache, random: seededRandom(1), cast, fps: 5, variants: 1, onError: (error) => errors.push(error) })
    const seen = new Set<string>()
    for (let frame = 0; frame < 300; frame++) {
      await settle(1)
      seen.add(show.next().toString())
    }
    expect(errors).toHaveLength(2)
    expect(seen).toEqual(new Set(['empty', 's1-a']))
  })

  it('gives up the least recently shown ones when room is needed', async () => {
    const picture = Buffer.alloc(1_000)
    const cache = createPassageCache({ factory: { render: () => Promise.resolve(picture) }, bytesMax: 25_000, nowMs: () => 0 })
    const frames = (faceId: string) => cache.frames({ faceIds: [faceId], scene: 0, variant: 0 }, 5)
    const first = await frames('s1-a')
    for (const faceId of ['s1-b', 's1-c', 's3-a', 's3-c']) await frames(faceId)
    expect(cache.figures().bytes).toBeLessThanOrEqual(25_000)
    expect(await frames('s1-a')).not.toBe(first)
  })
})

describe('own frames', () => {
  it('shows a folder in the order of names, again and again', async () => {
    for (const [name, grey] of [['b.jpg', 200], ['a.jpeg', 20]] as const) {
      writeFileSync(join(folder, name), await sharp({ create: { width: 64, height: 36, channels: 3, background: { r: grey, g: grey, b: grey } } }).jpeg().toBuffer())
    }
    writeFileSync(join(folder, 'readme.txt'), 'no picture')
    const show = await createFolderShow(folder)
    const [a, b, again] = [show.next(), show.next(), show.next()]
    expect((await sharp(a).stats()).channels[0]?.mean).toBeCloseTo(20, 0)
    expect((await sharp(b).stats()).channels[0]?.mean).toBeCloseTo(200, 0)
    expect(again).toBe(a)
  })

  it('refuses a folder that is not there, has no JPEG, or has a file that is none', async () => {
    await expect(createFolderShow(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'SIM_FRAMES' })
    const bad = mkdtempSync(join(folder, 'bad-'))
    await expect(createFolderShow(bad)).rejects.toMatchObject({ code: 'SIM_FRAMES', details: { reason: 'no .jpg or .jpeg file' } })
    writeFileSync(join(bad, 'x.jpg'), 'GIF89a')
    await expect(createFolderShow(bad)).rejects.toMatchObject({ code: 'SIM_FRAMES', details: { file: 'x.jpg', reason: 'not a JPEG' } })
  })
})
