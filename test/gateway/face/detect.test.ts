import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDecoder } from '../../../gateway/face/decode.js'
import { createDetector, overlap, withoutOverlaps } from '../../../gateway/face/detect.js'
import { openFaceNets, type FaceNets } from '../../../gateway/face/nets.js'
import type { FaceBox } from '../../../gateway/face/types.js'
import { KNOWN_FACES, MANIFEST, sampleBytes } from './support/demo-faces.js'

describe('detector on pictures with known faces', () => {
  let faceNets: FaceNets
  beforeAll(async () => { faceNets = await openFaceNets(MANIFEST) })
  afterAll(() => faceNets.close())

  it.each([1, 2, 3, 4, 5, 6])('picture %i: each of its faces once, and nothing else', async (sample) => {
    const { manifest, nets } = faceNets
    const picture = createDecoder().frame(sampleBytes(sample))
    if (!picture.ok) throw new Error(picture.error)
    const boxes = await createDetector(nets.detect, manifest.nets.detect, manifest.settings).detect(picture.value)
    const missing = KNOWN_FACES.filter((face) => face.sample === sample)
    for (const box of boxes) {
      const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2]
      const index = missing.findIndex((face) => Math.hypot(face.x - x, face.y - y) < face.height / 4)
      expect(index, `box at ${x}, ${y}`).toBeGreaterThanOrEqual(0)
      const [face] = missing.splice(index, 1)
      expect(Math.abs(box.bottom - box.top - (face?.height ?? 0))).toBeLessThan(40)
    }
    expect(missing).toEqual([])
    expect(boxes.map((box) => box.bottom - box.top)).toEqual(boxes.map((box) => box.bottom - box.top).toSorted((a, b) => b - a))
  })

  it('finds the same face in a picture of another shape with the same detector', async () => {
    const { manifest, nets } = faceNets
    const detector = createDetector(nets.detect, manifest.nets.detect, manifest.settings)
    const { default: sharp } = await import('sharp')
    const heights: number[] = []
    for (const side of [{ left: 0, top: 100, width: 1100, height: 900 }, { left: 200, top: 0, width: 600, height: 1280 }]) {
      const cut = await sharp(sampleBytes(1)).extract(side).jpeg().toBuffer()
      const picture = createDecoder().frame(cut)
      if (!picture.ok) throw new Error(picture.error)
      const box = (await detector.detect(picture.value)).find((found) => Math.abs((found.left + found.right) / 2 + side.left - 507) < 50)
      heights.push((box?.bottom ?? 0) - (box?.top ?? 0))
    }
    expect(heights[0]).toBeGreaterThan(190)
    expect(Math.abs((heights[0] ?? 0) - (heights[1] ?? 0))).toBeLessThan(40)
  })
})

describe('overlapping boxes', () => {
  const box = (left: number, top: number, size: number, score: number): FaceBox => ({ left, top, right: left + size, bottom: top + size, score })

  it.each([
    ['the same', box(0, 0, 10, 1), box(0, 0, 10, 1), 1],
    ['half over half', box(0, 0, 10, 1), box(5, 0, 10, 1), 1 / 3],
    ['one in the other', box(0, 0, 10, 1), box(2, 2, 5, 1), 0.25],
    ['touching', box(0, 0, 10, 1), box(10, 0, 10, 1), 0],
    ['apart', box(0, 0, 10, 1), box(30, 30, 10, 1), 0],
  ])('%s', (_, a, b, expected) => {
    expect(overlap(a, b)).toBeCloseTo(expected, 10)
    expect(overlap(b, a)).toBeCloseTo(expected, 10)
  })

  it('keeps the surest of each face', () => {
    const boxes = [box(0, 0, 10, 0.8), box(1, 0, 10, 0.9), box(100, 0, 10, 0.75), box(2, 1, 10, 0.7)]
    expect(withoutOverlaps(boxes, 0.4)).toEqual([boxes[1], boxes[2]])
  })
})
