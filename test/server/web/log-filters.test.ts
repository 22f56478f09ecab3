import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type LogFilters, NO_FILTERS, RANGES, accessQuery, changed, filtersOf, isFiltered, matches, queryOf, spanOf,
} from '../../../server/web/manager/log/log-filters.js'
import { NOW_MS, passage } from './support/samples.js'

const MINUTE_MS = 60_000
const REF = '01940001-0000-7000-8000-000000000001'
const filters = (change: Partial<LogFilters>): LogFilters => ({ ...NO_FILTERS, ...change })
const midnight = Date.UTC(2026, 10, 22, 16)

describe('filters and the address', () => {
  it('read as they were written, whatever they are', () => {
    const minute = fc.option(fc.integer({ min: 0, max: 40_000_000 }).map((minutes) => minutes * MINUTE_MS), { nil: null })
    const texts = {
      estateId: fc.constantFrom('', 'estate-1'), gateId: fc.constantFrom('', 'gate-1'), way: fc.constantFrom('', 'face'), result: fc.constantFrom('', 'granted', 'refused'),
      reason: fc.constantFrom('', 'not-live'), personRef: fc.constantFrom('', REF),
    }
    const ranged = fc.record({ ...texts, range: fc.constantFrom(...RANGES), fromMs: fc.constant(null), toMs: fc.constant(null) })
    const dated = fc.record({ ...texts, range: fc.constant('' as const), fromMs: minute, toMs: minute })
    fc.assert(fc.property(fc.oneof(ranged, dated), (some) => {
      expect(filtersOf(queryOf(some))).toEqual(some)
    }))
  })

  it('write Shanghai time and only what is set', () => {
    expect(queryOf(filters({ gateId: 'gate-1', fromMs: midnight }))).toEqual({ gate: 'gate-1', from: '2026-11-23T00:00' })
    expect([isFiltered(NO_FILTERS), isFiltered(filters({ result: 'refused' }))]).toEqual([false, true])
  })

  it('take what is not valid in an edited address for no condition', () => {
    expect(filtersOf({ estate: '../x', gate: ['a'], result: 'maybe', reason: '<b>', person: 'me', range: 'ever', from: '2026-02-30T00:00', to: 'x' })).toEqual(NO_FILTERS)
  })

  it('let a moving range win over times', () => {
    expect(filtersOf({ range: 'today', from: '2026-11-01T00:00' })).toEqual(filters({ range: 'today' }))
  })
})

describe('ranges', () => {
  it('follow the day in Jiangmen', () => {
    expect(spanOf(filters({ range: 'today' }), NOW_MS)).toEqual({ fromMs: midnight, toMs: null })
    expect(spanOf(filters({ range: 'yesterday' }), NOW_MS)).toEqual({ fromMs: midnight - 86_400_000, toMs: midnight })
    expect(spanOf(filters({ range: '7d' }), NOW_MS)).toEqual({ fromMs: midnight - 6 * 86_400_000, toMs: null })
    expect(spanOf(filters({ range: '1h' }), NOW_MS)).toEqual({ fromMs: NOW_MS - 3_600_000, toMs: null })
  })

  it('become the question to the server', () => {
    expect(accessQuery(filters({ estateId: 'estate-1', result: 'refused', range: 'yesterday' }), NOW_MS))
      .toEqual({ estateId: 'estate-1', result: 'refused', fromMs: midnight - 86_400_000, toMs: midnight })
    expect(accessQuery(NO_FILTERS, NOW_MS)).toEqual({})
  })
})

describe('a live event', () => {
  it('belongs to the list under exactly the same conditions', () => {
    const item = passage(1)
    expect(matches(NO_FILTERS, item, NOW_MS)).toBe(true)
    expect(matches(filters({ estateId: 'estate-1', gateId: 'gate-1', way: 'face', result: 'granted', personRef: REF }), item, NOW_MS)).toBe(true)
    for (const change of [{ estateId: 'estate-2' }, { gateId: 'gate-2' }, { way: 'card' }, { result: 'refused' }, { reason: 'not-live' }, { personRef: REF.replace(/1$/, '2') }]) {
      expect(matches(filters(change), item, NOW_MS), JSON.stringify(change)).toBe(false)
    }
    expect(matches(filters({ fromMs: item.occurredAtMs, toMs: item.occurredAtMs + 1 }), item, NOW_MS)).toBe(true)
    expect(matches(filters({ toMs: item.occurredAtMs }), item, NOW_MS)).toBe(false)
  })
})

describe('a changed condition', () => {
  it('drops the gate with its estate', () => {
    expect(changed(filters({ estateId: 'a', gateId: 'g' }), { estateId: 'b' })).toEqual(filters({ estateId: 'b' }))
    expect(changed(filters({}), { estateId: 'b', gateId: 'g' })).toEqual(filters({ estateId: 'b', gateId: 'g' }))
  })

  it('keeps reason and result from excluding each other', () => {
    expect(changed(filters({ reason: 'not-live' }), { result: 'granted' })).toEqual(filters({ result: 'granted' }))
    expect(changed(filters({ result: 'granted' }), { reason: 'not-live' })).toEqual(filters({ result: 'refused', reason: 'not-live' }))
  })
})
