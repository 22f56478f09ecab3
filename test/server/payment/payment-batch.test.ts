import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../../gateway/kernel/random.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { takeRealPayments } from '../../../server/payment/payment-batch.js'
import type { RealPayment } from '../../../server/payment/payment-taking.js'
import { type OrderRecord, insertOrder, moveOrder } from '../../../server/payment/order-repository.js'
import { systemIds } from '../support/temp-database.js'
import { paymentRig } from './payment-rig.js'

const RULES = { ids: systemIds, random: systemRandom, doublePayment: 'prepayment' } as const
const ORDERS = 5
const MERCHANT = '1900000109'
const no = (at: number): string => `RT000${at}`

/** Five bills of 100 fen with an order each; the last order was closed. */
async function start() {
  const rig = await paymentRig({}, createVirtualClock())
  for (let at = 0; at < ORDERS; at += 1) {
    await rig.bill(`b${at}`, 100)
    const order: Parameters<typeof insertOrder>[1] = {
      outTradeNo: no(at), estateId: 'jh', householdId: 'h-1', billId: `b${at}`, channel: 'wechat', merchantId: MERCHANT, scene: 'qr', totalFen: 100, description: '租金', createdAtMs: 1,
      createdBy: null, expiresAtMs: 2, nextQueryAtMs: null,
    } satisfies Partial<OrderRecord>
    await rig.db.transact((tx) => insertOrder(tx, order))
  }
  await rig.db.transact((tx) => moveOrder(tx, no(ORDERS - 1), 'created', { state: 'closed' }))
  const rows = async () => ({
    orders: await rig.db.read.payOrder.findMany({ orderBy: { outTradeNo: 'asc' } }),
    parts: await rig.db.read.billPart.findMany({ orderBy: { billId: 'asc' } }),
    suspense: (await rig.db.read.suspenseItem.findMany({ orderBy: { transactionId: 'asc' } })).map(({ suspenseId: _, ...row }) => row),
    books: await rig.db.read.ledgerDay.findMany({ orderBy: [{ account: 'asc' }, { estateId: 'asc' }, { partOf: 'asc' }, { bizDate: 'asc' }] }),
    facts: (await rig.db.read.auditEntry.findMany()).map(({ action, subject }) => `${action} ${subject}`).sort(),
    holds: await rig.books(),
  })
  return { ...rig, rows }
}

const payment: fc.Arbitrary<RealPayment> = fc.record({
  at: fc.integer({ min: 0, max: ORDERS }), transaction: fc.constantFrom('T', 'T', 'T', 'U'), fen: fc.constantFrom(100, 100, 100, 99), merchantId: fc.constantFrom(MERCHANT, MERCHANT, MERCHANT, '1900000000'),
}).map(({ at, transaction, fen, merchantId }) => ({ channel: 'wechat', merchantId, outTradeNo: no(at), transactionId: `${transaction}${at}${merchantId.slice(-1)}`, fen, paidAtMs: Date.UTC(2026, 0, 5) }))

describe('payments taken together', () => {
  it('are what they are when each is taken by itself: repeats, other amounts, late and unknown ones among them', async () => {
    await fc.assert(fc.asyncProperty(fc.array(payment, { minLength: 2, maxLength: 12 }), async (payments) => {
      const [together, single] = [await start(), await start()]
      const verdicts = await together.change(null, (one) => takeRealPayments(one, payments, RULES))
      const each = []
      for (const one of payments) each.push(...await single.change(null, (change) => takeRealPayments(change, [one], RULES)))
      expect(verdicts).toEqual(each)
      expect(await together.rows()).toEqual(await single.rows())
    }), { numRuns: 5, seed: 7 })
  }, 120_000)

  it('leave nothing where one of them cannot be stored', async () => {
    const rig = await start()
    const before = await rig.rows()
    const one = { channel: 'wechat', merchantId: MERCHANT, transactionId: 'T1', fen: 100, paidAtMs: 0 } as const
    await expect(rig.change(null, (change) => takeRealPayments(change, [{ ...one, outTradeNo: no(0) }, { ...one, outTradeNo: no(1) }], RULES))).rejects.toThrow(/Unique/i)
    expect(await rig.rows()).toEqual(before)
  })
})
