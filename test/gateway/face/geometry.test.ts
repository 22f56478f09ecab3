import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#kernel/random.js'
import { fitSimilarity, invert, warp, type Similarity } from '../../../gateway/face/align.js'
import { contextSquare } from '../../../gateway/face/liveness.js'
import type { ImageInput } from '../../../gateway/face/manifest-schema.js'
import type { Picture, Rect } from '../../../gateway/face/picture.js'
import { createResampler, SPREAD_FROM_SCALE } from '../../../gateway/face/resample.js'

const input = (width: number, height: number, channels: ImageInput['channels'], subtract = 0, divide = 1): ImageInput =>
  ({ name: 'input', width, height, channels, subtract, divide })

function noise(width: number, height: number): Picture {
  const random = seededRandom(7)
  return { data: Uint8Array.from({ length: width * height * 3 }, () => random.float() * 256), width, height }
}

/** Bilinear by the textbook, one value at a time. `outside` gives the value beyond the edges. */
function reference(picture: Picture, x: number, y: number, channel: number, outside: 'edge' | 'black'): number {
  const pixel = (px: number, py: number): number => {
    const inside = px >= 0 && py >= 0 && px < picture.width && py < picture.height
    if (!inside && outside === 'black') return 0
    const [cx, cy] = [Math.min(Math.max(px, 0), picture.width - 1), Math.min(Math.max(py, 0), picture.height - 1)]
    return picture.data[(cy * picture.width + cx) * 3 + channel] as number
  }
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [u, v] = [x - left, y - top]
  return (pixel(left, top) * (1 - u) + pixel(left + 1, top) * u) * (1 - v) + (pixel(left, top + 1) * (1 - u) + pixel(left + 1, top + 1) * u) * v
}

const whole = (spec: ImageInput) => ({ x: 0, y: 0, width: spec.width, height: spec.height })

describe('resampling', () => {
  it('copies a picture of the same size exactly, in the order and scale that the net wants', () => {
    const picture = noise(8, 6)
    const rect = { left: 0, top: 0, width: 8, height: 6 }
    for (const [channels, order] of [['RGB', [0, 1, 2]], ['BGR', [2, 1, 0]]] as const) {
      const spec = input(8, 6, channels, 127.5, 127.5)
      const tensor = new Float32Array(3 * 48)
      createResampler(spec).into(tensor, picture, rect, whole(spec))
      const expected = order.flatMap((channel) => Array.from({ length: 48 }, (_, i) => ((picture.data[i * 3 + channel] as number) - 127.5) / 127.5))
      tensor.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 5))
    }
  })

  it('weighs luma as BT.601 does', () => {
    const spec = input(1, 1, 'luma', 0, 256)
    const tensor = new Float32Array(1)
    createResampler(spec).into(tensor, { data: Uint8Array.of(100, 150, 200), width: 1, height: 1 }, { left: 0, top: 0, width: 1, height: 1 }, whole(spec))
    expect(tensor[0]).toBeCloseTo((0.299 * 100 + 0.587 * 150 + 0.114 * 200) / 256, 6)
  })

  it('interpolates any rectangle like the textbook, edges continued outside', () => {
    const picture = noise(40, 30)
    const spec = input(16, 12, 'RGB')
    const resampler = createResampler(spec)
    const place = fc.record({ left: fc.double({ min: -30, max: 40, noNaN: true }), top: fc.double({ min: -30, max: 30, noNaN: true }), scale: fc.double({ min: 0.1, max: SPREAD_FROM_SCALE - 0.01, noNaN: true }) })
    fc.assert(fc.property(place, ({ left, top, scale }) => {
      const tensor = new Float32Array(3 * 16 * 12)
      const rect: Rect = { left, top, width: 16 * scale, height: 12 * scale }
      resampler.into(tensor, picture, rect, whole(spec))
      for (const [x, y] of [[0, 0], [15, 0], [7, 5], [0, 11], [15, 11]] as const) {
        const expected = reference(picture, left + (x + 0.5) * scale - 0.5, top + (y + 0.5) * scale - 0.5, 1, 'edge')
        expect(Math.abs((tensor[192 + y * 16 + x] as number) - expected)).toBeLessThan(0.01)
      }
    }), { numRuns: 200 })
  })

  it('does not turn a fine pattern into a coarse one when it shrinks much', () => {
    const side = 320
    const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => (Math.floor(Math.floor(i / 3) % side / 2) + Math.floor(i / 3 / side / 2)) % 2 * 255)
    const spec = input(20, 20, 'RGB')
    const tensor = new Float32Array(1200)
    createResampler(spec).into(tensor, { data, width: side, height: side }, { left: 0, top: 0, width: side, height: side }, whole(spec))
    for (const value of tensor) expect(Math.abs(value - 127.5)).toBeLessThan(32)
  })

  it('writes only its window', () => {
    const spec = input(10, 10, 'RGB')
    const tensor = new Float32Array(300).fill(-1)
    createResampler(spec).into(tensor, noise(20, 10), { left: 0, top: 0, width: 20, height: 10 }, { x: 0, y: 2, width: 10, height: 5 })
    const written = [...tensor.keys()].filter((i) => tensor[i] !== -1)
    expect(written).toEqual([...tensor.keys()].filter((i) => i % 100 >= 20 && i % 100 < 70))
  })
})

describe('similarity', () => {
  const transform = fc.record({
    a: fc.double({ min: -3, max: 3, noNaN: true }), b: fc.double({ min: 0.1, max: 3, noNaN: true }),
    tx: fc.double({ min: -500, max: 500, noNaN: true }), ty: fc.double({ min: -500, max: 500, noNaN: true }),
  })
  const apply = ({ a, b, tx, ty }: Similarity, { x, y }: { x: number; y: number }) => ({ x: a * x - b * y + tx, y: b * x + a * y + ty })
  const points = [{ x: 38, y: 52 }, { x: 74, y: 52 }, { x: 56, y: 72 }, { x: 42, y: 92 }, { x: 71, y: 92 }]

  it('finds the one that made the points, and its inverse undoes it', () => {
    fc.assert(fc.property(transform, (made) => {
      const found = fitSimilarity(points, points.map((point) => apply(made, point)))
      if (found === undefined) throw new Error('no fit')
      for (const key of ['a', 'b', 'tx', 'ty'] as const) expect(found[key]).toBeCloseTo(made[key], 6)
      const back = invert(found)
      if (back === undefined) throw new Error('no inverse')
      const there = apply(back, apply(found, { x: 11, y: -7 }))
      expect([there.x, there.y]).toEqual([expect.closeTo(11, 6), expect.closeTo(-7, 6)])
    }))
  })

  it('is the best of all for points that fit none exactly', () => {
    const goal = points.map((point, i) => ({ x: point.x * 2 + (i % 2) * 3, y: point.y * 2 - (i % 3) * 2 }))
    const found = fitSimilarity(points, goal)
    if (found === undefined) throw new Error('no fit')
    const error = (s: Similarity): number => points.reduce((sum, point, i) => sum + (apply(s, point).x - (goal[i]?.x ?? 0)) ** 2 + (apply(s, point).y - (goal[i]?.y ?? 0)) ** 2, 0)
    for (const key of ['a', 'b', 'tx', 'ty'] as const) {
      for (const step of [-0.01, 0.01]) expect(error({ ...found, [key]: found[key] + step })).toBeGreaterThan(error(found))
    }
  })

  it('has none for points that are all one', () => {
    expect(fitSimilarity(points.map(() => ({ x: 5, y: 5 })), points)).toBeUndefined()
    expect(invert({ a: 0, b: 0, tx: 1, ty: 1 })).toBeUndefined()
  })

  it('warps like the textbook, black outside', () => {
    const picture = noise(30, 20)
    const spec = input(12, 10, 'BGR', 127.5, 127.5)
    fc.assert(fc.property(fc.record({ a: fc.double({ min: 0.3, max: 2, noNaN: true }), b: fc.double({ min: -1, max: 1, noNaN: true }), tx: fc.double({ min: -15, max: 30, noNaN: true }), ty: fc.double({ min: -15, max: 20, noNaN: true }) }), (toPicture) => {
      const tensor = new Float32Array(360)
      warp(tensor, picture, spec, toPicture)
      for (let y = 0; y < 10; y++) {
        for (let x = 0; x < 12; x++) {
          const from = apply(toPicture, { x, y })
          const expected = (reference(picture, from.x, from.y, 2, 'black') - 127.5) / 127.5
          expect(Math.abs((tensor[y * 12 + x] as number) - expected)).toBeLessThan(1e-4)
        }
      }
    }), { numRuns: 100 })
  })
})

describe('square around a face for liveness', () => {
  const box = (left: number, top: number, height: number) => ({ left, top, right: left + height * 0.8, bottom: top + height, score: 1 })
  const picture = { data: new Uint8Array(), width: 1280, height: 720 }

  it.each([
    ['in the middle', box(600, 300, 100), { left: 565, top: 275, width: 150, height: 150 }],
    ['at the left edge: shifted', box(0, 300, 100), { left: 0, top: 275, width: 150, height: 150 }],
    ['in the lower right corner: shifted', box(1250, 680, 100), { left: 1130, top: 570, width: 150, height: 150 }],
    ['higher than the picture allows: smaller', box(300, 50, 600), { left: 180, top: 0, width: 720, height: 720 }],
  ])('%s', (_, face, expected) => expect(contextSquare(picture, face, 1.5)).toEqual(expected))
})
