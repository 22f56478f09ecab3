import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payableBillsOfHousehold, takePayment } from '../../../../server/billing/bill-register.js'
import { createRunChange } from '../../../../server/audit/change.js'
import { householdsInCredit, post, verifyLedger } from '../../../../server/ledger/ledger-service.js'
import type { Cell } from '../../household/import/workbooks.js'
import { putOrder, putRefund } from '../../reconciliation/batch/recon-rig.js'
import { AS_OF, OPENING_HEADS, type OpeningRig, startOpening } from './opening-rig.js'

let rig: OpeningRig
beforeAll(async () => { rig = await startOpening(5) })
afterAll(() => rig.server.close())

const code = (answer: { body: unknown }): unknown => (answer.body as { code?: unknown }).code
const rowCounts = async () => {
  const { read } = rig.server.db
  return [await read.openingList.count(), await read.bill.count(), await read.ledgerJournal.count(), await read.depositMove.count(), await read.auditEntry.count()]
}

describe('a list of opening balances', () => {
  it('has a template whose columns it reads', async () => {
    const answer = await rig.server.app.inject({ method: 'GET', url: '/api/opening-lists/template', headers: { cookie: rig.maker } })
    const workbook = new ExcelJS.Workbook()
    await workbook.xlsx.load(answer.rawPayload as unknown as ExcelJS.Buffer)
    const heads = Object.fromEntries(workbook.worksheets.map((sheet) => [sheet.name, (sheet.getRow(1).values as string[]).slice(1).map((head) => head.replace(' *', ''))]))
    expect(heads).toEqual({ ...OPENING_HEADS, 预存和押金: ['户编号', '楼栋', '房号', '承租人', '预存', '押金'] })
    expect(await rig.preview(answer.rawPayload.toString('base64'))).toMatchObject({ errorCount: 0, households: [] })
  })

  it('names every bad cell by sheet, row, column and why, and writes nothing', async () => {
    const before = await rowCounts()
    const [no, other, [building, room]] = [rig.noOf(0), rig.noOf(1), rig.unitOf(1)]
    const file = await rig.fileOf([
      [no, null, null, '陈大文', 100, null], ['H-none', null, null, '陈大文', 1, null], [null, null, null, '陈大文', 1, null], [null, building, '999', '陈大文', 1, null],
      [other, null, null, '王大文', 1, null], [no, null, null, '陈大文', null, 5], [rig.noOf(2), null, null, '陈大文', 1.005, '-3'], [rig.noOf(3), building, room, '陈大文', 1, null],
      [rig.noOf(4), null, null, '陈大文', null, 0],
    ], [
      [no, null, null, '陈大文', '2026-09', 50, null, null], [no, null, null, '陈大文', '2026年7月', 50, null, '2026-09-01'], [no, null, null, '陈大文', '2026-06', 50, null, null],
      [no, null, null, '陈大文', 202606, 50, null, null], [no, null, null, '陈大文', '2026-13', { formula: 'A1', result: 5 }, null, null], [other, null, null, '陈大文', '2026-05', 0, null, null],
    ])
    const { errors, errorCount } = await rig.preview(file)
    expect(errors.map(({ sheet, row, column, value, problem, expected }) => `${sheet} ${row} ${column} [${value}] ${problem} ${expected}`.trim())).toEqual([
      '预存和押金 3 户编号 [H-none] household-unknown', '预存和押金 4 户编号 [] household-missing', `预存和押金 5 房号 [${building} 999] unit-empty`, '预存和押金 6 承租人 [王大文] tenant-differs 陈**',
      `预存和押金 7 户编号 [${no}] duplicate 2`, '预存和押金 8 预存 [1.005] yuan 0.00–10000000.00', '预存和押金 8 押金 [-3] yuan 0.00–10000000.00', `预存和押金 9 房号 [${room}] unit-differs ${rig.unitOf(3).join(' ')}`, '预存和押金 10 预存 [] nothing',
      '欠缴 2 欠缴月份 [2026-09] after-books ≤ 2026-08', `欠缴 3 应缴日期 [2026-09-01] after-books ≤ ${AS_OF}`, '欠缴 5 欠缴月份 [2026-06] duplicate 4', '欠缴 6 欠缴月份 [2026-13] month YYYY-MM', '欠缴 6 欠缴租金 [=] formula', '欠缴 7 欠缴租金 [] nothing',
    ])
    expect(errorCount).toBe(errors.length)
    const refused = await rig.propose(file, await rig.preview(file))
    expect([refused.status, code(refused)]).toEqual([422, 'SV_BILLING_OPENING_ERRORS'])
    const noColumn = await rig.preview((await import('../../household/import/workbooks.js').then(({ workbookOf }) => workbookOf({ 欠缴: [] }, { 欠缴: ['户编号', '欠缴月份'] }))).toString('base64'))
    expect(noColumn.errors).toEqual([{ sheet: '欠缴', row: 1, column: '承租人', value: '', problem: 'column-missing', expected: '承租人' }])
    expect(await rowCounts()).toEqual(before)
  })

  it('goes into bills, deposits and books once a second person signed, once, and back as a whole while nothing was paid', async () => {
    const { server, maker, checker, householdIds } = rig
    const file = await rig.fileOf(
      [[rig.noOf(0), null, null, '陈大文', 300, '1,000.00'], [null, ...rig.unitOf(1), '陈大文', null, 500.5]],
      [[rig.noOf(0), null, null, '陈大文', '2026-06', 120.1, 2.3, null], [rig.noOf(0), null, null, '陈大文', '2026-07', '120.10', null, '2026-07-10'], [rig.noOf(2), null, null, '陈大文', '2026-08', null, 7, null]],
    )
    const shown = await rig.preview(file)
    expect(shown.sums).toEqual({ 'households': 3, 'rent': 24_020, 'late-charge': 930, 'prepaid': 30_000, 'deposit': 150_050 })
    expect(shown.differences.map(({ name, difference }) => [name, difference])).toEqual([['households', 3], ['rent', 24_020], ['late-charge', 930], ['prepaid', 30_000], ['deposit', 150_050], ['held', 180_050]])
    // The old books say ten yuan less of rent, and that needs a word.
    const control = { ...shown.sums, rent: 23_020 }
    const unexplained = await rig.propose(file, shown, { control })
    expect(unexplained.body).toMatchObject({ code: 'SV_BILLING_OPENING', details: { field: 'notes.rent', difference: 1_000 } })
    const { openingId } = (await rig.propose(file, shown, { control, notes: { rent: '旧系统六月漏记一户' } })).body as { openingId: string }
    expect(await rig.books()).toEqual({})
    expect(code(await rig.propose(file, shown))).toBe('SV_BILLING_OPENING_AGAIN')
    const both = await server.as('finance-maker@jh', 'finance-checker@jh')
    expect((await rig.act(maker, openingId, 'decision', { decision: 'sign' })).status).toBe(403)
    expect((await rig.act(both, openingId, 'decision', { decision: 'sign' })).status).toBe(200)
    expect(code(await rig.act(checker, openingId, 'decision', { decision: 'sign' }))).toBe('SV_BILLING_DECIDED')
    const { lists } = (await server.call('GET', '/api/opening-lists?estateId=jh', { as: maker })).body as { lists: Array<Record<string, unknown>> }
    expect(lists).toMatchObject([{ openingId, state: 'signed', figures: { differences: [{}, { name: 'rent', list: 24_020, control: 23_020, difference: 1_000, note: '旧系统六月漏记一户' }, {}, {}, {}, {}] } }])

    const opened = { 'rent-receivable': 24_020, 'late-charge-receivable': 930, 'not-yet-collected': 24_950, 'prepayment': 30_000, 'deposit': 150_050, 'bank': 180_050 }
    expect(await rig.books()).toEqual(opened)
    const owed = await payableBillsOfHousehold(server.db.read, householdIds[0] as string)
    expect(owed.map(({ dueDate, outstanding }) => [dueDate, outstanding.map((part) => [part.receivable, part.fen])])).toEqual([
      ['2026-06-30', [['rent-receivable', 12_010], ['late-charge-receivable', 230]]], ['2026-07-10', [['rent-receivable', 12_010]]],
    ])
    // The same households by another file, differently written, are refused too.
    const again = await rig.preview(await rig.fileOf([[rig.noOf(0), null, null, '陈大文', 1, null]], []))
    expect(again.errors).toMatchObject([{ row: 2, column: '户编号', problem: 'opened-before' }])

    expect((await rig.act(maker, openingId, 'reversal', { reason: '导错小区' })).status).toBe(200)
    expect((await rig.act(checker, openingId, 'reversal-decision', { decision: 'agree' })).status).toBe(200)
    expect(await rig.books()).toEqual({})
    expect(await payableBillsOfHousehold(server.db.read, householdIds[0] as string)).toEqual([])
    expect((await server.db.read.depositMove.findMany()).map(({ kind, state }) => `${kind} ${state}`)).toEqual(['opening reversed', 'opening reversed'])
    // Taken back, the right list may come.
    const second = await rig.take(file)
    expect(await rig.books()).toEqual(opened)

    // What an open refund takes of a prepayment is not there to be taken back.
    const [prepaid] = await householdsInCredit(server.db.read, 'prepayment')
    await server.db.transact((tx) => putOrder(tx, { outTradeNo: 'RT-1', fen: 1, prepaidFen: 1, createdAtMs: 1, paidAtMs: 1, householdId: prepaid?.householdId ?? '' }))
    await server.db.transact((tx) => putRefund(tx, { outRefundNo: 'RF-1', outTradeNo: 'RT-1', fen: 1, prepaidFen: 1, state: 'draft', atMs: 1 }))
    const promised = await rig.act(maker, second, 'reversal', { reason: '导错小区' })
    expect([promised.status, promised.body]).toMatchObject([409, { details: { problem: 'a prepayment of it was used, or is promised elsewhere', householdId: prepaid?.householdId } }])

    const [first] = owed.length === 0 ? [] : await payableBillsOfHousehold(server.db.read, householdIds[0] as string)
    await createRunChange({ db: server.db, clock: server.clock })(null, async (change) => {
      const parts = await takePayment(change, { billId: first?.billId ?? '', fen: 5_000 })
      await post(change, [{ estateId: 'jh', causeRef: 'desk-1', bizDate: '2026-09-02', memo: null, event: { kind: 'paid', into: { account: 'cash', of: 'desk-1' }, parts, prepaid: null } }])
    })
    const late = await rig.act(maker, second, 'reversal', { reason: '导错小区' })
    expect([late.status, late.body]).toMatchObject([409, { code: 'SV_BILLING_OPENING', details: { field: 'openingId', problem: 'a bill of it was paid or reduced' } }])
    expect((await server.call('GET', `/api/opening-lists/${second}`, { as: maker })).body).toMatchObject({ state: 'signed', reversal: null })
    expect(await verifyLedger(server.db.read)).toMatchObject({ brokenAtSeq: null, wrongSums: 0 })
  })

  it('makes bills that are late, counted and charged from the day they were taken over', async () => {
    const { server, register } = rig
    await register.billing.terms('jh', { lateDailyPartsPerMillion: 1_000 })
    const months: Cell[][] = ['2026-02', '2026-03', '2026-04', '2026-05', '2026-06', '2026-07'].map((month) => [rig.noOf(3), null, null, '陈大文', month, 100, null, null])
    await rig.take(await rig.fileOf([], months))
    const arrears = (await server.call('GET', '/api/arrears?estateId=jh', { as: rig.maker })).body as { items: Array<{ householdId: string; unpaidMonths: number; openFen: number; oldestDueDate: string; step: string }> }
    expect(arrears.items.find((each) => each.householdId === rig.householdIds[3])).toMatchObject({ unpaidMonths: 6, openFen: 60_000, oldestDueDate: '2026-02-28', step: 'case' })
    // 31 August is the last day of the books before; five days of grace; 6 to 30 September are 25 days of 0.1 % each.
    server.clock.jumpWall(Date.UTC(2026, 9, 2) - server.clock.wallMs())
    // Logins of a month ago are over.
    const [maker, checker] = [await server.as('finance-maker@jh', 'cashier@jh'), await server.as('finance-checker@jh', 'cashier@jh')]
    const run = await register.billing.make(maker, '/api/billing-runs', { estateId: 'jh', period: '2026-09', kind: 'late-charge' })
    await register.billing.make(checker, `/api/billing-runs/${String(run['runId'])}/issue`, {})
    const charges = (await server.call('GET', `/api/bills?householdId=${rig.householdIds[3]}&kind=late-charge`, { as: maker })).body as { bills: Array<{ totalFen: number }> }
    expect(charges.bills.map((bill) => bill.totalFen)).toEqual([6 * 250])
  })
})
