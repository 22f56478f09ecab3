import type { ChannelAnswer, ChannelName, PayChannel, RefundState } from '../../../server/payment/channel/channel-port.js'
import { takeRealPayments } from '../../../server/payment/payment-batch.js'
import type { TakingRules } from '../../../server/payment/payment-taking.js'
import { systemRandom } from '../../../gateway/kernel/random.js'
import { ok } from '../../../gateway/kernel/result.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { systemIds } from '../support/temp-database.js'
import { HOUSEHOLD, WISH, paymentRig } from './payment-rig.js'

export const MERCHANT = '1900000109'

/** A channel that gives a code for every order and gives back whatever it is asked to, or ends every refund otherwise; what it was asked is kept. */
function generous(name: ChannelName, ends: 'succeeded' | 'abnormal'): { channel: PayChannel; refunds: Array<{ outRefundNo: string; refundFen: number; totalFen: number }> } {
  const refunds: Array<{ outRefundNo: string; refundFen: number; totalFen: number }> = []
  const back = (refundFen: number): ChannelAnswer<RefundState> => Promise.resolve(ok({ state: ends, refundId: 'R1', refundFen, succeededAtMs: null }))
  const channel: PayChannel = {
    channel: name, merchantId: MERCHANT, createOrder: () => Promise.resolve(ok({ kind: 'qr', text: 'x' })), queryOrder: () => Promise.resolve(ok({ state: 'closed' })),
    closeOrder: () => Promise.resolve(ok({ state: 'closed' })),
    refund: ({ outRefundNo, refundFen, totalFen }) => { refunds.push({ outRefundNo, refundFen, totalFen }); return back(refundFen) },
    queryRefund: () => Promise.reject(new Error('not asked')), readNotify: () => { throw new Error('not read') }, fetchBill: () => Promise.reject(new Error('not fetched')),
    notifyAnswers: { taken: { status: 204, contentType: '', body: '' }, refused: { status: 400, contentType: '', body: '' } },
  }
  return { channel, refunds }
}

/** The payment services over a channel that does whatever it is asked. */
export async function start(doublePayment: TakingRules['doublePayment'] = 'prepayment', refundsEnd: 'succeeded' | 'abnormal' = 'succeeded') {
  const clock = createVirtualClock()
  const { channel, refunds: asked } = generous('wechat', refundsEnd)
  const rig = await paymentRig({ wechat: channel }, clock, doublePayment)
  const paid = (outTradeNo: string, fen: number, transactionId = `T-${outTradeNo}`) => rig.change(null, (one) => takeRealPayments(one,
    [{ channel: 'wechat', merchantId: MERCHANT, outTradeNo, transactionId, fen, paidAtMs: clock.wallMs() }], { ids: systemIds, random: systemRandom, doublePayment }))
  const closeAll = async () => { await clock.run(16 * 60_000); await rig.sweep() }
  const order = async (billId: string) => (await rig.orders.place('cashier', { ...WISH, billId })).outTradeNo
  const suspended = async () => (await rig.db.read.suspenseItem.findFirstOrThrow()).suspenseId
  const household = async () => rig.db.transact(async (tx) => {
    await tx.estate.create({ data: { id: 'jh', name: 'jh', district: 'x', createdAtMs: 0n } })
    await tx.household.create({ data: { householdId: HOUSEHOLD, estateId: 'jh', householdNo: 'L-1', createdAtMs: 0n } })
  })
  return { ...rig, clock, asked, paid, closeAll, order, suspended, household }
}
