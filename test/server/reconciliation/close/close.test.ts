import { expect, it } from 'vitest'
import { createRunChange } from '../../../../server/audit/change.js'
import { closedUntil, post } from '../../../../server/ledger/ledger-service.js'
import type { BillWork } from '../../../../server/reconciliation/batch/bill-work.js'
import { createBooksService } from '../../../../server/reconciliation/books/books-service.js'
import { createCloseService } from '../../../../server/reconciliation/close/close-service.js'
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

it('a shift is counted by its cashier and signed by somebody else, and what is short is posted', async () => {
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
})
