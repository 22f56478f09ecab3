import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuseTemplates } from '../../../gateway/face/templates.js'

const unit = (...values: number[]): Float32Array => Float32Array.from(values.map((value) => value / Math.hypot(...values)))

describe('templates of one person', () => {
  it('are one: of unit length, in the direction of their sum', () => {
    const [fused, ...more] = fuseTemplates([unit(1, 0, 0), unit(0, 1, 0), unit(1, 1, 0)])
    expect(more).toEqual([])
    expect(fused).toEqual(unit(1, 1, 0))
  })

  it('are none where there is none', () => expect(fuseTemplates([])).toEqual([]))

  it('a single one stays as it is, bit for bit, in memory of its own', () => {
    const mine = unit(0.3, -0.2, 0.9)
    const [fused] = fuseTemplates([mine])
    expect(fused).toEqual(mine)
    mine.fill(0)
    expect(fused).not.toEqual(mine)
  })

  it('that cancel out are kept apart', () => {
    const one = unit(1, 0)
    const other = unit(-1, 0)
    expect(fuseTemplates([one, other])).toEqual([one, other])
  })

  it('come out alike in any order, and near each of them', () => {
    const direction = fc.array(fc.double({ min: 0.1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }).map((values) => unit(...values))
    fc.assert(fc.property(fc.array(direction, { minLength: 1, maxLength: 5 }), (templates) => {
      const [a] = fuseTemplates(templates)
      const [b] = fuseTemplates(templates.toReversed())
      a?.forEach((value, index) => expect(value).toBeCloseTo(b?.[index] ?? Number.NaN, 5))
      expect(Math.hypot(...a ?? [])).toBeCloseTo(1, 5)
    }))
  })
})
