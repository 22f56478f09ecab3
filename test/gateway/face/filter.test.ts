import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSharpener, mirrorRows } from '../../../gateway/face/filter.js'

const byte = fc.integer({ min: 0, max: 255 })
const planes = fc.record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }), count: fc.integer({ min: 1, max: 3 }) })
  .chain(({ width, height, count }) => fc.array(byte, { minLength: width * height * count, maxLength: width * height * count })
    .map((values) => ({ width, height, tensor: Float32Array.from(values) })))

/** The definition, value by value. */
function plain(tensor: Float32Array, width: number, height: number, amount: number): number[] {
  return Array.from(tensor, (value, index) => {
    const [plane, y, x] = [Math.floor(index / (width * height)), Math.floor(index / width) % height, index % width]
    const at = (row: number, column: number): number =>
      tensor[plane * width * height + Math.min(Math.max(row, 0), height - 1) * width + Math.min(Math.max(column, 0), width - 1)] as number
    let mean = 0
    for (const [dy, down] of [[-1, 1], [0, 2], [1, 1]] as const) {
      for (const [dx, across] of [[-1, 1], [0, 2], [1, 1]] as const) mean += (at(y + dy, x + dx) * down * across) / 16
    }
    return value + amount * (value - mean)
  })
}

describe('sharpening', () => {
  it('is its definition, at every edge of every plane', () => {
    fc.assert(fc.property(planes, fc.double({ min: 0, max: 4, noNaN: true }), ({ width, height, tensor }, amount) => {
      const wanted = plain(tensor, width, height, amount)
      createSharpener({ width, height }, amount)(tensor)
      tensor.forEach((value, index) => expect(value).toBeCloseTo(wanted[index] as number, 2))
    }))
  })

  it('leaves a flat picture, and one of amount 0, as they are', () => {
    const flat = new Float32Array(48).fill(77)
    createSharpener({ width: 4, height: 4 }, 2)(flat)
    expect(flat).toEqual(new Float32Array(48).fill(77))
    const any = Float32Array.from([1, 5, 2, 8])
    createSharpener({ width: 2, height: 2 }, 0)(any)
    expect([...any]).toEqual([1, 5, 2, 8])
  })
})

it('the mirror image has every row of every plane turned round', () => {
  const tensor = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  mirrorRows(tensor, 3)
  expect([...tensor]).toEqual([3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10])
})
