import { describe, expect, it } from 'vitest'
import type { ChannelFault } from '../../../firmware-sim/channel/channel-faults.js'
import { systemClock } from '../../../gateway/kernel/clock.js'
import type { ChannelName } from '../../../server/payment/channel/channel-port.js'
import { sandboxRig } from './channel/sandbox-rig.js'
import { WISH, paymentRig } from './payment-rig.js'

/** Both channels in the sandbox, over HTTP; the services on a real database. */
async function start() {
  const sandbox = await sandboxRig()
  const rig = await paymentRig({ wechat: sandbox.wechat, alipay: sandbox.alipay }, systemClock as never)
  const place = (billId: string, channel: ChannelName = 'wechat') => rig.orders.place('u1', { ...WISH, billId, channel })
  /** Hands every notify that came to the service, in order. */
  const deliver = async (): Promise<number[]> => {
    const statuses: number[] = []
    for (const came of sandbox.came.splice(0)) statuses.push((await rig.notifies.receive(came.channel, came)).status)
    return statuses
  }
  return { ...rig, sandbox, place, deliver }
}
type Rig = Awaited<ReturnType<typeof start>>
const notifies = (rig: Rig, count: number) => rig.sandbox.until(() => rig.sandbox.came.length >= count, `${count} notifies`)

describe.each(['wechat', 'alipay'] as const)('a bill paid with %s', (channel) => {
  it('is paid once, however often it is told', async () => {
    const rig = await start()
    await rig.bill('b1', 12_480)
    const { outTradeNo, payStep, totalFen } = await rig.place('b1', channel)
    expect([payStep.kind, totalFen]).toEqual(['qr', 12_480])
    expect((await rig.place('b1', channel)).outTradeNo).toBe(outTradeNo)
    rig.sandbox.fault(outTradeNo, 'notify-repeated')
    await rig.sandbox.pay(channel, outTradeNo)
    await notifies(rig, 4)
    const [first] = rig.sandbox.came
    if (first === undefined) throw new Error('no notify')
    const answers = await Promise.all(Array.from({ length: 100 }, () => rig.notifies.receive(channel, first)))
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([channel === 'wechat' ? 204 : 200]))
    expect(new Set(await rig.deliver())).toEqual(new Set([channel === 'wechat' ? 204 : 200]))
    expect([await rig.owed('b1'), await rig.balance(`transit-${channel}`), await rig.balance('rent-receivable'), await rig.balance('to-hand-over')]).toEqual([0, 12_480, 0, 12_480])
    expect(await rig.orderOf(outTradeNo)).toMatchObject({ state: 'paid', paidFen: 12_480n, liveBillId: null, nextQueryAtMs: null })
    expect(await rig.db.read.payEvent.count()).toBe(1)
    expect(await rig.books()).toEqual({ journals: 2, brokenAtSeq: null, wrongSums: 0 })
    await expect(rig.place('b1', channel)).rejects.toMatchObject({ code: 'SV_PAYMENT_BILL' })
  })

  it('whose notify is lost is found by asking, and a notify afterwards changes nothing', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    const { outTradeNo } = await rig.place('b1', channel)
    await rig.sandbox.pay(channel, outTradeNo)
    await rig.db.transact((tx) => tx.payOrder.updateMany({ data: { nextQueryAtMs: 1n } }))
    expect(await rig.sweep()).toBe(1)
    expect([await rig.owed('b1'), (await rig.orderOf(outTradeNo)).state]).toEqual([0, 'paid'])
    await notifies(rig, 1)
    await rig.deliver()
    expect(await rig.balance(`transit-${channel}`)).toBe(500)
    expect(await rig.sweep()).toBe(0)
  })

  it('before the order was answered is paid all the same', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    // The fault is planned for every number: which one it will be is not known before.
    const placing = rig.place('b1', channel)
    const { outTradeNo } = await placing
    rig.sandbox.fault(outTradeNo, 'notify-first')
    await rig.sandbox.pay(channel, outTradeNo)
    await notifies(rig, 1)
    await rig.db.transact((tx) => tx.payOrder.updateMany({ data: { state: 'created' } }))
    await rig.deliver()
    expect([await rig.owed('b1'), (await rig.orderOf(outTradeNo)).state]).toEqual([0, 'paid'])
  })

  it('and given back in part by two persons is owed again by so much', async () => {
    const rig = await start()
    await rig.bill('b1', 1_000)
    const { outTradeNo } = await rig.place('b1', channel)
    await rig.sandbox.pay(channel, outTradeNo)
    await notifies(rig, 1)
    await rig.deliver()
    const { outRefundNo } = await rig.refunds.propose('maker', { outTradeNo, refundFen: 400, reason: '多缴' })
    await expect(rig.refunds.propose('maker', { outTradeNo, refundFen: 601, reason: 'x' })).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND' })
    await expect(rig.refunds.decide('maker', outRefundNo, 'approve')).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_SELF' })
    const decided = await rig.refunds.decide('checker', outRefundNo, 'approve')
    expect(decided.state).toBe(channel === 'wechat' ? 'processing' : 'succeeded')
    await expect(rig.refunds.decide('checker', outRefundNo, 'reject')).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_STATE' })
    await notifies(rig, 1)
    await rig.deliver()
    expect([await rig.owed('b1'), await rig.balance(`transit-${channel}`), await rig.balance('to-hand-over'), await rig.balance('not-yet-collected')]).toEqual([400, 600, 600, 400])
    expect(await rig.orderOf(outTradeNo)).toMatchObject({ state: 'part-refunded', refundedFen: 400n })
    expect(await rig.refunds.find(outRefundNo)).toMatchObject({ state: 'succeeded', checkerId: 'checker' })
    expect((await rig.books()).brokenAtSeq).toBeNull()
  })

  /** The lost refund: carried out, its answer lost, its repeat refused. Taken for a refusal it would never be posted, and the money be gone. */
  it('and given back with an answer that is lost and a repeat that is refused: the channel is asked, and it is posted once', async () => {
    const rig = await start()
    await rig.bill('b1', 1_000)
    const { outTradeNo } = await rig.place('b1', channel)
    await rig.sandbox.pay(channel, outTradeNo)
    await notifies(rig, 1)
    await rig.deliver()
    const { outRefundNo } = await rig.refunds.propose('maker', { outTradeNo, refundFen: 400, reason: '多缴' })
    rig.sandbox.fault(outRefundNo, 'lost-answer', 'refund-again-refused')
    rig.sandbox.fault(outTradeNo, 'notify-lost')
    expect(await rig.refunds.decide('checker', outRefundNo, 'approve')).toMatchObject({ state: 'approved', refundId: null })
    const ask = async () => {
      await rig.db.transact((tx) => tx.payRefund.updateMany({ where: { nextQueryAtMs: { not: null } }, data: { nextQueryAtMs: 1n } }))
      await rig.refunds.sweep()
      return (await rig.refunds.find(outRefundNo))?.state
    }
    const states = [await ask()]
    while (states.at(-1) === 'processing') states.push(await ask())
    expect(states.at(-1)).toBe('succeeded')
    expect([await rig.owed('b1'), await rig.balance(`transit-${channel}`), await rig.balance('to-hand-over')]).toEqual([400, 600, 600])
    expect(await rig.orderOf(outTradeNo)).toMatchObject({ state: 'part-refunded', refundedFen: 400n })
    expect(await rig.db.read.ledgerJournal.count({ where: { cause: 'refunded', causeRef: outRefundNo } })).toBe(1)
  })
})

describe('a refund that WeChat Pay does not carry through', () => {
  const refundOf = async (...faults: ChannelFault[]) => {
    const rig = await start()
    await rig.bill('b1', 1_000)
    const { outTradeNo } = await rig.place('b1')
    await rig.sandbox.pay('wechat', outTradeNo)
    await notifies(rig, 1)
    await rig.deliver()
    const { outRefundNo } = await rig.refunds.propose('maker', { outTradeNo, refundFen: 400, reason: '多缴' })
    rig.sandbox.fault(outRefundNo, ...faults)
    const decided = await rig.refunds.decide('checker', outRefundNo, 'approve')
    const posted = async () => [await rig.owed('b1'), await rig.balance('transit-wechat'), await rig.db.read.ledgerJournal.count({ where: { cause: 'refunded' } })]
    return { ...rig, outRefundNo, decided, posted }
  }

  it('for want of money on the merchant\'s balance posts nothing, and goes again with the same number once there is some', async () => {
    const rig = await refundOf('refund-no-money')
    expect(rig.decided).toMatchObject({ state: 'abnormal', refundId: null })
    expect(await rig.posted()).toEqual([0, 1_000, 0])
    rig.sandbox.fault(rig.outRefundNo)
    expect((await rig.refunds.again('checker', rig.outRefundNo)).state).toBe('processing')
    await notifies(rig, 1)
    await rig.deliver()
    expect(await rig.posted()).toEqual([400, 600, 1])
  })

  it('because it never reaches the payer ends abnormal, posts nothing, and is not sent again', async () => {
    const rig = await refundOf('refund-abnormal')
    expect(rig.decided.state).toBe('processing')
    await notifies(rig, 1)
    await rig.deliver()
    expect(await rig.refunds.find(rig.outRefundNo)).toMatchObject({ state: 'abnormal', nextQueryAtMs: null })
    await expect(rig.refunds.again('checker', rig.outRefundNo)).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_STATE' })
    expect(await rig.posted()).toEqual([0, 1_000, 0])
  })

  it('because it never reaches the payer is paid out otherwise by two persons: bill, books and claim follow (it was open for ever)', async () => {
    const rig = await refundOf('refund-abnormal')
    const { outRefundNo, refundPayouts } = rig
    const proof = { way: 'bank', placeOf: '6222-1', slipNo: 'TX-1', slipSha256: '0'.repeat(64), payeeName: '陈一', payeeIdTail: '1234' } as const
    const propose = (by: string, more: { way?: 'cash'; slipNo?: string } = {}) => refundPayouts.propose(by, outRefundNo, { ...proof, ...more })
    await expect(propose('maker')).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_STATE' })
    await notifies(rig, 1)
    await rig.deliver()
    await expect(propose('maker', { way: 'cash' })).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND', details: { field: 'placeOf' } })
    await expect(refundPayouts.decide('checker', outRefundNo, 'approve')).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_STATE' })
    await propose('maker')
    await expect(propose('maker', { slipNo: 'TX-2' })).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_STATE' })
    await expect(refundPayouts.decide('maker', outRefundNo, 'approve')).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_SELF' })
    expect([(await refundPayouts.decide('checker', outRefundNo, 'reject')).state, await rig.posted()]).toEqual(['abnormal', [0, 1_000, 0]])
    await propose('maker')
    expect((await refundPayouts.decide('checker', outRefundNo, 'approve')).state).toBe('paid-out')
    // The channel still has what it could not give back; the bank has paid it.
    expect([await rig.posted(), await rig.balance('bank'), await rig.balance('to-hand-over')]).toEqual([[400, 1_000, 1], -400, 600])
    expect(await rig.db.read.ledgerJournal.findFirstOrThrow({ where: { cause: 'refunded' } })).toMatchObject({ causeRef: outRefundNo, memo: 'TX-1' })
    const { outTradeNo } = await rig.db.read.payRefund.findUniqueOrThrow({ where: { outRefundNo } })
    expect(await rig.orderOf(outTradeNo)).toMatchObject({ state: 'part-refunded', refundedFen: 400n })
    await expect(refundPayouts.decide('checker', outRefundNo, 'approve')).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_STATE' })
    await expect(rig.refunds.propose('maker', { outTradeNo, refundFen: 601, reason: '多缴' })).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND' })
    // A second payment by the channel is told, and changes no books.
    await rig.refunds.told(outRefundNo, { state: 'succeeded', refundId: '50', refundFen: 400, succeededAtMs: null })
    expect([await rig.posted(), (await rig.refunds.find(outRefundNo))?.state, await rig.books()]).toMatchObject([[400, 1_000, 1], 'paid-out', { brokenAtSeq: null, wrongSums: 0 }])
    expect(JSON.stringify(await rig.db.read.auditEntry.findMany(), (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))).not.toContain('陈一')
  })
})

describe('money without a place', () => {
  it('of another amount is quarantined: the bill stays owed, the books know, the channel is answered', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    const { outTradeNo } = await rig.place('b1')
    rig.sandbox.fault(outTradeNo, 'notify-amount')
    await rig.sandbox.pay('wechat', outTradeNo)
    await notifies(rig, 1)
    expect(await rig.deliver()).toEqual([204])
    expect([await rig.owed('b1'), await rig.balance('suspense'), await rig.balance('transit-wechat')]).toEqual([500, 501, 501])
    expect(await rig.db.read.suspenseItem.findMany()).toMatchObject([{ cause: 'amount', fen: 501n, state: 'open' }])
    expect(rig.log.lines.filter((line) => line.level === 'error').map((line) => line.fields['verdict'])).toEqual(['quarantined'])
  })

  it('while it is being closed is found by the second question', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    const { outTradeNo } = await rig.place('b1')
    rig.sandbox.fault(outTradeNo, 'paid-after-close')
    await rig.db.transact((tx) => tx.payOrder.updateMany({ data: { nextQueryAtMs: 1n, expiresAtMs: 1n } }))
    await rig.sweep()
    await notifies(rig, 1)
    await rig.deliver()
    expect([await rig.owed('b1'), await rig.balance('transit-wechat'), await rig.balance('suspense')]).toEqual([0, 500, 0])
  })

  it('after closing pays the bill that is still owed, out of suspense, and says so', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    const { outTradeNo } = await rig.place('b1')
    await rig.db.transact((tx) => tx.payOrder.updateMany({ data: { nextQueryAtMs: 1n, expiresAtMs: 1n } }))
    await rig.sweep()
    expect((await rig.orderOf(outTradeNo)).state).toBe('closed')
    rig.sandbox.fault(outTradeNo, 'paid-after-close')
    expect(await rig.sandbox.pay('wechat', outTradeNo)).toBe('paid')
    await notifies(rig, 1)
    await rig.deliver()
    expect((await rig.orderOf(outTradeNo)).state).toBe('late-paid')
    expect([await rig.owed('b1'), await rig.balance('suspense'), await rig.balance('to-hand-over')]).toEqual([0, 0, 500])
    expect(await rig.db.read.suspenseItem.findMany()).toMatchObject([{ cause: 'late', state: 'applied' }])
  })

  it('paid twice over two channels: the second is the household\'s prepayment', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    const first = await rig.place('b1', 'wechat')
    await expect(rig.place('b1', 'alipay')).rejects.toMatchObject({ code: 'SV_PAYMENT_OTHER_ORDER' })
    // The first order's time is over and it is closed; the payer pays the second, and the first after all.
    await rig.db.transact((tx) => tx.payOrder.updateMany({ data: { nextQueryAtMs: 1n, expiresAtMs: 1n } }))
    await rig.sweep()
    const second = await rig.place('b1', 'alipay')
    await rig.sandbox.pay('alipay', second.outTradeNo)
    rig.sandbox.fault(first.outTradeNo, 'paid-after-close')
    await rig.sandbox.pay('wechat', first.outTradeNo)
    await notifies(rig, 2)
    await rig.deliver()
    const sums = [await rig.owed('b1'), await rig.balance('transit-wechat'), await rig.balance('transit-alipay'), (await rig.balance('suspense')) + (await rig.balance('prepayment'))]
    expect(sums).toEqual([0, 500, 500, 500])
  })

  it('of an order that nobody made stands in suspense, once', async () => {
    const rig = await start()
    await rig.sandbox.wechat.createOrder({ outTradeNo: 'XX0001', description: 'x', totalFen: 7, expiresAtMs: Date.now() + 600_000, scene: 'qr', payerId: null, payerAddress: null, returnUrl: null })
    await rig.sandbox.pay('wechat', 'XX0001')
    await notifies(rig, 1)
    const [one] = rig.sandbox.came
    for (let times = 0; times < 3; times += 1) await rig.notifies.receive('wechat', one as never)
    expect([await rig.balance('suspense'), await rig.db.read.suspenseItem.count(), await rig.db.read.payEvent.count()]).toEqual([7, 1, 1])
  })

  it('a forged notify is answered alike whatever is wrong, and leaves nothing', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    const { outTradeNo } = await rig.place('b1')
    await rig.sandbox.pay('wechat', outTradeNo)
    await notifies(rig, 1)
    const [real] = rig.sandbox.came
    if (real === undefined) throw new Error('no notify')
    const forged = [{ ...real, body: Buffer.concat([real.body, Buffer.from(' ')]) }, { ...real, headers: {} }, { headers: {}, body: Buffer.alloc(0) }, { ...real, headers: { ...real.headers, 'wechatpay-serial': 'x' } }]
    const answers = await Promise.all(forged.map((one) => rig.notifies.receive('wechat', one)))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect([await rig.owed('b1'), await rig.db.read.payEvent.count()]).toEqual([500, 0])
  })
})

describe('a channel that does not answer', () => {
  it('leaves the order where it is, and the same number goes on', async () => {
    const rig = await start()
    await rig.bill('b1', 500)
    const failing = { ...rig.sandbox.wechat, createOrder: () => Promise.resolve({ ok: false, error: { kind: 'unknown-result', code: 'NO_ANSWER', message: '' } } as const) }
    const broken = await paymentRig({ wechat: failing }, systemClock as never)
    await broken.bill('b1', 500)
    await expect(broken.orders.place('u1', { ...WISH, billId: 'b1' })).rejects.toMatchObject({ code: 'SV_PAYMENT_CHANNEL' })
    const [order] = await broken.db.read.payOrder.findMany()
    expect(order).toMatchObject({ state: 'created', liveBillId: 'b1' })
    await expect(broken.orders.place('u1', { ...WISH, billId: 'b1' })).rejects.toMatchObject({ code: 'SV_PAYMENT_CHANNEL' })
    expect((await broken.db.read.payOrder.findMany()).map((one) => one.outTradeNo)).toEqual([order?.outTradeNo])
  })

  it('that refuses frees the bill for another order', async () => {
    const rig = await start()
    const refusing = { ...rig.sandbox.wechat, createOrder: () => Promise.resolve({ ok: false, error: { kind: 'refused', code: 'NO_AUTH', message: '' } } as const) }
    const broken = await paymentRig({ wechat: refusing }, systemClock as never)
    await broken.bill('b1', 500)
    for (let times = 0; times < 2; times += 1) await expect(broken.orders.place('u1', { ...WISH, billId: 'b1' })).rejects.toMatchObject({ code: 'SV_PAYMENT_CHANNEL' })
    expect((await broken.db.read.payOrder.findMany()).map((one) => one.state)).toEqual(['failed', 'failed'])
    await expect(broken.orders.place('u1', { ...WISH, billId: 'nope' })).rejects.toMatchObject({ code: 'SV_HTTP_NOT_FOUND' })
    await expect(broken.orders.place('u1', { ...WISH, billId: 'b1', channel: 'alipay' })).rejects.toMatchObject({ code: 'SV_PAYMENT_NO_CHANNEL' })
  })
})
