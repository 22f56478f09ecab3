import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, civilDateOf, common, endOfDayMs, isCivilDate, isEmpty, overlap, startOfDayMs } from '../../../server/household/civil-date-rules.js'
import { checkSpan, collision, cutAt, leaseInForce, leaseState, membersOn } from '../../../server/household/lease-rules.js'
import { gatesByBuilding, passesOf } from '../../../server/household/pass-rules.js'
import { maskedPhone, phoneOf } from '../../../server/resident/contact-rules.js'

const span = (fromDate: string, untilDate: string) => ({ fromDate, untilDate })
const days = fc.integer({ min: 0, max: 90_000 }).map((offset) => addDays('1970-01-01', offset))

describe('civil days', () => {
  it('begin at midnight in Jiangmen', () => {
    expect(new Date(startOfDayMs('2026-11-23')).toISOString()).toBe('2026-11-22T16:00:00.000Z')
    expect(civilDateOf(startOfDayMs('2026-11-23') - 1)).toBe('2026-11-22')
    expect(civilDateOf(endOfDayMs('2026-11-23') - 1)).toBe('2026-11-23')
  })

  it.each([['2026-02-28', true], ['2026-02-29', false], ['2028-02-29', true], ['2026-13-01', false], ['2026-1-1', false], ['0026-01-01', false], ['2026-04-31', false], ['x', false]])(
    '%s is a day: %s', (text, expected) => expect(isCivilDate(text)).toBe(expected))

  it('follow one another without gap', () => {
    fc.assert(fc.property(days, (date) => {
      expect(endOfDayMs(date)).toBe(startOfDayMs(addDays(date, 1)))
      expect(civilDateOf(startOfDayMs(date))).toBe(date)
    }))
  })

  it('two spans overlap where a day is in both', () => {
    fc.assert(fc.property(days, fc.integer({ min: -1, max: 40 }), days, fc.integer({ min: -1, max: 40 }), (a, aDays, b, bDays) => {
      const [first, second] = [span(a, addDays(a, aDays)), span(b, addDays(b, bDays))]
      const listed = (each: { fromDate: string; untilDate: string }) => {
        const all: string[] = []
        for (let date = each.fromDate; date <= each.untilDate; date = addDays(date, 1)) all.push(date)
        return all
      }
      const shared = listed(first).filter((date) => listed(second).includes(date))
      expect(overlap(first, second)).toBe(shared.length > 0)
      if (shared.length > 0) expect(listed(common(first, second))).toEqual(shared)
    }), { numRuns: 200 })
  })
})

describe('leases', () => {
  it.each([
    ['2026-01-01', '2026-12-31', 'current'], ['2026-06-15', '2026-06-15', 'current'], ['2026-06-16', '2026-12-31', 'upcoming'], ['2025-01-01', '2026-06-14', 'over'],
    ['2026-06-16', '2026-06-15', 'over'],
  ])('from %s to %s on 2026-06-15: %s', (from, until, state) => expect(leaseState(span(from, until), '2026-06-15')).toBe(state))

  it('the one of the day counts, else the next to come', () => {
    const [past, now, next, later] = [span('2025-01-01', '2025-12-31'), span('2026-01-01', '2026-12-31'), span('2027-01-01', '2027-12-31'), span('2028-01-01', '2028-12-31')]
    expect(leaseInForce([later, past, now, next], '2026-06-15')).toBe(now)
    expect(leaseInForce([later, past, next], '2026-06-15')).toBe(next)
    expect(leaseInForce([past], '2026-06-15')).toBeUndefined()
  })

  it.each([
    ['2026-01-01', '2026-01-01', undefined], ['2026-02-30', '2026-12-31', 'no-such-day'], ['2026-01-02', '2026-01-01', 'ends-before-it-begins'], ['2026-01-01', '2096-01-01', 'too-long'],
  ])('%s to %s is refused for: %s', (from, until, problem) => {
    const checked = checkSpan(span(from, until))
    expect(checked.ok ? undefined : checked.error.problem).toBe(problem)
  })

  it('cut before they begin never begin, and collide with nothing', () => {
    const lease = span('2026-03-01', '2026-12-31')
    expect(cutAt(lease, '2026-06-30')).toEqual(span('2026-03-01', '2026-06-30'))
    expect(cutAt(lease, '2027-06-30')).toEqual(lease)
    const voided = cutAt(lease, '2025-01-01')
    expect([voided, isEmpty(voided), collision(lease, [voided])]).toEqual([span('2026-03-01', '2026-02-28'), true, undefined])
  })

  it('members of a day are those whose stay has it', () => {
    const members = [{ fromDate: '2026-01-01', untilDate: null }, { fromDate: '2026-01-01', untilDate: '2026-01-31' }, { fromDate: '2026-02-01', untilDate: null }]
    expect(['2026-01-31', '2026-02-01'].map((date) => membersOn(members, date).map((member) => members.indexOf(member)))).toEqual([[0, 1], [0, 2]])
  })
})

describe('passes', () => {
  const gatesOf = gatesByBuilding(['all', 'b1', 'b2', 'both'], new Map([['b1', new Set(['one'])], ['b2', new Set(['two'])], ['both', new Set(['one', 'two'])]]))
  const member = { memberId: 'm', householdId: 'h', personRef: 'p', role: 'carer' as const, fromDate: '2026-02-01', untilDate: '2026-03-31' }
  const lease = (change: object) => ({ leaseId: 'l', householdId: 'h', buildingId: 'one', fromDate: '2026-01-01', untilDate: '2026-12-31', ...change })

  it('are for the gates of all and those of the building, on the days that lease and stay share', () => {
    expect(passesOf([member], [lease({})], gatesOf, 0)).toEqual([
      { memberId: 'm', leaseId: 'l', householdId: 'h', personRef: 'p', role: 'carer', gateIds: ['all', 'b1', 'both'], validFromMs: startOfDayMs('2026-02-01'), validUntilMs: endOfDayMs('2026-03-31') },
    ])
    expect(passesOf([member], [lease({ buildingId: 'two' })], gatesOf, 0)[0]?.gateIds).toEqual(['all', 'b2', 'both'])
  })

  it('are none without a common day, without a gate, for others, or once they are over', () => {
    expect(passesOf([member], [lease({ fromDate: '2026-04-01' })], gatesOf, 0)).toEqual([])
    expect(passesOf([member], [lease({})], () => [], 0)).toEqual([])
    expect(passesOf([member], [lease({ householdId: 'other' })], gatesOf, 0)).toEqual([])
    expect(passesOf([member], [lease({})], gatesOf, endOfDayMs('2026-03-31') - 1)).toHaveLength(1)
    expect(passesOf([member], [lease({})], gatesOf, endOfDayMs('2026-03-31'))).toEqual([])
  })
})

describe('phone numbers', () => {
  it.each([['13800138000', '13800138000'], ['+86 138 0013 8000', '13800138000'], ['0086-138-0013-8000', '13800138000'], ['12800138000', undefined], ['1380013800', undefined], ['', undefined]])(
    '%s is %s', (text, phone) => expect(phoneOf(text)).toBe(phone))
  it('are shown with their middle hidden', () => expect(maskedPhone('13800138000')).toBe('138****8000'))
})
