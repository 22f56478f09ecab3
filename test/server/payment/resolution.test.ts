import { describe, expect, it } from 'vitest'
import type { ChannelAnswer, ChannelName, PayChannel, RefundState } from '../../../server/payment/channel/channel-port.js'
import { takeRealPayments } from '../../../server/payment/payment-batch.js'
import type { TakingRules } from '../../../server/payment/payment-taking.js'
import { nextRefundAtMs, refundableFen } from '../../../server/payment/refund-rules.js'
import { ok } from '../../../gateway/kernel/result.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { systemIds } from '../support/temp-database.js'
import { HOUSEHOLD, WISH, paymentRig } from './payment-rig.js'

const MERCHANT = '1900000109'

/** A channel that gives a code for every order and gives back whatever it is asked to; what it was asked is kept. */
function generous(name: ChannelName): { channel: PayChannel; refunds: Array<{ outRefundNo: string; refundFen: number; totalFen: number }> } {
  const refunds: Array<{ outRefundNo: string; refundFen: number; totalFen: number }> = []
  const back = (refundFen: number): ChannelAnswer<RefundState> => Promise.resolve(ok({ state: 'succeeded', refundId: 'R1', refundFen, succeededAtMs: null }))
  const channel: PayChannel = {
    channel: name, merchantId: MERCHANT, createOrder: () => Promise.resolve(ok({ kind: 'qr', text: 'x' })), queryOrder: () => Promise.resolve(ok({ state: 'closed' })),
    closeOrder: () => Promise.resolve(ok({ state: 'closed' })),
    refund: ({ outRefundNo, refundFen, totalFen }) => { refunds.push({ outRefundNo, refundFen, totalFen }); return back(refundFen) },
    queryRefund: () => Promise.reject(new Error('not asked')), readNotify: () => { throw new Error('not read') }, fetchBill: () => Promise.reject(new Error('not fetched')),
    notifyAnswers: { taken: { status: 204, contentType: '', body: '' }, refused: { status: 400, contentType: '', body: '' } },
  }
  return { channel, refunds }
}

async function start(doublePayment: TakingRules['doublePayment'] = 'prepayment') {
  const clock = createVirtualClock()
  const { channel, refunds: asked } = generous('wechat')
  const rig = await paymentRig({ wechat: channel }, clock, doublePayment)
  const paid = (outTradeNo: string, fen: number, transactionId = `T-${outTradeNo}`) => rig.change(null, (one) => takeRealPayments(one,
    [{ channel: 'wechat', merchantId: MERCHANT, outTradeNo, transactionId, fen, paidAtMs: clock.wallMs() }], { ids: systemIds, doublePayment }))
  const closeAll = async () => { await clock.run(16 * 60_000); await rig.sweep() }
  const order = async (billId: string) => (await rig.orders.place('cashier', { ...WISH, billId })).outTradeNo
  const suspended = async () => (await rig.db.read.suspenseItem.findFirstOrThrow()).suspenseId
  const household = async () => rig.db.transact(async (tx) => {
    await tx.estate.create({ data: { id: 'jh', name: 'jh', district: 'x', createdAtMs: 0n } })
    await tx.household.create({ data: { householdId: HOUSEHOLD, estateId: 'jh', householdNo: 'L-1', createdAtMs: 0n } })
  })
  return { ...rig, clock, asked, paid, closeAll, order, suspended, household }
}

describe('a bill that is paid twice', () => {
  it('leaves the second payment to the household\'s credit, and the next bill is paid out of it', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    const first = await rig.order('b1')
    await rig.closeAll()
    const second = await rig.order('b1')
    expect([await rig.paid(second, 500), await rig.paid(first, 500)]).toEqual([['paid'], ['double-payment']])
    expect([await rig.owed('b1'), await rig.balance('suspense'), await rig.balance('prepayment'), await rig.balance('transit-wechat')]).toEqual([0, 0, 500, 1_000])
    expect(await rig.orderOf(first)).toMatchObject({ state: 'late-paid', prepaidFen: 500n })
    await rig.bill('b2', 300)
    await rig.bill('b3', 300)
    expect([await rig.prepayments.applyAll(), await rig.prepayments.applyAll()]).toEqual([2, 0])
    expect([await rig.owed('b2'), await rig.owed('b3'), await rig.balance('prepayment'), await rig.balance('to-hand-over')]).toEqual([0, 100, 0, 1_000])
    // What was spent on bills cannot go back as prepayment.
    await expect(rig.refunds.propose('maker', { outTradeNo: first, refundFen: 1, reason: '退回' })).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND', details: { leftFen: 0 } })
  })

  it('or proposes that it goes back, where that is the rule: one person approves, and the channel is asked', async () => {
    const rig = await start('refund')
    await rig.bill('b1', 500)
    const first = await rig.order('b1')
    await rig.closeAll()
    await rig.paid(await rig.order('b1'), 500)
    expect(await rig.paid(first, 500)).toEqual(['double-payment'])
    expect(await rig.db.read.suspenseItem.findFirst()).toMatchObject({ state: 'proposed', makerId: null, fen: 500n })
    const { outRefundNo } = await rig.suspense.decide('checker', await rig.suspended(), 'approve')
    expect(rig.asked).toEqual([{ outRefundNo, refundFen: 500, totalFen: 500 }])
    expect([await rig.balance('suspense'), await rig.balance('transit-wechat'), (await rig.orderOf(first)).state]).toEqual([0, 500, 'refunded'])
    expect((await rig.books()).brokenAtSeq).toBeNull()
  })
})

describe('money without a place', () => {
  it('is applied by two persons to a bill of its estate; what is over is the household\'s', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    const no = await rig.order('b1')
    await rig.paid(no, 501)
    const id = await rig.suspended()
    await expect(rig.suspense.propose('maker', id, { kind: 'bill', billId: 'nope' })).rejects.toMatchObject({ code: 'SV_PAYMENT_SUSPENSE', details: { field: 'billId' } })
    await rig.suspense.propose('maker', id, { kind: 'bill', billId: 'b1' })
    await expect(rig.suspense.propose('maker', id, { kind: 'return', reason: '退回' })).rejects.toMatchObject({ code: 'SV_PAYMENT_SUSPENSE' })
    await expect(rig.suspense.decide('maker', id, 'approve')).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_SELF' })
    await rig.suspense.decide('checker', id, 'approve')
    expect([await rig.owed('b1'), await rig.balance('suspense'), await rig.balance('prepayment'), await rig.balance('transit-wechat')]).toEqual([0, 0, 1, 501])
    expect(await rig.db.read.suspenseItem.findMany()).toMatchObject([{ state: 'applied', makerId: 'maker' }])
    await expect(rig.suspense.decide('checker', id, 'approve')).rejects.toMatchObject({ code: 'SV_PAYMENT_SUSPENSE' })
    // The order knows what its money was used for, so that it can go back.
    const { outRefundNo } = await rig.refunds.propose('maker', { outTradeNo: no, refundFen: 501, reason: '退回' })
    await rig.refunds.decide('checker', outRefundNo, 'approve')
    expect([await rig.owed('b1'), await rig.balance('prepayment'), await rig.balance('transit-wechat')]).toEqual([500, 0, 0])
  })

  it('of an order that nobody made moves to the estate that it is for, and both estates\' suspense is clear', async () => {
    const rig = await start()
    await rig.household()
    expect(await rig.paid('XX0001', 70)).toEqual(['unknown-order'])
    const id = await rig.suspended()
    await rig.suspense.propose('maker', id, { kind: 'prepayment', householdId: HOUSEHOLD })
    await rig.suspense.decide('checker', id, 'reject')
    expect(await rig.suspense.find(id)).toMatchObject({ state: 'open', proposal: null, makerId: null })
    await rig.suspense.propose('other', id, { kind: 'prepayment', householdId: HOUSEHOLD })
    await rig.suspense.decide('checker', id, 'approve')
    const rows = await rig.db.read.ledgerDay.groupBy({ by: ['account', 'estateId'], _sum: { debitFen: true, creditFen: true }, orderBy: [{ account: 'asc' }, { estateId: 'asc' }] })
    expect(rows.map(({ account, estateId, _sum }) => `${account} ${estateId} ${(_sum.debitFen ?? 0n) - (_sum.creditFen ?? 0n)}`))
      .toEqual(['prepayment jh -70', 'suspense * 0', 'suspense jh 0', 'transit-wechat * 0', 'transit-wechat jh 70'])
  })
})

describe('refunds of one order', () => {
  it('go to the channel a minute apart, never above what was paid, and not after a year', async () => {
    const rig = await start()
    await rig.bill('b1', 1_000)
    const outTradeNo = await rig.order('b1')
    await rig.paid(outTradeNo, 1_000)
    const propose = (refundFen: number) => rig.refunds.propose('maker', { outTradeNo, refundFen, reason: '多缴' })
    const [one, two] = [await propose(400), await propose(300)]
    await expect(propose(301)).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND', details: { leftFen: 300 } })
    await Promise.all([rig.refunds.decide('checker', one.outRefundNo, 'approve'), rig.refunds.decide('checker', two.outRefundNo, 'approve')])
    expect(rig.asked.map((refund) => refund.refundFen)).toEqual([400])
    await rig.clock.run(59_000)
    await rig.refunds.sweep()
    expect(rig.asked.length).toBe(1)
    await rig.clock.run(2_000)
    await rig.refunds.sweep()
    expect(rig.asked.map((refund) => refund.refundFen)).toEqual([400, 300])
    expect([await rig.owed('b1'), (await rig.orderOf(outTradeNo)).state]).toEqual([700, 'part-refunded'])
    await rig.clock.run(366 * 86_400_000)
    await expect(propose(1)).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND', details: { problem: expect.stringContaining('365') } })
  })

  it('of revenue that was handed over is claimed from the treasury', async () => {
    const rig = await start()
    await rig.bill('b1', 1_000)
    const outTradeNo = await rig.order('b1')
    await rig.paid(outTradeNo, 1_000)
    await rig.db.transact((tx) => tx.treasuryVoucher.create({ data: {
      voucherId: 'v', estateId: 'jh', kind: 'hand-over', fromDate: '2026-01-01', untilDate: '2026-01-31', account: 'bank', accountOf: 'special', fen: 1_000n, content: '{}', state: 'done',
      makerId: 'a', createdAtMs: 0n,
    } }))
    const { outRefundNo } = await rig.refunds.propose('maker', { outTradeNo, refundFen: 1_000, reason: '退租' })
    await rig.refunds.decide('checker', outRefundNo, 'approve')
    expect([await rig.balance('treasury-refund-claim'), await rig.balance('to-hand-over'), await rig.owed('b1')]).toEqual([1_000, 1_000, 1_000])
  })

  it('rules: a minute after the last one sent; of prepayment no more than is left', () => {
    const sent = (outRefundNo: string, submittedAtMs: number | null) => ({ outRefundNo, submittedAtMs })
    expect(nextRefundAtMs([sent('a', null), sent('b', 5_000), sent('c', 1_000)], 'a', 10_000)).toBe(65_000)
    expect(nextRefundAtMs([sent('a', 9_000)], 'a', 10_000)).toBe(10_000)
    const part = { billId: 'b', householdId: 'h', receivable: 'rent-receivable', fen: 60 } as const
    expect(refundableFen({ parts: [part], prepaidFen: 40 }, { parts: [{ ...part, fen: 10 }], prepaidFen: 5 }, 20)).toBe(70)
    expect(refundableFen({ parts: [part], prepaidFen: 40 }, { parts: [], prepaidFen: 0 }, 1_000)).toBe(100)
  })
})
