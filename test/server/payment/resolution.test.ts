import { describe, expect, it } from 'vitest'
import { takePayment } from '../../../server/billing/bill-register.js'
import { post } from '../../../server/ledger/ledger-service.js'
import { noteSuspense } from '../../../server/payment/payment-register.js'
import { takeRealPayments } from '../../../server/payment/payment-batch.js'
import { nextRefundAtMs, refundable } from '../../../server/payment/refund-rules.js'
import { systemRandom } from '../../../gateway/kernel/random.js'
import { systemIds } from '../support/temp-database.js'
import { HOUSEHOLD } from './payment-rig.js'
import { MERCHANT, start } from './resolution-rig.js'

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

  it('or it goes back by itself, where that is the rule, once', async () => {
    const rig = await start('refund')
    await rig.bill('b1', 500)
    const first = await rig.order('b1')
    await rig.closeAll()
    await rig.paid(await rig.order('b1'), 500)
    expect(await rig.paid(first, 500)).toEqual(['double-payment'])
    expect(await rig.db.read.suspenseItem.findFirst()).toMatchObject({ state: 'approved', makerId: 'rule', checkerId: 'rule', fen: 500n })
    expect([await rig.refunds.sweep(), await rig.refunds.sweep()]).toEqual([1, 0])
    const refunds = await rig.db.read.payRefund.findMany()
    expect(refunds).toMatchObject([{ outTradeNo: first, refundFen: 500n, state: 'succeeded', makerId: 'rule', reason: '重复缴费退回' }])
    expect(rig.asked).toEqual([{ outRefundNo: refunds[0]?.outRefundNo, refundFen: 500, totalFen: 500 }])
    expect([await rig.balance('suspense'), await rig.balance('transit-wechat'), (await rig.orderOf(first)).state]).toEqual([0, 500, 'refunded'])
    expect((await rig.books()).brokenAtSeq).toBeNull()
  })

  it('or in part, where the bill was paid in part at the estate meanwhile: what it did not need goes back, whatever else comes in the same commit', async () => {
    const rig = await start('refund')
    await rig.bill('b1', 500)
    await rig.bill('b2', 300)
    const [one, two] = [await rig.order('b1'), await rig.order('b2')]
    await rig.change(null, async (change) => {
      const parts = await takePayment(change, { billId: 'b1', fen: 200 })
      await post(change, [{ estateId: 'jh', causeRef: 'till:1', bizDate: '2026-01-05', memo: null, event: { kind: 'paid', into: { account: 'cash', of: 'till-1' }, parts, prepaid: null } }])
    })
    const both = [[one, 500], [two, 300]] as const
    const payments = both.map(([outTradeNo, fen]) => ({ channel: 'wechat', merchantId: MERCHANT, outTradeNo, transactionId: `T-${outTradeNo}`, fen, paidAtMs: rig.clock.wallMs() }) as const)
    const rules = { ids: systemIds, random: systemRandom, doublePayment: 'refund' } as const
    expect(await rig.change(null, (change) => takeRealPayments(change, payments, rules))).toEqual(['paid', 'paid'])
    expect(await rig.balance('prepayment')).toBe(200)
    // Nothing else may be paid out of it meanwhile.
    await rig.bill('b3', 100)
    expect([await rig.prepayments.applyAll(), await rig.refunds.sweep()]).toEqual([0, 1])
    expect(rig.asked).toMatchObject([{ refundFen: 200, totalFen: 500 }])
    expect([await rig.balance('prepayment'), await rig.balance('transit-wechat'), await rig.owed('b1'), (await rig.orderOf(one)).state]).toEqual([0, 600, 0, 'part-refunded'])
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

  it.each([['short: kept by the channel', -130], ['over: given back by it', 130]])('of a settlement that came %s, is claimed as its charge by two persons', async (_, fen) => {
    const rig = await start()
    const id = '01940009-0000-7000-8000-00000000000c'
    await rig.change(null, async (change) => {
      await post(change, [{ estateId: 'jh', causeRef: 'c:1', bizDate: '2026-01-05', memo: null, event: { kind: 'difference-held', at: { account: 'bank', of: '6222-1' }, fen } }])
      await noteSuspense(change.tx, { suspenseId: id, estateId: 'jh', channel: 'wechat', merchantId: MERCHANT, outTradeNo: 'S-1', transactionId: 'c:1', fen,
        cause: fen < 0 ? 'settlement-short' : 'settlement-over', createdAtMs: rig.clock.wallMs() })
    })
    await expect(rig.suspense.propose('maker', id, { kind: 'return', reason: '退回' })).rejects.toMatchObject({ code: 'SV_PAYMENT_SUSPENSE', details: { field: 'kind' } })
    await rig.suspense.propose('maker', id, { kind: 'charge', reason: '渠道手续费' })
    await expect(rig.suspense.decide('maker', id, 'approve')).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_SELF' })
    expect(await rig.balance('suspense')).toBe(fen)
    await rig.suspense.decide('checker', id, 'approve')
    expect([await rig.balance('suspense'), await rig.balance('fee-claim'), await rig.balance('bank'), (await rig.suspense.find(id))?.state]).toEqual([0, -fen, fen, 'applied'])
    await expect(rig.suspense.decide('checker', id, 'approve')).rejects.toMatchObject({ code: 'SV_PAYMENT_SUSPENSE' })
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

describe('suspended cash', () => {
  const SLIP = { slipNo: 'P-0001', slipSha256: 'a'.repeat(64), payeeName: '陈一', payeeIdTail: '123X', desk: null }
  const cash = async (channel: 'cash' | 'pos' = 'cash') => {
    const rig = await start()
    const into = channel === 'cash' ? { account: 'cash', of: 'till-1' } as const : { account: 'transit-pos', of: 'till-1' } as const
    await rig.change(null, async (one) => {
      await post(one, [{ estateId: 'jh', causeRef: 'till:s1', bizDate: '2026-01-05', memo: null, event: { kind: 'suspended', into, fen: 500 } }])
      await noteSuspense(one.tx, {
        suspenseId: 's1', estateId: 'jh', channel, merchantId: 'till-1', outTradeNo: 'till-1-7', transactionId: 's1', fen: 500, cause: 'unknown-household', createdAtMs: one.atMs,
      })
    })
    await rig.suspense.propose('maker', 's1', { kind: 'return', reason: '走错小区' })
    return rig
  }

  it('is handed back over the desk: proposed, approved by another, paid by a third step against a signed slip, posted once', async () => {
    const rig = await cash()
    await expect(rig.payouts.pay('cashier', 's1', SLIP)).rejects.toMatchObject({ code: 'SV_PAYMENT_SUSPENSE', details: { state: 'proposed' } })
    expect(await rig.suspense.decide('checker', 's1', 'approve')).toEqual({ outRefundNo: null })
    // Approved is not paid: the money is still there, and on the list.
    expect([await rig.balance('cash'), await rig.balance('suspense'), (await rig.suspense.find('s1'))?.state]).toEqual([500, 500, 'approved'])
    await expect(rig.payouts.pay('checker', 's1', SLIP)).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_SELF' })
    await expect(rig.payouts.pay('cashier', 's1', { ...SLIP, desk: 'till-2' })).rejects.toMatchObject({ code: 'SV_PAYMENT_SUSPENSE', details: { field: 'desk' } })
    await rig.payouts.pay('cashier', 's1', SLIP)
    await expect(rig.payouts.pay('cashier', 's1', SLIP)).rejects.toMatchObject({ code: 'SV_PAYMENT_SUSPENSE', details: { state: 'returned' } })
    expect([await rig.balance('cash'), await rig.balance('suspense')]).toEqual([0, 0])
    expect(await rig.db.read.suspensePayout.findMany()).toMatchObject([{ suspenseId: 's1', slipNo: 'P-0001', desk: 'till-1', fen: 500n, paidBy: 'cashier' }])
    const said = await rig.db.read.auditEntry.findMany({ where: { action: 'payment.payout' } })
    expect([said.length, JSON.stringify(said, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).includes('陈一')]).toEqual([1, false])
  })

  it('that nobody comes for is decided anew; what a card paid the acquirer credits, and no desk', async () => {
    const rig = await cash('pos')
    await rig.suspense.decide('checker', 's1', 'approve')
    await rig.suspense.decide('checker', 's1', 'reject')
    expect(await rig.suspense.find('s1')).toMatchObject({ state: 'open', makerId: null, checkerId: null })
    await rig.suspense.propose('maker', 's1', { kind: 'return', reason: '走错小区' })
    await rig.suspense.decide('checker', 's1', 'approve')
    await expect(rig.payouts.pay('cashier', 's1', { ...SLIP, desk: 'till-1' })).rejects.toMatchObject({ details: { field: 'desk' } })
    await rig.payouts.pay('cashier', 's1', SLIP)
    expect([await rig.balance('transit-pos'), await rig.balance('suspense')]).toEqual([0, 0])
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

  it('take from the bill where the prepayment that came of it was spent, never below nothing', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    const no = await rig.order('b1')
    await rig.paid(no, 501)
    const id = await rig.suspended()
    await rig.suspense.propose('maker', id, { kind: 'bill', billId: 'b1' })
    await rig.suspense.decide('checker', id, 'approve')
    await rig.bill('b2', 300)
    expect([await rig.prepayments.applyAll(), await rig.balance('prepayment')]).toEqual([1, 0])
    const { outRefundNo } = await rig.refunds.propose('maker', { outTradeNo: no, refundFen: 200, reason: '退回' })
    await rig.refunds.decide('checker', outRefundNo, 'approve')
    expect([await rig.balance('prepayment'), await rig.owed('b1'), await rig.owed('b2'), await rig.balance('transit-wechat')]).toEqual([0, 200, 299, 301])
  })

  it('proposed twenty at once come to no more than was paid', async () => {
    const rig = await start()
    await rig.bill('b1', 1_000)
    const outTradeNo = await rig.order('b1')
    await rig.paid(outTradeNo, 1_000)
    const made = await Promise.allSettled(Array.from({ length: 20 }, () => rig.refunds.propose('maker', { outTradeNo, refundFen: 100, reason: '多缴' })))
    expect([made.filter((one) => one.status === 'fulfilled').length, await rig.db.read.payRefund.count()]).toEqual([10, 10])
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
    const taken = { parts: [part], prepaidFen: 40 }
    expect(refundable(taken, [{ refundFen: 15, prepaidFen: 5 }], 20)).toEqual({ partsFen: 50, prepaidFen: 20 })
    expect(refundable(taken, [{ refundFen: 15, prepaidFen: 5 }], 1_000)).toEqual({ partsFen: 50, prepaidFen: 35 })
    expect(refundable(taken, [], 0)).toEqual({ partsFen: 60, prepaidFen: 0 })
    expect(refundable(taken, [{ refundFen: 100, prepaidFen: 40 }], 1_000)).toEqual({ partsFen: 0, prepaidFen: 0 })
  })
})
