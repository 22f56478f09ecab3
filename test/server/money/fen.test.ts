import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { divideHalfUp, parseYuan, shareOf, splitFen, sumFen, yuanText } from '../../../server/money/fen.js'

const fen = fc.integer({ min: -10_000_000_000, max: 10_000_000_000 })

describe('yuan', () => {
  it.each([
    ['0', 0], ['6', 600], ['6.0', 600], ['0.04000', 4], ['-0.02000', -2], ['+1.5', 150], [' 124.80 ', 12_480], ['0.00000', 0], ['-0.00', 0], ['00012.30', 1_230],
    ['99999999999999.99', undefined],
  ])('%s is %s fen', (text, expected) => expect(parseYuan(text)).toBe(expected))

  it.each(['', '.', '1.', '.5', '1,000.00', '1.005', '0.00001', '1e3', '１', '1.2.3', '--1', '¥1', '1 2', 'NaN', '0x1', '123456789012345'])('%j is no amount', (text) =>
    expect(parseYuan(text)).toBeUndefined())

  it('what is written is read again', () => fc.assert(fc.property(fen, (amount) => {
    expect(parseYuan(yuanText(amount))).toBe(amount)
    expect(yuanText(amount)).toMatch(/^-?\d+\.\d{2}$/)
  })))

  it.each([0.5, Number.NaN, Infinity, 2 ** 53])('%s is not written', (amount) => expect(() => yuanText(amount)).toThrow(RangeError))
})

describe('rounding', () => {
  it.each([[1n, 2n, 1], [-1n, 2n, -1], [1n, 3n, 0], [2n, 3n, 1], [-1n, 3n, 0], [25n, 10n, 3], [-25n, 10n, -3], [0n, 7n, 0]])('%s / %s is %s', (a, b, expected) =>
    expect(divideHalfUp(a, b)).toBe(expected))

  it('is the nearest whole number, and symmetric', () => fc.assert(fc.property(fen, fc.integer({ min: 1, max: 1_000_000 }), (amount, denominator) => {
    const result = divideHalfUp(BigInt(amount), BigInt(denominator))
    const error = (BigInt(amount) - BigInt(result) * BigInt(denominator)) * 2n
    expect(error <= BigInt(denominator) && -error <= BigInt(denominator)).toBe(true)
    expect(divideHalfUp(BigInt(-amount), BigInt(denominator))).toBe(result === 0 ? 0 : -result)
  })))

  /** Fee samples of real WeChat Pay bills: 6.00 at 0.60 % is 0.04. */
  it.each([[600, 6_000, 4], [1, 6_000, 0], [12_480, 2_000, 25], [83, 6_000, 0], [84, 6_000, 1], [100_000_000, 3_800, 380_000]])('%s fen at %s ppm is %s', (amount, rate, expected) =>
    expect(shareOf(amount, rate)).toBe(expected))

  /** By hand on the digits: what stands after the fen is 5 or more. */
  it.each([2_000, 3_800, 6_000])('fees of every amount from 0.01 to 100.00 yuan at %s ppm are half up', (rate) => {
    const byHand = (fen: number): number => {
      const digits = String(fen * rate).padStart(7, '0')
      return Number(digits.slice(0, -6)) + (Number(digits.at(-6)) >= 5 ? 1 : 0)
    }
    const amounts = Array.from({ length: 10_000 }, (_, at) => at + 1)
    expect(amounts.filter((fen) => shareOf(fen, rate) !== byHand(fen))).toEqual([])
  })
})

describe('parts', () => {
  it('add up to the whole, none further than a fen from its share', () => fc.assert(fc.property(
    fen, fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 12 }).filter((weights) => weights.some((weight) => weight > 0)),
    (amount, weights) => {
      const parts = splitFen(amount, weights)
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      expect(sumFen(parts)).toBe(amount)
      parts.forEach((part, index) => expect(Math.abs(part - (amount * (weights[index] as number)) / total)).toBeLessThan(1 + 1e-3))
    })))

  it('need a weight', () => {
    for (const weights of [[], [0], [-1, 2], [0.5]]) expect(() => splitFen(100, weights)).toThrow(RangeError)
    expect(splitFen(100, [1, 1, 1])).toEqual([34, 33, 33])
    expect(splitFen(-100, [1, 1, 1])).toEqual([-34, -33, -33])
    expect(() => sumFen([Number.MAX_SAFE_INTEGER, 1])).toThrow(RangeError)
  })
})
