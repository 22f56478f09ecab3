import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { takePayment } from '../../../server/billing/bill-register.js'
import { type LateBill, lateChargeOf } from '../../../server/billing/late-charge-rules.js'
import { addDays } from '../../../server/household/civil-date-rules.js'
import { post } from '../../../server/ledger/ledger-service.js'
import { billingRegisterOf } from '../support/billing-register.js'
import { startTestServer } from '../support/test-server.js'
import { POLICY } from './billing-samples.js'

/** Due on the 10th with five days of grace: late from the 16th on. 100 parts per million a day are 3 fen of 300 yuan. */
const bill = (change: Partial<LateBill> = {}): LateBill =>
  ({ billId: 'b1', label: '公租房租金 2026-01', dueDate: '2026-01-10', owedFen: 30_000, payments: [], frozen: [], chargedFen: 0, ...change })
const charge = (change: Partial<LateBill>, until: string): number => lateChargeOf(bill(change), POLICY, until)?.fen ?? 0

describe('a late charge', () => {
  it('is overdue rent × rate × days after grace, simple', () => {
    expect(['2026-01-15', '2026-01-16', '2026-01-31', '2026-02-28'].map((until) => charge({}, until))).toEqual([0, 3, 48, 132])
    expect(lateChargeOf(bill(), POLICY, '2026-01-31')).toEqual({ receivable: 'late-charge-receivable', fen: 48, explanation: {
      kind: 'late-charge', billId: 'b1', label: '公租房租金 2026-01', dailyPartsPerMillion: 100, limitedByCap: false, frozenDays: 0, chargedBeforeFen: 0,
      spans: [{ fromDate: '2026-01-16', untilDate: '2026-01-31', principalFen: 30_000, days: 16 }],
    } })
  })

  it('follows what was paid and given back, each from its own day', () => {
    expect(charge({ payments: [{ date: '2026-01-21', fen: 20_000 }] }, '2026-01-31')).toBe(5 * 3 + 11)
    expect(charge({ payments: [{ date: '2026-01-21', fen: 30_000 }] }, '2026-12-31')).toBe(15)
    expect(charge({ payments: [{ date: '2026-01-12', fen: 30_000 }] }, '2026-12-31')).toBe(0)
    expect(charge({ payments: [{ date: '2026-01-12', fen: 30_000 }, { date: '2026-01-30', fen: -30_000 }] }, '2026-01-31')).toBe(6)
  })

  it('stands still while it is disputed', () => {
    expect(charge({ frozen: [{ fromDate: '2026-01-20', untilDate: '2026-01-25' }] }, '2026-01-31')).toBe(30)
    expect(charge({ frozen: [{ fromDate: '2026-01-01', untilDate: null }] }, '2026-12-31')).toBe(0)
  })

  it('ends at the cap: a fifth of the rent', () => {
    expect(lateChargeOf(bill(), POLICY, '2040-01-01')).toMatchObject({ fen: 6_000, explanation: { limitedByCap: true } })
    expect(charge({ chargedFen: 6_000 }, '2040-01-01')).toBe(0)
  })

  it('month by month comes to the whole, to the fen', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 500_000 }), fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }), (owedFen, steps) => {
      let [date, chargedFen] = ['2026-01-10', 0]
      for (const days of steps) {
        date = addDays(date, days)
        chargedFen += charge({ owedFen, chargedFen }, date)
      }
      expect(chargedFen).toBe(charge({ owedFen }, date))
    }))
  })
})

it('a run of late charges bills the rent that was late, paid since or not, once', async () => {
  const server = await startTestServer()
  onTestFinished(() => server.close())
  const register = billingRegisterOf(server)
  const { billId } = await register.bill('jh', '2026-01')
  const { dueDate = '' } = await server.db.read.bill.findUnique({ where: { billId } }) ?? {}
  const paidOn = addDays(dueDate, 16)
  await server.db.transact(async (tx) => {
    const parts = await takePayment({ tx }, { billId, fen: 45_120 })
    await post({ tx, atMs: 1, by: null }, [{
      estateId: 'jh', causeRef: 'p1', event: { kind: 'paid', into: { account: 'cash', of: 'desk' }, parts, prepaid: null }, bizDate: paidOn, memo: null,
    }])
  })
  await server.clock.advance(70 * 86_400_000)
  const run = async (): Promise<Record<string, unknown>> => {
    const body = { estateId: 'jh', period: paidOn.slice(0, 7), kind: 'late-charge' }
    return (await server.call('POST', '/api/billing-runs', { as: await server.as('finance-maker@jh'), body })).body as Record<string, unknown>
  }
  // Ten days late of 451.20 yuan at 100 parts per million a day.
  const preview = await run()
  expect(preview).toMatchObject({ kind: 'late-charge', figures: { bills: 1, totalFen: 45 } })
  expect((await server.call('POST', `/api/billing-runs/${String(preview['runId'])}/issue`, { as: await server.as('finance-checker@jh'), body: {} })).status).toBe(200)
  expect(await server.db.read.billPart.findMany({ where: { receivable: 'late-charge-receivable' } })).toMatchObject([{ issuedFen: 45n, openFen: 45n }])
  expect(await run()).toMatchObject({ figures: { bills: 0, billedBefore: 1 } })
})
