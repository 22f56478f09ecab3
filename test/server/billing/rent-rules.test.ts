import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePeriod, type Period } from '../../../server/billing/period-rules.js'
import { type RentCase, rentOf } from '../../../server/billing/rent-rules.js'
import type { BillLine, BillingPolicy, RentRelief, RentStandard, Stay, TierCertificate } from '../../../server/billing/rent-terms.js'
import { addDays } from '../../../server/household/civil-date-rules.js'
import { POLICY } from './billing-samples.js'

const period = (name: string): Period => parsePeriod(name) as Period
const stay = (fromDate: string, untilDate: string, change: Partial<Stay> = {}): Stay =>
  ({ leaseNo: 'L1', unitLabel: '3栋 502', buildingId: 'b3', areaCentiM2: 4_512, fromDate, untilDate, ...change })
const price = (change: Partial<RentStandard> = {}): RentStandard => ({
  standardId: 's1', buildingId: null, tier: 'lower-middle', basis: 'area', priceFen: 560, overPriceFen: null, fromDate: '2020-01-01', untilDate: null, approvalNo: '文号1', example: false, ...change,
})
const cert = (tier: TierCertificate['tier'], fromDate = '2020-01-01', untilDate = '2030-12-31'): TierCertificate => ({ certificateNo: 'C1', tier, fromDate, untilDate })
const relief = (kind: RentRelief['kind'], value: number, fromDate = '2020-01-01', untilDate = '2030-12-31'): RentRelief => ({ kind, value, fromDate, untilDate, approvalNo: '批1' })
const rent = (change: Partial<Omit<RentCase, 'policy'>> & { policy?: Partial<BillingPolicy> } = {}): RentCase => ({
  period: period('2026-09'), stays: [stay('2026-09-01', '2026-09-30')], standards: [price()], certificates: [cert('lower-middle')], reliefs: [], ...change,
  policy: { ...POLICY, ...change.policy },
})
const sum = (lines: readonly BillLine[]): number => lines.reduce((all, line) => all + line.fen, 0)
const said = (of: RentCase): Array<[string, number]> => rentOf(of).lines.map((line) => [line.explanation.kind, line.fen])

describe('rent', () => {
  it('is price × area, half up to the fen: 5.60 yuan × 45.12 m² = 252.672 → 252.67', () => {
    const { lines, problems, warnings } = rentOf(rent())
    expect(lines).toEqual([{ receivable: 'rent-receivable', fen: 25_267, explanation: {
      kind: 'rent', leaseNo: 'L1', unitLabel: '3栋 502', tier: 'lower-middle', basis: 'area', priceFen: 560, areaCentiM2: 4_512, fromDate: '2026-09-01', untilDate: '2026-09-30',
      days: 30, ofDays: 30, certificateNo: 'C1', approvalNo: '文号1', example: false,
    } }])
    expect([problems, warnings]).toEqual([[], []])
  })

  it('rounds a half up: 0.05 yuan × 0.10 m² × … = 0.5 fen → 1', () => {
    expect(sum(rentOf(rent({ standards: [price({ priceFen: 5 })], stays: [stay('2026-09-01', '2026-09-30', { areaCentiM2: 10 })] })).lines)).toBe(1)
  })

  it('of a first month goes by its days, of that month or of thirty', () => {
    const october = { period: period('2026-10'), stays: [stay('2026-10-17', '2026-10-31')], standards: [price({ basis: 'unit', priceFen: 31_000 })] }
    expect(said(rent(october))).toEqual([['rent', 15_000]])
    expect(said(rent({ ...october, policy: { dayBasis: 'thirty' } }))).toEqual([['rent', 15_500]])
  })

  it('by thirty never makes more than a month of a month', () => {
    const october = { period: period('2026-10'), standards: [price({ basis: 'unit', priceFen: 30_000 })], policy: { dayBasis: 'thirty' } as const }
    expect(said(rent({ ...october, stays: [stay('2026-10-01', '2026-10-31')] }))).toEqual([['rent', 30_000]])
    expect(said(rent({ ...october, stays: [stay('2026-10-02', '2026-10-31')] }))).toEqual([['rent', 30_000]])
    // Moved within the estate: the month is lived in to the full, so that its own days count.
    expect(sum(rentOf(rent({ ...october, stays: [stay('2026-10-01', '2026-10-16'), stay('2026-10-17', '2026-10-31')] })).lines)).toBe(30_000)
  })

  it('takes the building\'s own price before the estate\'s, and the later of two', () => {
    const standards = [price(), price({ buildingId: 'b3', priceFen: 400 }), price({ buildingId: 'b3', priceFen: 500, fromDate: '2026-01-01' }), price({ buildingId: 'b4', priceFen: 900 })]
    expect(said(rent({ standards }))).toEqual([['rent', 22_560]])
  })

  it('follows a change of tier by days or from the next period on', () => {
    const standards = [price({ basis: 'unit', priceFen: 30_000 }), price({ basis: 'unit', priceFen: 9_000, tier: 'minimum-living' })]
    const certificates = [cert('lower-middle'), cert('minimum-living', '2026-09-11')]
    expect(said(rent({ standards, certificates }))).toEqual([['rent', 10_000], ['rent', 6_000]])
    expect(said(rent({ standards, certificates, policy: { tierChange: 'next-period' } }))).toEqual([['rent', 30_000]])
    expect(said(rent({ standards, certificates, policy: { tierChange: 'next-period' }, period: period('2026-10'), stays: [stay('2026-10-01', '2026-10-31')] }))).toEqual([['rent', 9_000]])
  })

  it('has a price of its own above the standard area, which reductions reach where the policy says so', () => {
    const over = { standards: [price({ priceFen: 100, overPriceFen: 300 })], stays: [stay('2026-09-01', '2026-09-30', { areaCentiM2: 6_000 })], reliefs: [relief('reduction', 500_000)] }
    const policy = { standardAreaCentiM2: 5_000 }
    expect(said(rent({ ...over, policy }))).toEqual([['rent', 5_000], ['reduction', -2_500], ['over-area', 3_000]])
    expect(said(rent({ ...over, policy: { ...policy, reduceOverArea: true } }))).toEqual([['rent', 5_000], ['reduction', -2_500], ['over-area', 3_000], ['reduction', -1_500]])
  })

  it('with a reduction is rounded once: round(price × area × (1 − share))', () => {
    // 252.672 × 0.9 = 227.4048
    expect(said(rent({ reliefs: [relief('reduction', 100_000)] }))).toEqual([['rent', 25_267], ['reduction', 22_740 - 25_267]])
  })

  it('shows a subsidy as a line of its own, never more than the rent of the month', () => {
    const quarter = { period: period('2026-Q3'), stays: [stay('2026-07-01', '2026-09-30')], standards: [price({ basis: 'unit', priceFen: 30_000 })] }
    expect(said(rent({ ...quarter, reliefs: [relief('subsidy', 10_000, '2026-08-01', '2026-09-15')] })))
      .toEqual([['rent', 30_000], ['rent', 30_000], ['subsidy', -10_000], ['rent', 30_000], ['subsidy', -5_000]])
    expect(said(rent({ reliefs: [relief('subsidy', 99_999)] }))).toEqual([['rent', 25_267], ['subsidy', -25_267]])
  })

  it('names the home and the day for which there is no price, and warns of what a person should look at', () => {
    expect(rentOf(rent({ certificates: [], standards: [] }))).toEqual({
      lines: [], tier: 'market', problems: [{ problem: 'no-price', unitLabel: '3栋 502', tier: 'market', date: '2026-09-01' }], warnings: ['no-certificate'],
    })
    expect(rentOf(rent({ stays: [stay('2026-09-01', '2026-09-30', { areaCentiM2: 0 })] })).problems[0]?.problem).toBe('no-area')
    expect(rentOf(rent({ certificates: [cert('lower-middle', '2020-01-01', '2026-09-30')], standards: [price({ example: true })] })).warnings).toEqual(['certificate-ends', 'example-price'])
  })
})

const day = fc.integer({ min: 0, max: 91 }).map((days) => addDays('2026-07-01', days))
const spanIn = fc.tuple(day, day).map(([a, b]) => (a < b ? { fromDate: a, untilDate: b } : { fromDate: b, untilDate: a }))
const cases = fc.record({
  stays: fc.array(fc.record({ span: spanIn, area: fc.integer({ min: 1, max: 20_000 }) }), { minLength: 1, maxLength: 3 }),
  prices: fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 5_000 })),
  priceChange: day, tierChange: day,
  reductions: fc.array(fc.record({ span: spanIn, value: fc.integer({ min: 0, max: 1_000_000 }) }), { maxLength: 2 }),
  subsidies: fc.array(fc.record({ span: spanIn, value: fc.integer({ min: 1, max: 60_000 }) }), { maxLength: 2 }),
  dayBasis: fc.constantFrom('calendar', 'thirty'), standardArea: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: null }), reduceOverArea: fc.boolean(),
})
type Made = typeof cases extends fc.Arbitrary<infer T> ? T : never

const caseOf = (made: Made, name: string, more = 0): RentCase => rent({
  period: period(name), stays: made.stays.map(({ span, area }) => stay(span.fromDate, span.untilDate, { areaCentiM2: area + more })),
  standards: [
    price({ priceFen: made.prices[0] + more, overPriceFen: 2 * made.prices[0] + more, untilDate: addDays(made.priceChange, -1) }),
    price({ priceFen: made.prices[1] + more, fromDate: made.priceChange }), price({ tier: 'low-income', priceFen: Math.max(1, Math.floor(made.prices[1] / 2)) + more }),
  ],
  certificates: [cert('lower-middle'), cert('low-income', made.tierChange)],
  reliefs: [...made.reductions.map(({ span, value }) => ({ ...relief('reduction', value), ...span })), ...made.subsidies.map(({ span, value }) => ({ ...relief('subsidy', value), ...span }))],
  policy: { dayBasis: made.dayBasis, standardAreaCentiM2: made.standardArea, reduceOverArea: made.reduceOverArea },
})

describe('whatever the terms, rent', () => {
  it('of a quarter is the sum of its months to the fen, and never below zero', () => {
    fc.assert(fc.property(cases, (made) => {
      const months = ['2026-07', '2026-08', '2026-09'].map((name) => sum(rentOf(caseOf(made, name)).lines))
      expect(months.every((fen) => fen >= 0)).toBe(true)
      expect(sum(rentOf(caseOf(made, '2026-Q3')).lines)).toBe(months.reduce((all, fen) => all + fen, 0))
    }), { numRuns: 300 })
  })

  it('can be computed again from what each line says', () => {
    fc.assert(fc.property(cases, (made) => {
      const { lines } = rentOf(caseOf(made, '2026-Q3'))
      lines.forEach(({ fen, explanation }, index) => {
        if (explanation.kind === 'rent' || explanation.kind === 'over-area') {
          const { priceFen, areaCentiM2, days, ofDays } = explanation
          expect(Math.abs(fen - (priceFen * (areaCentiM2 ?? 100) * days) / (100 * ofDays))).toBeLessThanOrEqual(0.5 + 1e-6)
        }
        if (explanation.kind === 'reduction') {
          expect(fen).toBe(explanation.netFen - explanation.grossFen)
          expect(lines[index - 1]?.fen).toBe(explanation.grossFen)
        }
        expect(Number.isSafeInteger(fen)).toBe(true)
      })
    }), { numRuns: 300 })
  })

  it('split within a month loses or gains no more than half a fen a piece', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 29 }), (priceFen, areaCentiM2, cut) => {
      const split = [stay('2026-09-01', addDays('2026-09-01', cut - 1), { areaCentiM2 }), stay(addDays('2026-09-01', cut), '2026-09-30', { areaCentiM2 })]
      const whole = sum(rentOf(rent({ standards: [price({ priceFen })], stays: [stay('2026-09-01', '2026-09-30', { areaCentiM2 })] })).lines)
      expect(Math.abs(sum(rentOf(rent({ standards: [price({ priceFen })], stays: split })).lines) - whole)).toBeLessThanOrEqual(1)
    }))
  })

  it('does not fall when area or price rise', () => {
    const flat = cases.map((made) => ({ ...made, standardArea: null, subsidies: [] }))
    fc.assert(fc.property(flat, fc.integer({ min: 1, max: 500 }), (made, more) => {
      expect(sum(rentOf(caseOf(made, '2026-Q3', more)).lines)).toBeGreaterThanOrEqual(sum(rentOf(caseOf(made, '2026-Q3')).lines))
    }), { numRuns: 300 })
  })
})
