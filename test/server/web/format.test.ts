import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ageText, clockText, dateTimeText, dayStartMs, dayText, durationText, fieldMs, fieldText, moneyText, numberText, scoreText, shortId, shortTimeText, yearsOld,
} from '../../../server/web/kit/format.js'
import { NOW_MS } from './support/samples.js'

describe('times', () => {
  it('are those of Jiangmen, whatever the zone of the machine', () => {
    const byIntl = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'medium' })
    fc.assert(fc.property(fc.integer({ min: Date.UTC(1992, 0), max: Date.UTC(2090, 0) }), (ms) => {
      expect(dateTimeText(ms)).toBe(byIntl.format(ms))
      expect(dayText(dayStartMs(ms))).toBe(dayText(ms))
      expect(clockText(dayStartMs(ms))).toBe('00:00:00')
    }))
  })

  it('leave out what today makes plain', () => {
    expect(shortTimeText(NOW_MS, NOW_MS)).toBe('14:03:22')
    expect(shortTimeText(NOW_MS - 86_400_000, NOW_MS)).toBe('11-22 14:03:22')
    expect(shortTimeText(NOW_MS - 365 * 86_400_000, NOW_MS)).toBe('2025-11-23 14:03:22')
  })

  it('of a field read back as written, and what is none is refused', () => {
    expect(fieldMs(fieldText(NOW_MS))).toBe(NOW_MS - 22_000)
    expect(['', '2026-02-30T10:00', '2026-11-23 10:00', 'T'].map(fieldMs)).toEqual([undefined, undefined, undefined, undefined])
  })

  it('as ages count whole units and never lie ahead', () => {
    const ages = [0, 59_000, 60_000, 3_599_000, 7_200_000, 200_000_000, -5_000].map((age) => ageText(NOW_MS - age, NOW_MS, 'en'))
    expect(ages).toEqual(['now', '59 seconds ago', '1 minute ago', '59 minutes ago', '2 hours ago', '2 days ago', 'now'])
    expect(ageText(NOW_MS - 180_000, NOW_MS, 'zh-CN')).toBe('3分钟前')
  })
})

describe('figures', () => {
  it('are written alike everywhere', () => {
    expect([moneyText(123_456), moneyText(-5), moneyText(0), moneyText(100_000_000)]).toEqual(['¥1,234.56', '-¥0.05', '¥0.00', '¥1,000,000.00'])
    expect([durationText(0.44), durationText(86.4), durationText(999.6), durationText(1_240)]).toEqual(['0.4 ms', '86 ms', '1.00 s', '1.24 s'])
    expect([scoreText(0.5), numberText(48_211, 'zh-CN'), shortId('01940009-0000-7000-8000-0000000000ab')]).toEqual(['0.500', '48,211', '000000ab'])
  })

  it('of age change on the birthday in Jiangmen', () => {
    expect([yearsOld('2012-11-23', NOW_MS), yearsOld('2012-11-24', NOW_MS), yearsOld('someday', NOW_MS)]).toEqual([14, 13, undefined])
  })
})
