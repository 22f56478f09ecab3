import { expect, it } from 'vitest'
import { createRunChange } from '../../../../server/audit/change.js'
import { closeUntil, closedUntil, post } from '../../../../server/ledger/ledger-service.js'
import type { BillWork } from '../../../../server/reconciliation/batch/bill-work.js'
import { createBooksService } from '../../../../server/reconciliation/books/books-service.js'
import { createCloseService } from '../../../../server/reconciliation/close/close-service.js'
import { createStatementService } from '../../../../server/reconciliation/close/statement-service.js'
import { createShiftService } from '../../../../server/reconciliation/close/shift-service.js'
import { createVirtualClock } from '../../../support/virtual-clock.js'
import { systemIds, tempDatabase } from '../../support/temp-database.js'

const DAY = '2026-09-22'
const day = (period: string) => ({ estateId: 'jh', kind: 'day', period }) as const

it('a day is prepared by one, signed by another, locks the books, and is opened again by two', async () => {
  const db = await tempDatabase()
  const clock = createVirtualClock()
  const change = createRunChange({ db, clock })
  // No bill is there to be worked on.
  const work = {} as BillWork
  const books = createBooksService({ read: db.read, work: { ...work, store: async () => undefined }, clock, holidays: async () => new Map() })
  const closes = createCloseService({ read: db.read, change, work, books, runtime: { clock, ids: systemIds } })
  const cash = { account: 'cash', of: 'desk-1' } as const
  await change('c', (one) => post(one, [{ estateId: 'jh', causeRef: 'x', bizDate: DAY, memo: null, event: { kind: 'suspended', into: cash, fen: 500 } }]))
  await db.transact(async (tx) => {
    await tx.estate.create({ data: { id: 'jh', name: '嘉禾苑', district: '江海', createdAtMs: 1n } })
    await tx.reconBatch.create({ data: {
      channel: 'wechat', merchantId: '1900000109', billDate: DAY, kind: 'fund', version: 1, state: 'reviewed', source: 'upload', createdAtMs: 1n, changedAtMs: 1n,
    } })
  })
  const billState = async () => (await db.read.reconBatch.findFirstOrThrow()).state
  const prepared = await closes.prepare('maker', day(DAY))
  expect(prepared.figures.accounts.map(({ account, openingFen, closingFen }) => [account, openingFen, closingFen])).toEqual([['cash', 0, 500], ['suspense', 0, 500]])
  expect([prepared.figures.debitFen, prepared.figures.creditFen, prepared.figures.problems]).toEqual([500, 500, []])
  await expect(closes.prepare('maker', day(DAY))).rejects.toMatchObject({ code: 'SV_RECON_CLOSE' })
  await expect(closes.sign('maker', prepared.closeId)).rejects.toMatchObject({ code: 'SV_RECON_SAME_PERSON' })
  expect((await closes.sign('checker', prepared.closeId)).state).toBe('closed')
  expect(await closedUntil(db.read, 'jh')).toBe(DAY)
  // Bills used to stay `reviewed` for ever.
  expect(await billState()).toBe('closed')
  // What comes late goes to the first open day and says for which it is.
  const [late] = await change('c', (one) => post(one, [{ estateId: 'jh', causeRef: 'y', bizDate: DAY, memo: null, event: { kind: 'suspended', into: cash, fen: 1 } }]))
  expect(late?.bizDate).toBe('2026-09-23')
  await expect(closes.prepare('maker', day('2026-09-24'))).rejects.toMatchObject({ details: { problems: [{ what: 'earlier-open', count: 1 }] } })
  await closes.proposeReopen('maker', prepared.closeId, '漏记一笔')
  await expect(closes.agreeReopen('maker', prepared.closeId)).rejects.toMatchObject({ code: 'SV_RECON_SAME_PERSON' })
  expect((await closes.agreeReopen('checker', prepared.closeId)).reopening).toMatchObject({ by: 'maker', agreedBy: 'checker', reason: '漏记一笔' })
  expect([await closedUntil(db.read, 'jh'), await billState()]).toEqual(['2026-09-21', 'reviewed'])
})

it('a month is closed over its days, opened again by two with all that came after it, and what comes late for it is shown as of a prior period', async () => {
  const db = await tempDatabase()
  const clock = createVirtualClock()
  const change = createRunChange({ db, clock })
  const work = { store: async () => undefined } as unknown as BillWork
  const closes = createCloseService({
    read: db.read, change, work, books: createBooksService({ read: db.read, work, clock, holidays: async () => new Map() }), runtime: { clock, ids: systemIds },
  })
  const statements = createStatementService({ read: db.read, clock, suspense: async () => [] })
  const cash = { account: 'cash', of: 'desk-1' } as const
  const suspended = (causeRef: string, bizDate: string, fen: number) =>
    change('c', (one) => post(one, [{ estateId: 'jh', causeRef, bizDate, memo: null, event: { kind: 'suspended', into: cash, fen } }]))
  await db.transact((tx) => tx.estate.create({ data: { id: 'jh', name: '嘉禾苑', district: '江海', createdAtMs: 1n } }))
  await suspended('of-february', '2026-02-10', 500)
  const month = { estateId: 'jh', kind: 'month', period: '2026-02' } as const
  await expect(closes.prepare('maker', month)).rejects.toMatchObject({ details: { problems: [{ what: 'days-open', count: 28 }] } })
  const days = Array.from({ length: 28 }, (_, at) => `2026-02-${String(at + 1).padStart(2, '0')}`)
  await db.transact((tx) => tx.financeClose.createMany({ data: days.map((period) => ({
    closeId: systemIds.uuid(), estateId: 'jh', kind: 'day', period, state: 'closed', figures: '{}', preparedBy: 'maker', preparedAtMs: 1n, closedBy: 'checker', closedAtMs: 2n,
    holds: `jh day ${period}`,
  })) }))
  await change('checker', (one) => closeUntil(one, 'jh', '2026-02-28'))
  const { closeId } = await closes.prepare('maker', month)
  expect(await closes.sign('checker', closeId)).toMatchObject({ state: 'closed', figures: { debitFen: 500, creditFen: 500, problems: [] } })

  // The books of the month do not change: what comes for it stands on the first open day, and says so.
  expect((await suspended('late', '2026-02-11', 70))[0]?.bizDate).toBe('2026-03-01')
  await suspended('of-march', '2026-03-02', 1_000)
  const rowsOf = async (fromDate: string, untilDate: string) => (await statements.trialBalance('jh', fromDate, untilDate)).rows
    .map(({ account, openingFen, debitFen, creditFen, closingFen, priorDebitFen, priorCreditFen }) => [account, openingFen, debitFen, creditFen, closingFen, priorDebitFen, priorCreditFen])
  expect(await rowsOf('2026-02-01', '2026-02-28')).toEqual([['cash', 0, 500, 0, 500, 0, 0], ['suspense', 0, 0, 500, 500, 0, 0]])
  expect(await rowsOf('2026-03-01', '2026-03-31')).toEqual([['cash', 500, 1_070, 0, 1_570, 70, 0], ['suspense', 500, 0, 1_070, 1_570, 0, 70]])
  // Within one span it is nothing of a period before.
  expect((await rowsOf('2026-02-01', '2026-03-31')).map((row) => row.slice(5))).toEqual([[0, 0], [0, 0]])

  // A day of a closed month opens with its month alone, and neither does for one person.
  const [day] = (await closes.list(['jh'], 'day')).filter(({ period }) => period === '2026-02-20')
  await closes.proposeReopen('maker', day?.closeId ?? '', '只开一天')
  await expect(closes.agreeReopen('checker', day?.closeId ?? '')).rejects.toMatchObject({ code: 'SV_RECON_CLOSE' })
  await expect(closes.agreeReopen('checker', closeId)).rejects.toMatchObject({ code: 'SV_RECON_CLOSE' })
  await closes.proposeReopen('maker', closeId, '漏记一笔')
  await expect(closes.agreeReopen('maker', closeId)).rejects.toMatchObject({ code: 'SV_RECON_SAME_PERSON' })
  expect(await closedUntil(db.read, 'jh')).toBe('2026-02-28')
  expect(await closes.agreeReopen('checker', closeId)).toMatchObject({ state: 'reopened', reopening: { by: 'maker', agreedBy: 'checker', reason: '漏记一笔' } })
  expect(await closedUntil(db.read, 'jh')).toBe('2026-01-31')
  expect(new Set((await closes.list(['jh'], 'day')).map(({ state }) => state))).toEqual(new Set(['reopened']))
  expect((await suspended('again', '2026-02-12', 30))[0]?.bizDate).toBe('2026-02-12')
})

it('a shift is counted by its cashier and signed by somebody else, and what is short or over is posted', async () => {
  const db = await tempDatabase()
  const change = createRunChange({ db, clock: createVirtualClock() })
  const shifts = createShiftService({ read: db.read, change, ids: systemIds })
  const { shiftId } = await shifts.open('cashier', { estateId: 'jh', desk: 'desk-1', openingFen: 0 })
  await expect(shifts.open('other', { estateId: 'jh', desk: 'desk-1', openingFen: 0 })).rejects.toMatchObject({ code: 'SV_RECON_SHIFT' })
  await change('c', (one) => post(one, [{ estateId: 'jh', causeRef: 'x', bizDate: DAY, memo: null, event: { kind: 'suspended', into: { account: 'cash', of: 'desk-1' }, fen: 500 } }]))
  expect(await shifts.count('cashier', shiftId, 490, '少十分')).toMatchObject({ state: 'counted', expectedFen: 500, differenceFen: -10 })
  await expect(shifts.review('cashier', shiftId)).rejects.toMatchObject({ code: 'SV_RECON_SAME_PERSON' })
  expect((await shifts.review('checker', shiftId)).state).toBe('reviewed')
  const moved = await db.read.ledgerTransfer.findMany({ where: { debit: 'cash-difference' } })
  expect(moved.map(({ credit, amountFen }) => [credit, amountFen])).toEqual([['cash', 10n]])
  // The next shift begins with what was counted; over goes the other way, and what is right posts nothing.
  const next = await shifts.open('cashier', { estateId: 'jh', desk: 'desk-1', openingFen: 490 })
  expect(await shifts.count('cashier', next.shiftId, 493, null)).toMatchObject({ expectedFen: 490, differenceFen: 3 })
  await expect(shifts.count('cashier', next.shiftId, 490, null)).rejects.toMatchObject({ code: 'SV_RECON_SHIFT' })
  await shifts.review('checker', next.shiftId)
  await expect(shifts.review('checker', next.shiftId)).rejects.toMatchObject({ code: 'SV_RECON_SHIFT' })
  const right = await shifts.open('cashier', { estateId: 'jh', desk: 'desk-1', openingFen: 493 })
  expect(await shifts.count('cashier', right.shiftId, 493, null)).toMatchObject({ expectedFen: 493, differenceFen: 0 })
  await shifts.review('checker', right.shiftId)
  const transfers = await db.read.ledgerTransfer.findMany({ where: { OR: [{ debit: 'cash-difference' }, { credit: 'cash-difference' }] }, orderBy: { seq: 'asc' } })
  expect(transfers.map(({ debit, debitOf, credit, amountFen }) => [debit, debitOf, credit, amountFen])).toEqual([
    ['cash-difference', 'desk-1', 'cash', 10n], ['cash', 'desk-1', 'cash-difference', 3n],
  ])
})
