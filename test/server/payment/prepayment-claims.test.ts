import { describe, expect, it } from 'vitest'
import { takePayment } from '../../../server/billing/bill-register.js'
import { post } from '../../../server/ledger/ledger-service.js'
import { reversePayment } from '../../../server/payment/payment-reversal.js'
import { start } from './resolution-rig.js'

describe('refunds of different orders of one household', () => {
  /** Two bills paid twice: of the 1 000 fen too much a third bill has 700. */
  const both = async (refundsEnd: 'succeeded' | 'abnormal' = 'succeeded') => {
    const rig = await start('prepayment', refundsEnd)
    const twice = async (billId: string): Promise<string> => {
      await rig.bill(billId, 500)
      const late = await rig.order(billId)
      await rig.closeAll()
      await rig.paid(await rig.order(billId), 500)
      await rig.paid(late, 500)
      return late
    }
    const orders = [await twice('b1'), await twice('b2')]
    await rig.bill('b3', 700)
    expect([await rig.prepayments.applyAll(), await rig.balance('prepayment')]).toEqual([1, 300])
    const propose = (outTradeNo: string, refundFen: number) => rig.refunds.propose('maker', { outTradeNo, refundFen, reason: '多缴' })
    const approve = async () => {
      for (const { outRefundNo } of await rig.db.read.payRefund.findMany({ where: { state: 'draft' } })) await rig.refunds.decide('checker', outRefundNo, 'approve')
    }
    return { ...rig, orders, propose, approve }
  }

  it.each([['one first', (orders: readonly string[]) => orders], ['other first', (orders: readonly string[]) => [...orders].reverse()]] as const)(
    'do not claim one prepayment twice, proposed at once, the %s (the account stood below zero)', async (_, ordered) => {
      const rig = await both()
      const made = await Promise.allSettled(ordered(rig.orders).map((no) => rig.propose(no, 300)))
      expect(made.map((one) => one.status)).toEqual(['fulfilled', 'rejected'])
      expect(made[1]).toMatchObject({ reason: { code: 'SV_PAYMENT_REFUND', details: { field: 'refundFen', leftFen: 0, freePrepaidFen: 0 } } })
      await rig.approve()
      expect([rig.asked.map((one) => one.refundFen), await rig.balance('prepayment'), await rig.balance('transit-wechat'), (await rig.books()).brokenAtSeq]).toEqual([[300], 0, 1_700, null])
    })

  it('share it to the fen; what is rejected is free again for the other, and for the next bill', async () => {
    const rig = await both()
    const [one, other] = rig.orders as [string, string]
    const { outRefundNo } = await rig.propose(one, 200)
    await expect(rig.propose(other, 101)).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND', details: { leftFen: 100, freePrepaidFen: 100 } })
    await rig.propose(other, 100)
    await rig.refunds.decide('checker', outRefundNo, 'reject')
    await rig.bill('b4', 1_000)
    expect([await rig.prepayments.applyAll(), await rig.owed('b4'), await rig.balance('prepayment')]).toEqual([1, 800, 100])
    await rig.approve()
    expect([await rig.balance('prepayment'), await rig.balance('transit-wechat')]).toEqual([0, 1_900])
    // And a payment that left it cannot be taken back as if it were there.
    await expect(rig.propose(one, 1)).rejects.toMatchObject({ details: { leftFen: 0 } })
  })

  it('keep their claim where the channel cannot bring it to the payer, until it is paid out otherwise by two persons', async () => {
    const rig = await both('abnormal')
    const [one, other] = rig.orders as [string, string]
    const { outRefundNo } = await rig.propose(one, 300)
    await rig.approve()
    expect([(await rig.refunds.find(outRefundNo))?.state, await rig.balance('prepayment')]).toEqual(['abnormal', 300])
    await expect(rig.propose(other, 1)).rejects.toMatchObject({ details: { freePrepaidFen: 0 } })
    await rig.bill('b4', 300)
    expect(await rig.prepayments.applyAll()).toBe(0)
    await rig.refundPayouts.propose('maker', outRefundNo, { way: 'bank', placeOf: '6222-1', slipNo: 'TX-1', slipSha256: '0'.repeat(64), payeeName: '陈一', payeeIdTail: '1234' })
    expect((await rig.refundPayouts.decide('checker', outRefundNo, 'approve')).state).toBe('paid-out')
    expect([await rig.balance('prepayment'), await rig.balance('bank'), await rig.balance('transit-wechat'), await rig.orderOf(one)]).toMatchObject([0, -300, 2_000, { refundedFen: 300n }])
    expect([await rig.prepayments.applyAll(), await rig.owed('b4'), await rig.books()]).toMatchObject([0, 300, { brokenAtSeq: null, wrongSums: 0 }])
  })

  it.each([['refund first', false], ['bill first', true]] as const)('and a bill do not both take it, the %s', async (_, billFirst) => {
    const rig = await both()
    const [one] = rig.orders as [string]
    await rig.bill('b4', 300)
    const [refund, bill] = [() => rig.propose(one, 300), () => rig.prepayments.applyAll()]
    await Promise.allSettled(billFirst ? [bill(), refund()] : [refund(), bill()])
    await rig.approve()
    const refunded = rig.asked.reduce((sum, asked) => sum + asked.refundFen, 0)
    expect([await rig.balance('prepayment'), refunded + 300 - await rig.owed('b4')]).toEqual([0, 300])
  })

  it('a payment that never was is not taken back while a refund of it is open, nor out of prepayment that another claims', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    const till = async (billId: string, fen: number) => rig.change(null, async (change) => {
      const parts = await takePayment(change, { billId, fen })
      await post(change, [{ estateId: 'jh', causeRef: `till:${billId}`, bizDate: '2026-01-05', memo: null, event: { kind: 'paid', into: { account: 'cash', of: 'till-1' }, parts, prepaid: null } }])
    })
    const orders: string[] = []
    for (const billId of ['b2', 'b3']) {
      await rig.bill(billId, 500)
      const no = await rig.order(billId)
      await till(billId, 200)
      await rig.paid(no, 500)
      orders.push(no)
    }
    const [one, other] = orders as [string, string]
    const reverse = (no: string) => rig.change('checker', (change) => reversePayment(change, no, () => Promise.resolve(false)))
    expect([await rig.balance('prepayment'), await rig.prepayments.applyAll(), await rig.balance('prepayment')]).toEqual([400, 1, 0])
    expect(await reverse(one)).toBe('prepayment-used')
    await rig.bill('b5', 500)
    const third = await rig.order('b5')
    await till('b5', 300)
    await rig.paid(third, 500)
    const { outRefundNo } = await rig.refunds.propose('maker', { outTradeNo: third, refundFen: 200, reason: '多缴' })
    expect([await rig.balance('prepayment'), await reverse(one), await reverse(third)]).toEqual([300, 'prepayment-used', 'not-paid'])
    await rig.refunds.decide('checker', outRefundNo, 'reject')
    expect([await reverse(other), await rig.balance('prepayment'), await rig.owed('b3')]).toEqual(['reversed', 100, 300])
  })
})
