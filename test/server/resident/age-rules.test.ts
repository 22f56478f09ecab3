import { describe, expect, it } from 'vitest'
import { birthdayMs, hasAge, isBirthDate } from '../../../server/resident/age-rules.js'

const china = (text: string): number => Date.parse(`${text}+08:00`)

describe('age', () => {
  it('begins with the civil day in China', () => {
    expect(birthdayMs('2012-01-06', 14)).toBe(china('2026-01-06T00:00:00'))
    expect(hasAge('2012-01-06', 14, china('2026-01-05T23:59:59.999'))).toBe(false)
    expect(hasAge('2012-01-06', 14, china('2026-01-06T00:00:00'))).toBe(true)
  })

  it('of somebody born on 29 February begins on 1 March', () => {
    expect(hasAge('2012-02-29', 14, china('2026-02-28T23:59:59'))).toBe(false)
    expect(hasAge('2012-02-29', 14, china('2026-03-01T00:00:00'))).toBe(true)
    expect(hasAge('2012-02-29', 16, china('2028-02-29T00:00:00'))).toBe(true)
  })

  it.each([
    ['1980-05-01', true], ['2026-01-05', true], ['2026-01-06', false], ['1896-01-05', false], ['1896-01-06', true], ['2023-02-29', false],
    ['2024-02-29', true], ['1980-13-01', false], ['1980-00-10', false], ['1980-1-1', false], ['', false], ['19800501', false], ['0000-01-01', false],
  ])('birth date %j on 2026-01-05: %s', (text, is) => expect(isBirthDate(text, china('2026-01-05T12:00:00'))).toBe(is))
})
