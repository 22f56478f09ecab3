import { beforeAll, expect, it } from 'vitest'
import { compiled } from '../../../support/compiled.js'
import type { PostingEvent } from '../../../../server/ledger/posting-rules.js'
import { createBillWork } from '../../../../server/reconciliation/batch/bill-work.js'
import { createBooksService } from '../../../../server/reconciliation/books/books-service.js'
import { addDays } from '../../../../server/household/civil-date-rules.js'
import { systemIds } from '../../support/temp-database.js'
import { issueBill } from '../../payment/payment-rig.js'
import { treasuryRig } from '../../treasury/treasury-rig.js'

/** Today is Monday 2026-01-05. */
const DAY = '2026-01-04'
const AT_MS = Date.parse('2026-01-04T09:00:00+08:00')
const WX = { account: 'transit-wechat', of: '1900000109' } as const

async function booksRig() {
  const rig = await treasuryRig()
  const { db, change, clock } = rig
  const [{ file }] = await db.read.$queryRawUnsafe<[{ file: string }]>('PRAGMA database_list')
  const books = createBooksService({ read: db.read, work: createBillWork(`file:${file}`), clock, holidays: async () => new Map() })
  await db.transact((tx) => tx.estate.create({ data: { id: 'jh', name: '嘉禾苑', district: '江海', createdAtMs: 1n } }))
  const part = (billId: string, fen: number) => ({ billId, householdId: 'h-1', receivable: 'rent-receivable', fen } as const)
  return {
    ...rig, books, part,
    post: (causeRef: string, event: PostingEvent, bizDate = DAY) => rig.bookAs(causeRef, event, bizDate),
    order: (outTradeNo: string, fen: number, more: { state?: string; billId?: string; bizDate?: string } = {}) => db.transact((tx) => tx.payOrder.create({ data: {
      outTradeNo, estateId: 'jh', householdId: 'h-1', billId: more.billId ?? `B-${outTradeNo}`, channel: 'wechat', merchantId: '1900000109', scene: 'qr', totalFen: BigInt(fen),
      description: '公租房租金', state: more.state ?? 'paid', createdAtMs: BigInt(AT_MS), expiresAtMs: BigInt(AT_MS + 900_000), transactionId: `T-${outTradeNo}`, paidFen: BigInt(fen),
      paidAtMs: BigInt(AT_MS), bizDate: more.bizDate ?? DAY,
    } })),
    refund: (outRefundNo: string, outTradeNo: string, fen: number) => db.transact((tx) => tx.payRefund.create({ data: {
      outRefundNo, outTradeNo, estateId: 'jh', refundFen: BigInt(fen), reason: '多缴', state: 'succeeded', makerId: 'm', createdAtMs: BigInt(AT_MS), submittedAtMs: BigInt(AT_MS), bizDate: DAY,
    } })),
    receipt: (billId: string, kind: 'issue' | 'reversal', totalFen: number, more: { turn?: number; state?: string } = {}) => db.transact((tx) => tx.electronicReceipt.create({ data: {
      receiptNo: systemIds.uuid(), estateId: 'jh', householdId: 'h-1', billId, turn: more.turn ?? 1, kind, totalFen: BigInt(totalFen), content: '{}', state: more.state ?? 'issued', busAtMs: 1n,
    } })),
    /** A bill with so much of it paid. */
    bill: (billId: string, fen: number, paidFen: number) => db.transact(async (tx) => {
      await issueBill(tx, billId, fen)
      await tx.billPart.updateMany({ where: { billId }, data: { paidFen: BigInt(paidFen), openFen: BigInt(fen - paidFen) } })
    }),
    async found(): Promise<unknown[]> {
      const rows = await db.read.reconCase.findMany({ where: { state: { in: ['open', 'auto'] } }, orderBy: [{ bizDate: 'asc' }, { classCode: 'asc' }, { reference: 'asc' }] })
      expect(rows.every((row) => row.leg === 3)).toBe(true)
      return rows.map(({ classCode, reference, differenceFen }) => [classCode, reference, Number(differenceFen)])
    },
    change,
  }
}

beforeAll(() => { compiled('server/reconciliation/batch/bill-worker.js') })

it('every payment and refund has its posting, and every posting its payment or refund', async () => {
  const rig = await booksRig()
  await rig.order('RT-good', 100)
  await rig.post('RT-good', { kind: 'paid', into: WX, parts: [rig.part('b', 100)], prepaid: null })
  await rig.order('RT-late', 70, { state: 'late-paid' })
  await rig.post('wechat:T-RT-late', { kind: 'suspended', into: WX, fen: 70 })
  await rig.order('RT-unbooked', 200)
  await rig.order('RT-less', 300)
  await rig.post('RT-less', { kind: 'paid', into: WX, parts: [rig.part('b', 299)], prepaid: null })
  await rig.post('RT-nobody', { kind: 'paid', into: WX, parts: [rig.part('b', 5)], prepaid: null })
  // Tills of the estates are no orders.
  await rig.post('till:1', { kind: 'paid', into: { account: 'cash', of: 'desk-1' }, parts: [rig.part('b', 9)], prepaid: null })
  await rig.refund('RF-good', 'RT-good', 40)
  await rig.post('RF-good', { kind: 'refunded', from: WX, parts: [rig.part('b', 40)], handedOver: false })
  await rig.refund('RF-unbooked', 'RT-good', 10)
  await rig.post('RF-nobody', { kind: 'refunded', from: WX, parts: [rig.part('b', 3)], handedOver: false })
  expect(await rig.books.match(DAY)).toBe(6)
  expect(await rig.found()).toEqual([
    ['POSTING_AMOUNT', 'RT-less', 1], ['POSTING_MISSING', 'RF-unbooked', -10], ['POSTING_MISSING', 'RT-unbooked', 200], ['POSTING_UNKNOWN', 'RF-nobody', 3], ['POSTING_UNKNOWN', 'RT-nobody', -5],
    ['POSTING_UNKNOWN', 'wechat:T-RT-late', -70],
  ])
  const { orders, books } = await rig.books.sums(DAY, ['jh'])
  expect([orders, books]).toEqual([
    { paid: { count: 4, fen: 670 }, back: { count: 2, fen: 50 } }, { paid: { count: 4, fen: 474 }, back: { count: 2, fen: 43 } },
  ])
  // What its order was paid with stands on the list of what nobody knows the place of, and then it is founded.
  await rig.db.transact((tx) => tx.suspenseItem.create({ data: {
    suspenseId: 's', estateId: 'jh', channel: 'wechat', merchantId: WX.of, outTradeNo: 'RT-late', transactionId: 'T-RT-late', fen: 70n, cause: 'late', state: 'open', createdAtMs: 1n,
  } }))
  rig.clock.jumpWall(2_000)
  expect(await rig.books.match(DAY)).toBe(5)
  expect((await rig.found()).length).toBe(5)
})

it('a paid bill has the one receipt that it should have, where its estate gives receipts', async () => {
  const rig = await booksRig()
  const pay = async (billId: string, paidFen: number): Promise<void> => {
    await rig.bill(billId, 100, paidFen)
    await rig.order(`RT-${billId}`, 100, { billId })
    await rig.post(`RT-${billId}`, { kind: 'paid', into: WX, parts: [rig.part(billId, 100)], prepaid: null })
  }
  for (const billId of ['good', 'none', 'failed', 'twice', 'again']) await pay(billId, 100)
  for (const billId of ['part', 'back', 'kept', 'red-fails']) await pay(billId, 60)
  for (const billId of ['good', 'twice', 'again', 'back', 'kept', 'red-fails']) await rig.receipt(billId, 'issue', 100)
  await rig.receipt('failed', 'issue', 100, { state: 'failed' })
  await rig.receipt('twice', 'issue', 100, { turn: 2 })
  await rig.receipt('again', 'reversal', 100)
  await rig.receipt('again', 'issue', 100, { turn: 2 })
  await rig.receipt('back', 'reversal', 100)
  await rig.receipt('red-fails', 'reversal', 100, { state: 'failed' })
  // Nobody has set how the estate hands over: nothing is expected of it.
  expect(await rig.books.match(DAY)).toBe(0)
  await rig.setTerms()
  expect(await rig.books.match(DAY)).toBe(5)
  expect(await rig.found()).toEqual([
    ['RECEIPT_DUPLICATE', 'RT-twice', 0], ['RECEIPT_MISSING', 'RT-failed', 0], ['RECEIPT_MISSING', 'RT-none', 0], ['RECEIPT_NOT_REVERSED', 'RT-kept', 0], ['RECEIPT_NOT_REVERSED', 'RT-red-fails', 0],
  ])
})

it('revenue that is not at the treasury two working days later is told, and no more once it is', async () => {
  const rig = await booksRig()
  await rig.setTerms()
  await rig.order('RT-1', 100)
  await rig.post('RT-1', { kind: 'paid', into: WX, parts: [rig.part('b', 100)], prepaid: null })
  await rig.post('till:1', { kind: 'settled', from: WX, into: { account: 'bank', of: (await rig.vouchers.terms('jh', DAY))?.bankAccount ?? '' }, fen: 100 }, '2026-01-05')
  // Collected on a Sunday: due on Tuesday.
  expect(await rig.books.match(DAY)).toBe(0)
  rig.clock.jumpWall(2 * 86_400_000)
  await rig.books.match(DAY)
  expect(await rig.found()).toEqual([['HANDOVER_MISSING', `jh ${DAY}`, 0]])
  await rig.handOver({ untilDate: addDays(DAY, 1) }, '2026-01-07')
  rig.clock.jumpWall(2_000)
  await rig.books.match(DAY)
  expect(await rig.found()).toEqual([])
})
