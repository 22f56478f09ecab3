import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRunChange } from '../../../server/audit/change.js'
import { monthAfter } from '../../../server/billing/period-rules.js'
import { dayBefore } from '../../../server/household/civil-date-rules.js'
import type { Account } from '../../../server/ledger/chart.js'
import { balances, closeUntil, post } from '../../../server/ledger/ledger-service.js'
import type { PostingEvent } from '../../../server/ledger/posting-rules.js'
import { createReportService } from '../../../server/report/report-service.js'
import type { ReportFilter, ReportName, ReportTable } from '../../../server/report/report-table.js'
import { createTransitService } from '../../../server/treasury/transit-service.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { systemIds, tempDatabase } from '../support/temp-database.js'
import { BANK, WX } from '../treasury/treasury-rig.js'

const MONTHS = ['2025-09', '2025-10', '2025-11', '2025-12'] as const
const HOMES = [
  { householdId: 'h1', buildingId: 'b1', tier: 'low-income' }, { householdId: 'h2', buildingId: 'b1', tier: 'market' }, { householdId: 'h3', buildingId: 'b2', tier: 'market' },
] as const
const endOf = (month: string): string => dayBefore(monthAfter(`${month}-01`, 1))

/** Books of one estate with nobody else's money in them. */
function estateBooks(db: Awaited<ReturnType<typeof tempDatabase>>, estateId: string) {
  const clock = createVirtualClock()
  const change = createRunChange({ db, clock })
  const reports = createReportService({ read: db.read, clock, transit: createTransitService({ read: db.read, clock }) })
  const idOf = (householdId: string): string => `${estateId}-${householdId}`
  return {
    db, estateId, idOf,
    book: (bizDate: string, event: PostingEvent) => change(null, (one) => post(one, [{ estateId, causeRef: systemIds.uuid(), bizDate, memo: null, event }])),
    async addBill({ billId, home, month, dueDate = `${month}-20`, kind = 'rent' }: { billId: string; home: (typeof HOMES)[number]; month: string; dueDate?: string; kind?: string }): Promise<void> {
      await db.transact((tx) => tx.bill.create({ data: {
        ...home, householdId: idOf(home.householdId), billId, estateId, kind, period: month, ref: billId, label: `租金 ${month}`, unitLabel: '1栋 101', fromDate: `${month}-01`, untilDate: endOf(month),
        issuedOn: `${month}-01`, dueDate, totalFen: 0n, issuedAtMs: 0n,
      } }))
    },
    close: (date: string) => change('checker', (one) => closeUntil(one, estateId, date)),
    report: (report: ReportName, filter: ReportFilter): Promise<ReportTable> => reports.report([estateId], report, filter, 'masked'),
  }
}
type Rig = ReturnType<typeof estateBooks>
const oneEstate = async (): Promise<Rig> => estateBooks(await tempDatabase(), 'jh')
const cell = (table: ReportTable, cells: readonly unknown[], key: string): number => Number(cells[table.columns.findIndex((column) => column.key === key)])
const facts = (table: ReportTable, cells: readonly unknown[]): Record<string, unknown> => Object.fromEntries(table.columns.map(({ key }, at) => [key, cells[at]]))
const booked = async (rig: Rig, accounts: readonly Account[], untilDate: string): Promise<number> =>
  (await balances(rig.db.read, [rig.estateId], untilDate)).filter((row) => accounts.includes(row.account)).reduce((sum, row) => sum + row.balanceFen, 0)
const rent = (fen: number, billId: string, householdId: string) => ({ billId, householdId: `jh-${householdId}`, receivable: 'rent-receivable', fen } as const)
const span = { fromMonth: MONTHS[0], untilMonth: MONTHS[3] }

it('what comes late for a month that is closed stands apart in every month report, and within its sums (it could not be told from the month\'s own)', async () => {
  const rig = await oneEstate()
  await rig.addBill({ billId: 'a', home: HOMES[0], month: '2025-09' })
  await rig.book('2025-09-01', { kind: 'billed', parts: [rent(10_000, 'a', 'h1')] })
  await rig.close('2025-09-30')
  // For September, on the first day that is open; and October's own, closed within the month.
  await rig.book('2025-09-20', { kind: 'reduced', parts: [rent(500, 'a', 'h1')] })
  await rig.book('2025-09-28', { kind: 'paid', into: WX, parts: [rent(6_000, 'a', 'h1')], prepaid: null })
  await rig.book('2025-09-29', { kind: 'refunded', from: WX, parts: [rent(700, 'a', 'h1')], handedOver: false })
  await rig.book('2025-09-29', { kind: 'fee-charged', from: WX, fen: 36 })
  await rig.close('2025-10-05')
  await rig.book('2025-10-04', { kind: 'paid', into: WX, parts: [rent(1_000, 'a', 'h1')], prepaid: null })
  await rig.book('2025-10-20', { kind: 'fee-charged', from: WX, fen: 6 })
  const october = { fromMonth: '2025-10', untilMonth: '2025-10' }
  const rents = await rig.report('rent', { ...span, untilMonth: '2025-10', by: ['month'] })
  expect(rents.rows.map((row) => facts(rents, row.cells))).toMatchObject([
    { month: '2025-09', netFen: 10_000, priorNetFen: 0, collectedFen: 0, priorCollectedFen: 0 }, { month: '2025-10', netFen: -500, priorNetFen: -500, collectedFen: 6_300, priorCollectedFen: 5_300 },
  ])
  expect(facts(rents, rents.totals)).toMatchObject({ netFen: 9_500, priorNetFen: -500, collectedFen: 6_300, priorCollectedFen: 5_300, openFen: 3_200 })
  const channels = await rig.report('channels', october)
  const expected = { payments: 2, refunds: 1, receivedFen: 7_000, priorReceivedFen: 6_000, returnedFen: 700, priorReturnedFen: 700, feeFen: 42, priorFeeFen: 36, closingFen: 6_258 }
  expect([channels.rows.map((row) => facts(channels, row.cells)), facts(channels, channels.totals)]).toMatchObject([[expected], expected])
  const handOver = await rig.report('hand-over', { ...october, fromMonth: '2025-09' })
  expect(handOver.rows.map((row) => facts(handOver, row.cells))).toMatchObject([
    { month: '2025-09', collectedForFen: 0, priorCollectedFen: 0 }, { month: '2025-10', collectedForFen: 7_000, priorCollectedFen: 6_000, returnedFen: 700, priorReturnedFen: 700, closingFen: 6_300 },
  ])
  expect(facts(handOver, handOver.totals)).toMatchObject({ collectedForFen: 7_000, priorCollectedFen: 6_000, priorReturnedFen: 700, closingFen: 6_300 })
})

describe('rents by month', () => {
  it('a bill of September, paid in part at once and the rest in October, beside one that nobody pays', async () => {
    const rig = await oneEstate()
    await rig.addBill({ billId: 'a', home: HOMES[0], month: '2025-09' })
    await rig.addBill({ billId: 'b', home: HOMES[1], month: '2025-09' })
    await rig.book('2025-09-01', { kind: 'billed', parts: [rent(10_000, 'a', 'h1'), rent(6_000, 'b', 'h2')] })
    await rig.book('2025-09-01', { kind: 'reduced', parts: [rent(2_000, 'a', 'h1')] })
    await rig.book('2025-09-12', { kind: 'paid', into: WX, parts: [rent(5_000, 'a', 'h1')], prepaid: null })
    await rig.book('2025-10-03', { kind: 'paid', into: WX, parts: [rent(3_000, 'a', 'h1')], prepaid: { householdId: 'jh-h1', fen: 400 } })
    const table = await rig.report('rent', { ...span, untilMonth: '2025-10', by: ['month'] })
    expect(table.rows.map((row) => facts(table, row.cells))).toEqual([
      {
        month: '2025-09', openingFen: 0, takenOverFen: 0, billedFen: 16_000, reducedFen: 2_000, offsetFen: 0, netFen: 14_000, priorNetFen: 0, collectedFen: 5_000, priorCollectedFen: 0, currentFen: 5_000, clearedFen: 0, openFen: 9_000,
        overdueFen: 9_000, prepaidFen: 0, currentPpm: 357_143, clearedPpm: null, cumulativePpm: 357_143,
      },
      {
        month: '2025-10', openingFen: 9_000, takenOverFen: 0, billedFen: 0, reducedFen: 0, offsetFen: 0, netFen: 0, priorNetFen: 0, collectedFen: 3_000, priorCollectedFen: 0, currentFen: 0, clearedFen: 3_000, openFen: 6_000,
        overdueFen: 6_000, prepaidFen: 400, currentPpm: null, clearedPpm: 333_333, cumulativePpm: 571_429,
      },
    ])
    expect(facts(table, table.totals)).toMatchObject({ month: null, openingFen: 0, billedFen: 16_000, collectedFen: 8_000, currentFen: null, openFen: 6_000, prepaidFen: 400, currentPpm: 571_429, cumulativePpm: 571_429 })
    // Over both months what was paid in October is rent of the period too, and nothing older was cleared (it was 1350 %).
    const whole = await rig.report('rent', { ...span, untilMonth: '2025-10', by: ['building'] })
    expect(facts(whole, whole.totals)).toMatchObject({ currentFen: 8_000, clearedFen: 0, clearedPpm: null, currentPpm: 571_429 })
    const byHome = await rig.report('rent', { ...span, by: ['building', 'tier'], tier: 'market' })
    expect(byHome.rows.map((row) => [row.link, cell(byHome, row.cells, 'openFen'), cell(byHome, row.cells, 'collectedFen')])).toEqual([[{ buildingId: 'b1', tier: 'market' }, 6_000, 0]])
  })

  it('what is not due yet is open and not due; what was taken over is nobody\'s rent of this month, nor where it was taken back', async () => {
    const rig = await oneEstate()
    await rig.addBill({ billId: 'a', home: HOMES[0], month: '2025-09', dueDate: '2025-10-10' })
    await rig.addBill({ billId: 'o', home: HOMES[0], month: '2025-08', kind: 'opening' })
    await rig.book('2025-09-01', { kind: 'billed', parts: [rent(10_000, 'a', 'h1')] })
    const opening = { parts: [rent(700, 'o', 'h1')], prepaid: [], deposits: [], held: [] }
    await rig.book('2025-09-02', { kind: 'opened', ...opening })
    const row = async (untilMonth: string) => {
      const table = await rig.report('rent', { fromMonth: untilMonth, untilMonth, by: [] })
      return facts(table, table.totals)
    }
    expect(await row('2025-09')).toMatchObject({ takenOverFen: 700, billedFen: 10_000, openFen: 10_700, overdueFen: 700 })
    await rig.book('2025-10-02', { kind: 'opening-reversed', ...opening })
    expect(await row('2025-10')).toMatchObject({ openingFen: 10_700, takenOverFen: -700, billedFen: 0, reducedFen: 0, collectedFen: 0, openFen: 10_000, overdueFen: 10_000 })
  })

  it('agree with the books in every month, whatever happened in it, and each row with the rows it is made of', async () => {
    const step = fc.record({
      kind: fc.constantFrom('bill', 'late-charge', 'reduce', 'offset', 'pay', 'pay-ahead', 'apply', 'refund', 'fee', 'settle', 'suspend', 'deposit'),
      home: fc.nat(2), month: fc.nat(3), day: fc.integer({ min: 1, max: 28 }), fen: fc.integer({ min: 1, max: 90_000 }), dueIn: fc.nat(3),
    })
    const db = await tempDatabase()
    let made = 0
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 22 }), async (steps) => {
      const rig = estateBooks(db, `e${made += 1}`)
      for (const { kind, home: at, month: monthNo, day, fen, dueIn } of steps) {
        const home = HOMES[at] ?? HOMES[0]
        const householdId = rig.idOf(home.householdId)
        const month = MONTHS[monthNo] ?? MONTHS[0]
        const date = `${month}-${String(day).padStart(2, '0')}`
        const billId = `bill-${made += 1}`
        const receivable = kind === 'late-charge' ? 'late-charge-receivable' as const : 'rent-receivable' as const
        const parts = [{ billId, householdId, receivable, fen }]
        if (['bill', 'late-charge', 'reduce', 'offset', 'pay', 'apply', 'refund'].includes(kind)) {
          await rig.addBill({ billId, home, month, dueDate: `${MONTHS[Math.min(monthNo + dueIn, 3)]}-15`, kind: kind === 'late-charge' ? kind : 'rent' })
          await rig.book(`${month}-01`, { kind: 'billed', parts: [{ billId, householdId, receivable, fen: fen + 100 }] })
        }
        if (kind === 'reduce') await rig.book(date, { kind: 'reduced', parts })
        if (kind === 'offset') await rig.book(date, { kind: 'subsidy-offset', parts })
        if (kind === 'pay' || kind === 'refund') await rig.book(date, { kind: 'paid', into: WX, parts, prepaid: null })
        if (kind === 'refund') await rig.book(date, { kind: 'refunded', from: WX, parts, handedOver: fen % 2 === 0 })
        if (kind === 'pay-ahead' || kind === 'apply') await rig.book(date, { kind: 'paid', into: BANK, parts: [], prepaid: { householdId, fen } })
        if (kind === 'apply') await rig.book(date, { kind: 'prepayment-applied', parts })
        if (kind === 'fee') await rig.book(date, { kind: 'fee-charged', from: WX, fen })
        if (kind === 'settle') await rig.book(date, { kind: 'settled', from: WX, into: BANK, fen })
        if (kind === 'suspend') await rig.book(date, { kind: 'suspended', into: WX, fen })
        if (kind === 'deposit') await rig.book(date, { kind: 'deposit-received', into: BANK, householdId, fen })
      }
      const byMonth = await rig.report('rent', { ...span, by: ['month'] })
      const fine = await rig.report('rent', { ...span, by: ['estate', 'building', 'tier', 'month'] })
      for (const month of MONTHS) {
        const row = byMonth.rows.find((each) => each.link.month === month)?.cells ?? byMonth.columns.map(() => 0)
        const own = fine.rows.filter((each) => each.link.month === month)
        for (const key of ['openingFen', 'billedFen', 'reducedFen', 'offsetFen', 'netFen', 'collectedFen', 'currentFen', 'clearedFen', 'openFen', 'overdueFen', 'prepaidFen']) {
          expect([key, own.reduce((sum, each) => sum + cell(fine, each.cells, key), 0)]).toEqual([key, cell(byMonth, row, key)])
        }
        expect([month, cell(byMonth, row, 'openFen')]).toEqual([month, await booked(rig, ['rent-receivable', 'late-charge-receivable'], endOf(month))])
        expect([month, cell(byMonth, row, 'prepaidFen')]).toEqual([month, await booked(rig, ['prepayment'], endOf(month))])
        const handOver = await rig.report('hand-over', { fromMonth: month, untilMonth: month })
        expect([month, cell(handOver, handOver.totals, 'closingFen')]).toEqual([month, await booked(rig, ['to-hand-over'], endOf(month))])
        const channels = await rig.report('channels', { fromMonth: month, untilMonth: month })
        const held = await booked(rig, ['cash', 'bank', 'transit-wechat', 'transit-alipay', 'transit-pos'], endOf(month))
        expect([month, cell(channels, channels.totals, 'closingFen'), cell(channels, channels.totals, 'otherFen')]).toEqual([month, held, 0])
      }
      for (const { householdId } of HOMES) expect(await cardOf(rig, rig.idOf(householdId))).toEqual(await owedOf(rig, rig.idOf(householdId)))
    }), { numRuns: 8 })
  }, 60_000)
})

const cardOf = async (rig: Rig, householdId: string): Promise<unknown> => {
  await rig.db.transact((tx) => tx.household.upsert({ where: { householdId }, update: {}, create: { householdId, estateId: rig.estateId, householdNo: householdId, createdAtMs: 0n } }))
  const table = await rig.report('card', { ...span, householdId })
  const last = table.rows.at(-1)?.cells ?? []
  expect(['owedFen', 'prepaidFen', 'depositFen'].map((key) => cell(table, table.totals, key))).toEqual(['owedFen', 'prepaidFen', 'depositFen'].map((key) => cell(table, last, key)))
  return ['owedFen', 'prepaidFen', 'depositFen'].map((key) => cell(table, last, key))
}
/** From the rows of the books themselves. */
const owedOf = async (rig: Rig, householdId: string): Promise<number[]> => {
  const legs = await rig.db.read.ledgerTransfer.findMany({ where: { householdId } })
  const on = (...accounts: string[]): number => legs.reduce((sum, leg) => sum + Number(leg.amountFen) * (Number(accounts.includes(leg.debit)) - Number(accounts.includes(leg.credit))), 0)
  return [on('rent-receivable', 'late-charge-receivable'), -on('prepayment') || 0, -on('deposit') || 0]
}
