import { describe, expect, it } from 'vitest'
import { seededRandom } from '#kernel/random.js'
import { type Similarity, warp } from '../../../gateway/face/align.js'
import type { ImageInput } from '../../../gateway/face/manifest-schema.js'
import type { Picture } from '../../../gateway/face/picture.js'
import { createResampler } from '../../../gateway/face/resample.js'
import { plainResample, plainWarp } from '../../bench/plain-resample.js'

/** Of the largest value that a net gets; float32 holds about seven digits. */
const DIFFERENCE_MAX = 1e-6

const random = seededRandom(20_261_123)
const between = (low: number, high: number): number => low + random.float() * (high - low)

/** Noise, with or without memory behind the last pixel. */
function picture(width: number, height: number, spare: boolean): Picture {
  const memory = random.bytes(width * height * 3 + (spare ? 9 : 0))
  const data = new Uint8Array(memory.length)
  data.set(memory)
  return { data: data.subarray(0, width * height * 3), width, height }
}

const INPUTS: Record<string, ImageInput> = {
  detect: { name: 'x', width: 64, height: 48, channels: 'RGB', subtract: 127, divide: 128 },
  landmark: { name: 'x', width: 32, height: 32, channels: 'luma', subtract: 0, divide: 256 },
  liveness: { name: 'x', width: 40, height: 40, channels: 'BGR', subtract: 0, divide: 1 },
  embed: { name: 'x', width: 56, height: 56, channels: 'BGR', subtract: 127.5, divide: 127.5 },
}

const tensorOf = ({ width, height, channels }: ImageInput): Float32Array => new Float32Array(width * height * (channels === 'luma' ? 1 : 3)).fill(0.25)

function largestDifference(a: Float32Array, b: Float32Array): number {
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN)) / scale), 0)
}

describe('what the nets see is what the definition says', () => {
  for (const [name, input] of Object.entries(INPUTS)) {
    it(`${name}: rectangles of all sizes, inside and over the edge`, () => {
      const resampler = createResampler(input)
      for (let round = 0; round < 60; round++) {
        const seen = picture(Math.floor(between(1, 400)), Math.floor(between(1, 300)), round % 2 === 0)
        const whole = { left: 0, top: 0, width: seen.width, height: seen.height }
        const free = { left: between(-60, seen.width), top: between(-60, seen.height), width: between(1, 900), height: between(1, 900) }
        const source = round % 3 === 0 ? whole : free
        const window = round % 4 === 0 ? { x: 3, y: 5, width: input.width - 7, height: input.height - 9 } : { x: 0, y: 0, width: input.width, height: input.height }
        const [shipped, plain] = [tensorOf(input), tensorOf(input)]
        resampler.into(shipped, seen, source, window)
        plainResample(plain, seen, input, source, window)
        expect(largestDifference(shipped, plain)).toBeLessThan(DIFFERENCE_MAX)
      }
    })
  }

  it('the aligned face: turned, scaled and shifted at will, inside the picture, over its edge and outside', () => {
    const input = INPUTS['embed'] as ImageInput
    const kinds = { inside: 0, edge: 0 }
    for (let round = 0; round < 120; round++) {
      const seen = picture(Math.floor(between(40, 500)), Math.floor(between(40, 400)), round % 2 === 0)
      const [turn, scale] = [between(-Math.PI, Math.PI), between(0.2, round % 2 === 0 ? 1.5 : 9)]
      const [a, b] = [scale * Math.cos(turn), scale * Math.sin(turn)]
      const [u, v] = [input.width / 2, input.height / 2]
      const [x, y] = round % 2 === 0 ? [seen.width / 2, seen.height / 2] : [between(-20, seen.width + 20), between(-20, seen.height + 20)]
      const toPicture: Similarity = { a, b, tx: x - a * u + b * v, ty: y - b * u - a * v }
      const reach = (scale * Math.hypot(input.width, input.height)) / 2 + 3
      kinds[x > reach && y > reach && x < seen.width - reach && y < seen.height - reach ? 'inside' : 'edge'] += 1
      const [shipped, plain] = [tensorOf(input), tensorOf(input)]
      warp(shipped, seen, input, toPicture)
      plainWarp(plain, seen, input, toPicture)
      expect(largestDifference(shipped, plain)).toBeLessThan(DIFFERENCE_MAX)
    }
    // Both ways through the code were taken.
    expect(Math.min(kinds.inside, kinds.edge)).toBeGreaterThan(15)
  })
})
