import { expect, it } from 'vitest'
import { addDays } from '../../../../server/household/civil-date-rules.js'
import { post } from '../../../../server/ledger/ledger-service.js'
import type { PostingEvent } from '../../../../server/ledger/posting-rules.js'
import { createBooksService } from '../../../../server/reconciliation/books/books-service.js'
import { createVoucherService } from '../../../../server/treasury/voucher-service.js'
import { TERMS } from '../../http/access-table-treasury.js'
import { issueBill } from '../../payment/payment-rig.js'
import { systemIds } from '../../support/temp-database.js'
import { putRefund } from '../batch/recon-rig.js'
import { movableClock, sandboxDay } from './sandbox-day.js'

const TUESDAY = '2026-09-22'
const at = (date: string): number => Date.parse(`${date}T10:00:00+08:00`)

/** What is done wrong with a payment that the channel and our orders agree on. */
const ACTS = ['none', 'not-posted', 'posted-otherwise', 'no-receipt', 'receipt-failed', 'two-receipts', 'not-reversed'] as const

it('what our books, receipts and vouchers lack of a day that the channels bear out is told class by class, and nothing else is', async () => {
  const clock = movableClock(at(TUESDAY))
  const day = await sandboxDay(clock, ['wechat'])
  const { db, change, work } = day
  const wx = { account: 'transit-wechat', of: day.sandbox.wechat.merchantId } as const
  const books = createBooksService({ read: db.read, work, clock, holidays: async () => new Map() })
  const vouchers = createVoucherService({ read: db.read, change, ids: systemIds, clock })
  await db.transact((tx) => tx.estate.create({ data: { id: 'jh', name: '嘉禾苑', district: '江海', createdAtMs: 1n } }))
  await vouchers.setTerms('officer', 'jh', '2026-01-01', TERMS)
  const book = (causeRef: string, event: PostingEvent) => change(null, (one) => post(one, [{ estateId: 'jh', causeRef, bizDate: TUESDAY, memo: null, event }]))
  const receipt = (billId: string, fen: number, more: { turn?: number; state?: string } = {}) => db.transact((tx) => tx.electronicReceipt.create({ data: {
    receiptNo: systemIds.uuid(), estateId: 'jh', householdId: 'h-1', billId, turn: more.turn ?? 1, kind: 'issue', totalFen: BigInt(fen), content: '{}', state: more.state ?? 'issued', busAtMs: 1n,
  } }))
  for (const [index, act] of ACTS.entries()) {
    const [orderNo, fen, billId] = [`RT-${act}`, 10_000 + index, `B-${act}`]
    const back = act === 'not-reversed' ? 100 : 0
    await day.paid('wechat', orderNo, fen, { ours: { billId } })
    await db.transact(async (tx) => {
      await issueBill(tx, billId, fen)
      await tx.billPart.updateMany({ where: { billId }, data: { paidFen: BigInt(fen - back), openFen: BigInt(back) } })
    })
    const part = (of: number) => [{ billId, householdId: 'h-1', receivable: 'rent-receivable', fen: of } as const]
    if (act !== 'not-posted') await book(orderNo, { kind: 'paid', into: wx, parts: part(act === 'posted-otherwise' ? fen - 1 : fen), prepaid: null })
    if (act !== 'no-receipt') await receipt(billId, fen, act === 'receipt-failed' ? { state: 'failed' } : {})
    if (act === 'two-receipts') await receipt(billId, fen, { turn: 2 })
    if (back === 0) continue
    await day.refund('wechat', orderNo, 'RF-back', back, fen)
    await day.sandbox.until(() => day.sandbox.taken.some(({ body }) => body.includes('REFUND.SUCCESS')), 'the refund')
    await db.transact((tx) => putRefund(tx, { outRefundNo: 'RF-back', outTradeNo: orderNo, fen: back, state: 'succeeded', atMs: clock.wallMs() }))
    await db.transact((tx) => tx.payRefund.update({ where: { outRefundNo: 'RF-back' }, data: { bizDate: TUESDAY } }))
    await book('RF-back', { kind: 'refunded', from: wx, parts: part(back), handedOver: false })
  }
  await book('RT-nobody', { kind: 'paid', into: wx, parts: [{ billId: 'B-none', householdId: 'h-1', receivable: 'rent-receivable', fen: 5 }], prepaid: null })
  await day.fetch.fetchDay('maker', TUESDAY)
  expect(await day.told()).toEqual([])

  const wrong = [
    'POSTING_AMOUNT RT-posted-otherwise', 'POSTING_MISSING RT-not-posted', 'POSTING_UNKNOWN RT-nobody', 'RECEIPT_DUPLICATE RT-two-receipts', 'RECEIPT_MISSING RT-no-receipt',
    'RECEIPT_MISSING RT-receipt-failed', 'RECEIPT_NOT_REVERSED RT-not-reversed',
  ]
  await books.match(TUESDAY)
  expect(await day.told()).toEqual(wrong)
  // Due two working days later; late on the day after that, and no more once the treasury has it.
  clock.setTo(at(addDays(TUESDAY, 2)))
  await books.match(TUESDAY)
  expect(await day.told()).toEqual(wrong)
  clock.setTo(at(addDays(TUESDAY, 3)))
  await books.match(TUESDAY)
  expect(await day.told()).toEqual([`HANDOVER_MISSING jh ${TUESDAY}`, ...wrong])
  await book('settled', { kind: 'settled', from: wx, into: { account: 'bank', of: TERMS.bankAccount }, fen: 70_000 })
  const { voucherId } = await vouchers.propose('officer', { estateId: 'jh', kind: 'hand-over', untilDate: TUESDAY, channel: null, merchantId: null, fen: null, paymentCode: null })
  await vouchers.decide('checker', voucherId, 'approve')
  await vouchers.carryOut('officer', voucherId, { bankSerial: 'S-1', doneOn: addDays(TUESDAY, 3), paymentCode: null })
  clock.setTo(at(addDays(TUESDAY, 4)))
  await books.match(TUESDAY)
  expect(await day.told()).toEqual(wrong)
})
