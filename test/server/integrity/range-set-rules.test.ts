import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRangeCollector, without } from '../../../server/integrity/range-set-rules.js'

const collected = (numbers: Iterable<number>) => {
  const collector = createRangeCollector()
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) collector.add(number)
  return collector.ranges
}
const numbers = fc.array(fc.integer({ min: 1, max: 40 }))

describe('ranges of numbers', () => {
  it('are collected', () => expect(collected([1, 2, 3, 5, 7, 8])).toEqual([{ from: 1, to: 3 }, { from: 5, to: 5 }, { from: 7, to: 8 }]))

  it('one set without another is what sets of numbers say', () => {
    fc.assert(fc.property(numbers, numbers, (some, others) => {
      expect(without(collected(some), collected(others))).toEqual(collected(some.filter((number) => !others.includes(number))))
    }))
  })
})
