import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createIdSource } from '../../../gateway/kernel/ids.js'
import { systemRandom } from '../../../gateway/kernel/random.js'
import { createRunChange } from '../../../server/audit/change.js'
import { createRunService } from '../../../server/billing/run-service.js'
import { balances, verifyLedger } from '../../../server/ledger/ledger-service.js'
import { billingRegisterOf } from '../support/billing-register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let register: ReturnType<typeof billingRegisterOf>
beforeEach(async () => {
  server = await startTestServer()
  onTestFinished(() => server.close())
  register = billingRegisterOf(server)
})

const PERIOD = '2026-03'
const codeOf = (answer: Answer): unknown => (answer.body as { code?: unknown }).code
const booked = async (): Promise<Record<string, number>> =>
  Object.fromEntries((await balances(server.db.read, null, '2099-12-31')).filter((row) => row.balanceFen !== 0).map(({ account, balanceFen }) => [account, balanceFen]))
const issueAs = async (as: string, runId: unknown): Promise<Answer> => server.call('POST', `/api/billing-runs/${String(runId)}/issue`, { as, body: {} })
const card = async (billId: string): Promise<Record<string, unknown>> => (await server.call('GET', `/api/bills/${billId}`, { as: await register.maker() })).body as Record<string, unknown>

describe('a billing run', () => {
  it('issues what was previewed, each bill with its lines, and posts it: 10.00 × 45.12 m² = 451.20', async () => {
    const householdId = await register.household('jh')
    await register.terms('jh')
    const run = await register.preview('jh', PERIOD)
    expect(run).toMatchObject({ state: 'previewed', figures: { bills: 1, billedBefore: 0, totalFen: 45_120, problemCount: 0, warnings: { 'no-certificate': 1, 'example-price': 1 } } })
    expect(await server.db.read.bill.count()).toBe(0)
    expect(await booked()).toEqual({})
    expect(await register.issue(run['runId'])).toMatchObject({ issuedBills: 1, run: { state: 'issued' } })
    expect(await booked()).toEqual({ 'rent-receivable': 45_120, 'not-yet-collected': 45_120 })
    const [bill] = await server.db.read.bill.findMany()
    expect(await card(bill?.billId ?? '')).toMatchObject({
      householdId, period: PERIOD, label: '公租房租金 2026-03', totalFen: 45_120, openFen: 45_120, state: 'open',
      lines: [{ lineNo: 1, fen: 45_120, explanation: { kind: 'rent', priceFen: 1_000, areaCentiM2: 4_512, days: 31, ofDays: 31, tier: 'market', example: true } }],
    })
  })

  it('posts reductions and subsidies as such: what is billed, reduced, and owed by the subsidy\'s budget', async () => {
    const householdId = await register.household('jh')
    await register.terms('jh')
    for (const body of [{ value: 100_000 }, { kind: 'subsidy', value: 10_000 }]) {
      const reliefId = await register.relief(householdId, body)
      await register.make(await register.checker(), `/api/rent-reliefs/${reliefId}/decision`, { approvalNo: '批-1' })
    }
    await register.issue((await register.preview('jh', PERIOD))['runId'])
    expect(await booked()).toEqual({ 'rent-receivable': 30_608, 'subsidy-receivable': 10_000, 'not-yet-collected': 40_608 })
    const [bill] = await server.db.read.bill.findMany()
    expect(await card(bill?.billId ?? '')).toMatchObject({
      totalFen: 30_608, lines: [{ fen: 45_120 }, { fen: -4_512 }, { fen: -10_000 }],
      parts: expect.arrayContaining([expect.objectContaining({ receivable: 'rent-receivable', issuedFen: 45_120, reducedFen: 4_512, offsetFen: 10_000, paidFen: 0, openFen: 30_608 })]) as unknown,
    })
  })

  it('is issued by another person than previewed it, and once', async () => {
    await register.household('jh')
    await register.terms('jh')
    const both = await server.as('finance-maker@*', 'finance-checker@*')
    const run = (await server.call('POST', '/api/billing-runs', { as: both, body: { estateId: 'jh', period: PERIOD } })).body as { runId: string }
    expect(codeOf(await issueAs(both, run.runId))).toBe('SV_BILLING_SAME_PERSON')
    await register.issue(run.runId)
    expect(codeOf(await issueAs(await register.checker(), run.runId))).toBe('SV_BILLING_RUN_STATE')
    expect(await server.db.read.bill.count()).toBe(1)
  })

  it('of a period that was billed adds only who was not there, and compares with the period before', async () => {
    const { householdId } = await register.bill('jh', PERIOD)
    await register.household('jh')
    const second = await register.preview('jh', PERIOD)
    expect(second).toMatchObject({ figures: { bills: 1, billedBefore: 1 } })
    await register.issue(second['runId'])
    expect(await server.db.read.bill.count()).toBe(2)
    await register.make(await register.maker(), `/api/households/${householdId}/tier-certificates`, { certificateNo: 'C', tier: 'low-income', fromDate: '2026-04-01', untilDate: '2026-12-31' })
    expect(await register.preview('jh', '2026-04')).toMatchObject({ figures: { bills: 1, problemCount: 1, problems: [{ householdId, problem: 'no-price', tier: 'low-income', date: '2026-04-01' }] } })
    await register.terms('jh', {}, { tier: 'low-income', priceFen: 500 })
    expect(await register.preview('jh', '2026-04')).toMatchObject({
      figures: { bills: 2, problemCount: 0, before: { period: PERIOD, bills: 2, same: 1, changed: 1, added: 0, gone: 0, changes: [{ householdId, beforeFen: 45_120, nowFen: 22_560 }] } },
    })
  })

  it('refuses to issue other bills than were looked at, and writes nothing', async () => {
    await register.household('jh')
    await register.terms('jh')
    const run = await register.preview('jh', PERIOD)
    await register.terms('jh', {}, { priceFen: 1_001, fromDate: '2026-02-01' })
    expect(codeOf(await issueAs(await register.checker(), run['runId']))).toBe('SV_BILLING_RUN_CHANGED')
    expect([await server.db.read.bill.count(), await server.db.read.ledgerJournal.count()]).toEqual([0, 0])
  })

  it('that was cut off after its first batch goes on where it was, each household once', async () => {
    for (let at = 0; at < 5; at += 1) await register.household('jh')
    await register.terms('jh')
    const run = await register.preview('jh', PERIOD)
    const runChange = createRunChange({ db: server.db, clock: server.clock })
    let changes = 0
    const dying = createRunService({
      read: server.db.read, clock: server.clock, ids: createIdSource({ clock: server.clock, random: systemRandom }), batchBills: 2,
      change: (by, work) => {
        changes += 1
        return changes === 3 ? Promise.reject(new Error('power cut')) : runChange(by, work)
      },
    })
    await expect(dying.issue('somebody', String(run['runId']))).rejects.toThrow('power cut')
    expect(await server.db.read.bill.count()).toBe(2)
    expect(await register.issue(run['runId'])).toMatchObject({ issuedBills: 3, run: { state: 'issued' } })
    expect(await server.db.read.bill.count()).toBe(5)
    expect((await booked())['rent-receivable']).toBe(5 * 45_120)
    expect(await verifyLedger(server.db.read)).toEqual({ journals: 5, brokenAtSeq: null, wrongSums: 0 })
  })

  it('of a period that is none of the policy\'s, or before any policy, names the field', async () => {
    await register.household('jh')
    const ask = async (period: string): Promise<Answer> => server.call('POST', '/api/billing-runs', { as: await register.maker(), body: { estateId: 'jh', period } })
    expect((await ask(PERIOD)).body).toMatchObject({ code: 'SV_BILLING_TERMS', details: { field: 'period' } })
    await register.terms('jh')
    expect(codeOf(await ask('2026-Q1'))).toBe('SV_BILLING_TERMS')
    expect(codeOf(await ask('2026-13'))).toBe('SV_HTTP_VALIDATION')
  })
})

describe('an adjustment', () => {
  it('is a bill of its own: what it takes is reduced on the bill it is about, which keeps its lines', async () => {
    const { billId } = await register.bill('jh', PERIOD)
    const before = await card(billId)
    const adjustmentId = await register.adjustment(billId, -5_120)
    const { billId: made } = await register.make(await register.checker(), `/api/bill-adjustments/${adjustmentId}/decision`, { approvalNo: '批-9' })
    const after = await card(billId)
    expect(after['lines']).toEqual(before['lines'])
    expect(after).toMatchObject({ totalFen: 45_120, openFen: 40_000, adjustedBy: [{ billId: made, totalFen: -5_120, approvalNo: '批-9' }] })
    expect(await card(String(made))).toMatchObject({ kind: 'adjustment', adjusts: billId, totalFen: -5_120, state: 'void', parts: [], lines: [{ fen: -5_120, explanation: { kind: 'adjustment', reason: '面积更正' } }] })
    expect(await booked()).toEqual({ 'rent-receivable': 40_000, 'not-yet-collected': 40_000 })
  })

  it('that adds is to be paid by itself', async () => {
    const { billId } = await register.bill('jh', PERIOD)
    const { billId: made } = await register.make(await register.checker(), `/api/bill-adjustments/${await register.adjustment(billId, 300)}/decision`, { approvalNo: '批-9' })
    expect(await card(String(made))).toMatchObject({ totalFen: 300, openFen: 300, state: 'open' })
    expect((await booked())['rent-receivable']).toBe(45_420)
  })

  it('takes no more than is open, is decided once, by another person, and refused writes nothing', async () => {
    const { billId } = await register.bill('jh', PERIOD)
    const ask = async (fen: number): Promise<Answer> =>
      server.call('POST', `/api/bills/${billId}/adjustments`, { as: await register.maker(), body: { receivable: 'rent-receivable', fen, reason: 'x' } })
    expect((await ask(-45_121)).body).toMatchObject({ code: 'SV_BILLING_ADJUSTMENT', details: { field: 'fen', openFen: 45_120 } })
    const both = await server.as('finance-maker@*', 'finance-checker@*')
    const { adjustmentId } = (await server.call('POST', `/api/bills/${billId}/adjustments`, { as: both, body: { receivable: 'rent-receivable', fen: -1, reason: 'x' } })).body as { adjustmentId: string }
    const decide = async (as: string): Promise<Answer> => server.call('POST', `/api/bill-adjustments/${adjustmentId}/decision`, { as, body: { approvalNo: null } })
    expect(codeOf(await decide(both))).toBe('SV_BILLING_SAME_PERSON')
    expect(await decide(await register.checker())).toMatchObject({ status: 200, body: { billId: null } })
    expect(codeOf(await decide(await register.checker()))).toBe('SV_BILLING_DECIDED')
    expect([await server.db.read.bill.count(), (await booked())['rent-receivable']]).toEqual([1, 45_120])
  })
})

describe('terms of rent', () => {
  it('that are not possible are refused by field, and a reduction counts only once approved', async () => {
    const householdId = await register.household('jh')
    const relief = async (body: object): Promise<Answer> => server.call('POST', `/api/households/${householdId}/rent-reliefs`, {
      as: await register.maker(), body: { kind: 'reduction', value: 1_000, fromDate: '2026-01-01', untilDate: '2026-12-31', reason: 'x', ...body },
    })
    expect((await relief({ value: 1_000_001 })).body).toMatchObject({ code: 'SV_BILLING_TERMS', details: { field: 'value' } })
    expect((await relief({ untilDate: '2025-12-31' })).body).toMatchObject({ code: 'SV_BILLING_TERMS', details: { field: 'untilDate' } })
    expect((await relief({ fromDate: '2026-02-30' })).body).toMatchObject({ code: 'SV_BILLING_TERMS', details: { field: 'fromDate' } })
    expect((await relief({})).status).toBe(201)
    await register.terms('jh')
    expect(await register.preview('jh', PERIOD)).toMatchObject({ figures: { totalFen: 45_120, reducedFen: 0 } })
  })

  it('warn where being late costs more than a court leaves', async () => {
    const put = async (rate: number): Promise<unknown> => (await server.call('PUT', '/api/estates/jh/billing-policies/2026-01-01', {
      as: await register.maker(), body: { ...(await import('./billing-samples.js')).POLICY, lateDailyPartsPerMillion: rate },
    })).body
    // 3 % a year × 130 % = 3.9 %: 106 parts per million a day are below it, 107 above.
    expect(await put(106)).toEqual({ warnings: [] })
    expect(await put(107)).toEqual({ warnings: ['late-rate-above-legal-cap'] })
  })
})
