import { describe, expect, it, onTestFinished } from 'vitest'
import { takePayment } from '../../../server/billing/bill-register.js'
import { type Hold, type OwedBill, arrearsOf, daysOverdue, unpaidMonthsOf } from '../../../server/billing/arrears-rules.js'
import type { PartBalance } from '../../../server/billing/bill-rules.js'
import { parsePeriod } from '../../../server/billing/period-rules.js'
import { billingRegisterOf } from '../support/billing-register.js'
import { registerOf } from '../support/register.js'
import { startTestServer } from '../support/test-server.js'
import { POLICY } from './billing-samples.js'

const TODAY = '2026-12-20'
const part = (billId: string, change: Partial<PartBalance> = {}): PartBalance => {
  const made = { billId, receivable: 'rent-receivable', estateId: 'jh', householdId: 'h1', dueDate: '', issuedFen: 30_000, reducedFen: 0, offsetFen: 0, paidFen: 0, openFen: 0, ...change } as const
  return { ...made, openFen: made.issuedFen - made.reducedFen - made.offsetFen - made.paidFen }
}
const bill = (period: string, change: Partial<PartBalance> = {}, kind = 'rent'): OwedBill => {
  const span = parsePeriod(period)
  if (span === undefined) throw new Error(period)
  return { billId: period, kind, fromDate: span.fromDate, untilDate: span.untilDate, dueDate: `${span.fromDate.slice(0, 7)}-10`, parts: [part(period, change)] }
}
const hold = (change: Partial<Hold> = {}): Hold => ({ kind: 'dispute', billId: null, fromDate: '2026-01-01', untilDate: null, ...change })

describe('unpaid months', () => {
  it('are counted one by one, not in a row: three paid months between do not begin anew', () => {
    const paid = { paidFen: 30_000 }
    const bills = ['01', '02', '03', '04', '05', '06', '07', '08', '09'].map((month) => bill(`2026-${month}`, ['04', '05', '06'].includes(month) ? paid : {}))
    expect(arrearsOf(bills, [], POLICY, TODAY)).toMatchObject({ unpaidMonths: 6, step: 'case', openFen: 180_000 })
    expect(arrearsOf(bills.slice(1), [], POLICY, TODAY)).toMatchObject({ unpaidMonths: 5, step: 'formal-notice' })
  })

  it('leave out a month of which the policy\'s share is paid, and one fen below it counts', () => {
    expect(unpaidMonthsOf(bill('2026-01', { paidFen: 15_000 }), POLICY)).toBe(0)
    expect(unpaidMonthsOf(bill('2026-01', { paidFen: 14_999 }), POLICY)).toBe(1)
  })

  it('of a quarter are three, which money fills from the first on', () => {
    expect([0, 4_999, 5_000, 15_000, 25_000, 29_999].map((paidFen) => unpaidMonthsOf(bill('2026-Q1', { paidFen }), POLICY))).toEqual([3, 3, 2, 1, 0, 0])
  })

  it('follow a reduction that came later: what was reduced was never owed', () => {
    expect(unpaidMonthsOf(bill('2026-01', { paidFen: 12_000 }), POLICY)).toBe(1)
    expect(unpaidMonthsOf(bill('2026-01', { paidFen: 12_000, reducedFen: 10_000 }), POLICY)).toBe(0)
    expect(unpaidMonthsOf(bill('2026-01', { reducedFen: 30_000 }), POLICY)).toBe(0)
  })

  it('are rent alone: a late charge is no month', () => {
    expect(unpaidMonthsOf(bill('2026-01', {}, 'late-charge'), POLICY)).toBe(0)
  })
})

describe('arrears', () => {
  it('begin after the days of grace', () => {
    expect(['2026-01-10', '2026-01-15', '2026-01-16', '2026-02-14'].map((today) => daysOverdue('2026-01-10', 5, today))).toEqual([0, 0, 1, 30])
    expect(arrearsOf([bill('2026-01')], [], POLICY, '2026-01-15')).toBeUndefined()
    expect(arrearsOf([bill('2026-01', { paidFen: 30_000 })], [], POLICY, TODAY)).toBeUndefined()
  })

  it.each([
    ['2026-01-17', null], ['2026-01-18', 'reminder'], ['2026-01-25', 'second-reminder'], ['2026-02-13', 'second-reminder'], ['2026-02-14', 'call-and-letter'],
  ])('of one month have come on %s to %s', (today, step) => expect(arrearsOf([bill('2026-01')], [], POLICY, today)?.step).toBe(step))

  it('are aged by days overdue', () => {
    const bills = [bill('2026-12'), bill('2026-11'), bill('2026-10'), bill('2026-08'), bill('2026-01')]
    expect(arrearsOf(bills, [], POLICY, '2026-12-20')).toMatchObject({ ageingFen: [30_000, 60_000, 30_000, 30_000], oldestDueDate: '2026-01-10', unpaidMonths: 5 })
  })

  it('are stopped by what holds today, for the household or a bill that is late', () => {
    const stops = (holds: Hold[]): unknown => arrearsOf([bill('2026-01')], holds, POLICY, TODAY)?.stoppedBy
    expect(stops([hold(), hold({ kind: 'hospital' }), hold({ kind: 'death', untilDate: '2026-12-19' }), hold({ kind: 'vulnerable', fromDate: '2026-12-21' })])).toEqual(['dispute', 'hospital'])
    expect(stops([hold({ billId: '2026-01' }), hold({ kind: 'in-transit', billId: 'another' })])).toEqual(['dispute'])
  })
})

it('a household in deep arrears keeps every permit, consent and line of the gates\' roster', async () => {
  const server = await startTestServer()
  onTestFinished(() => server.close())
  const [register, billing] = [registerOf(server), billingRegisterOf(server)]
  await register.gate('jh', 'gate-1')
  const householdId = await billing.household('jh')
  await billing.terms('jh')
  const passes = async (): Promise<unknown> => [await server.db.read.permit.findMany({ include: { gates: true } }), await server.db.read.consent.findMany(), await register.feed('jh')]
  const before = await passes()
  const months = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06', '2026-07']
  for (const month of months) await billing.issue((await billing.preview('jh', month))['runId'])
  // A year on: every bill is long due, whatever day it was issued on.
  await server.clock.advance(200 * 86_400_000)
  // Logins of before have run out meanwhile.
  const late = (): Promise<string> => server.as('finance-maker@jh')
  const list = async () => (await server.call('GET', '/api/arrears?estateId=jh', { as: await late() })).body
  expect(await list()).toMatchObject({ households: 1, cases: 1, openFen: 7 * 45_120, items: [{ householdId, unpaidMonths: 7, step: 'case', stoppedBy: [] }] })
  await server.sweep()
  expect(await passes()).toEqual(before)
  const first = await server.db.read.bill.findFirst({ where: { period: '2026-01' } })
  await server.db.transact((tx) => takePayment({ tx }, { billId: first?.billId ?? '', fen: 45_120 }))
  await server.db.transact((tx) => takePayment({ tx }, { billId: first?.billId ?? '', fen: 1 }))
  const hold = { kind: 'instalment-plan', billId: null, fromDate: '2026-01-01', untilDate: null, note: '分期' }
  const { holdId } = await billing.make(await late(), `/api/households/${householdId}/billing-holds`, hold)
  expect(await list()).toMatchObject({ cases: 1, items: [{ unpaidMonths: 6, stoppedBy: ['instalment-plan'] }] })
  expect((await server.call('POST', `/api/billing-holds/${String(holdId)}/end`, { as: await late() })).status).toBe(204)
  expect(await list()).toMatchObject({ items: [{ stoppedBy: [] }] })
})

it('who is late is reminded once, and nobody whom a hold keeps from it', async () => {
  const server = await startTestServer()
  onTestFinished(() => server.close())
  const billing = billingRegisterOf(server)
  const { householdId } = await billing.bill('jh', '2026-01')
  const { householdId: held } = await billing.bill('jh', '2026-01')
  const maker = (): Promise<string> => server.as('finance-maker@jh')
  await server.clock.advance(60 * 86_400_000)
  await billing.make(await maker(), `/api/households/${held}/billing-holds`, { kind: 'hospital', billId: null, fromDate: '2026-01-01', untilDate: null, note: '住院' })
  const remind = async () => (await server.call('POST', '/api/arrears/reminders', { as: await maker(), body: { estateId: 'jh' } })).body
  expect([await remind(), await remind()]).toEqual([{ queued: 1, stopped: 1 }, { queued: 0, stopped: 1 }])
  const head = await server.db.read.householdMember.findFirst({ where: { householdId, role: 'head' } })
  await server.sweep()
  expect(await server.db.read.outboundMessage.findMany()).toMatchObject([{ personRef: head?.personRef, template: 'rent-second-reminder', state: 'failed', problem: 'no phone number' }])
})
