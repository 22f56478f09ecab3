import { describe, expect, it } from 'vitest'
import { createRunChange } from '../../../server/audit/change.js'
import { takePayment } from '../../../server/billing/bill-register.js'
import { post } from '../../../server/ledger/ledger-service.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { HOUSEHOLD_NO, SLIP, estatePaymentRig, payment } from './estate-payment-rig.js'

const SOUND = { brokenAtSeq: null, wrongSums: 0 }

describe('money that came in at a till', () => {
  it('pays the bill that was named, out of the till\'s own cash', async () => {
    const rig = await estatePaymentRig()
    await rig.bill('b1', 12_480)
    await rig.report(payment(1, { billId: 'b1', fen: 12_480 }))
    expect([await rig.owed('b1'), await rig.balance('cash', 'till-1'), await rig.balance('rent-receivable'), await rig.balance('to-hand-over'), await rig.balance('prepayment')])
      .toEqual([0, 12_480, 0, 12_480, 0])
    expect(await rig.db.read.estatePayment.findMany()).toMatchObject([{ state: 'posted', householdId: 'h-1', number: 1n, prepaidFen: 0n }])
    expect(await rig.books()).toEqual({ journals: 2, ...SOUND })
  })

  it('by card waits in transit at the merchant of the slip', async () => {
    const rig = await estatePaymentRig()
    await rig.bill('b1', 500)
    await rig.report(payment(1, { billId: 'b1', fen: 500, way: 'pos', pos: SLIP }))
    expect([await rig.balance('transit-pos', SLIP.merchantId), await rig.balance('cash'), await rig.owed('b1')]).toEqual([500, 0, 0])
  })

  it('for no bill in particular pays the oldest due first, and what is over is prepaid', async () => {
    const rig = await estatePaymentRig()
    await rig.bill('b1', 3_000)
    await rig.bill('b2', 4_000)
    await rig.report(payment(1, { fen: 5_000 }))
    expect([await rig.owed('b1'), await rig.owed('b2'), await rig.balance('prepayment')]).toEqual([0, 2_000, 0])
    await rig.report(payment(2, { fen: 5_000 }))
    expect([await rig.owed('b2'), await rig.balance('prepayment'), await rig.balance('cash')]).toEqual([0, 3_000, 10_000])
    expect(await rig.books()).toEqual({ journals: 4, ...SOUND })
  })

  it('for a bill that was meanwhile paid by phone is the household\'s prepayment, and never lost', async () => {
    const rig = await estatePaymentRig()
    await rig.bill('b1', 700)
    await createRunChange({ db: rig.db, clock: rig.clock })(null, async (change) => {
      const parts = await takePayment(change, { billId: 'b1', fen: 700 })
      await post(change, [{ estateId: 'estate-1', causeRef: 'RT1', bizDate: '2026-03-01', memo: null, event: { kind: 'paid', into: { account: 'transit-wechat', of: 'm' }, parts, prepaid: null } }])
    })
    await rig.report(payment(1, { billId: 'b1', fen: 700 }))
    expect([await rig.balance('prepayment'), await rig.balance('cash'), await rig.balance('transit-wechat'), await rig.balance('to-hand-over')]).toEqual([700, 700, 700, 700])
    expect(await rig.states()).toEqual(['posted'])
  })

  it('for a bill of somebody else, or of nobody, pays nothing of theirs', async () => {
    const rig = await estatePaymentRig()
    await rig.bill('b1', 700)
    await rig.db.transact((tx) => tx.household.create({ data: { householdId: 'h-2', estateId: 'estate-1', householdNo: 'L-2', createdAtMs: 1n } }))
    await rig.report(payment(1, { billId: 'b1', fen: 700, householdNo: 'L-2' }), payment(2, { billId: 'no-such', fen: 100 }))
    expect([await rig.owed('b1'), await rig.balance('prepayment'), await rig.states()]).toEqual([700, 800, ['posted', 'posted']])
  })

  it('of a number that no household has is in suspense, in the books and on the list', async () => {
    const rig = await estatePaymentRig()
    await rig.report(payment(1, { householdNo: 'L-TYPO', fen: 900 }))
    expect([await rig.balance('suspense'), await rig.balance('cash'), await rig.states()]).toEqual([900, 900, ['suspended']])
    expect(await rig.db.read.suspenseItem.findMany()).toMatchObject([{ channel: 'cash', cause: 'unknown-household', outTradeNo: 'till-1-1', fen: 900n, state: 'open' }])
    expect(await rig.books()).toEqual({ journals: 1, ...SOUND })
  })

  it('is not posted into the future by a gateway whose clock is ahead', async () => {
    const rig = await estatePaymentRig()
    await rig.report(payment(1, { takenAtMs: START_WALL_MS + 400 * 86_400_000 }))
    const [journal] = await rig.db.read.ledgerJournal.findMany()
    expect(Date.parse(String(journal?.bizDate))).toBeLessThanOrEqual(START_WALL_MS + 86_400_000)
  })

  it('paid by phone is noted, and the books learn of it from the channel alone', async () => {
    const rig = await estatePaymentRig()
    await rig.report(payment(1, { way: 'wechat', outTradeNo: 'RT202609220842001234567890', deviceWallMs: null }))
    expect([await rig.states(), await rig.books()]).toEqual([['noted'], { journals: 0, ...SOUND }])
  })
})

describe('a record that comes again', () => {
  it('in the same place is stored once', async () => {
    const rig = await estatePaymentRig()
    rig.log.append(payment(1))
    const batch = rig.log.batch(1, 1)
    await rig.send(batch)
    expect(await rig.send(batch)).toMatchObject({ stored: 0, duplicates: 1 })
    expect([await rig.balance('cash'), await rig.states()]).toEqual([10_000, ['posted']])
  })

  it('in another place, from a log that was restored, is booked once', async () => {
    const rig = await estatePaymentRig()
    await rig.report(payment(1), { ...payment(2), paymentId: payment(1).paymentId, number: 1 })
    expect([await rig.balance('cash'), await rig.balance('prepayment'), await rig.states()]).toEqual([10_000, 10_000, ['posted', 'repeat']])
  })

  it('with another amount, household, way, slip or bill is kept, shown and booked by nobody', async () => {
    const rig = await estatePaymentRig()
    const changes = [{ fen: 1 }, { householdNo: 'L-9' }, { way: 'pos', pos: SLIP }, { billId: 'b1' }]
    await rig.report(payment(1), ...changes.map((change, index) => ({ ...payment(2 + index), ...change, paymentId: payment(1).paymentId })))
    expect([await rig.balance('cash'), await rig.states(), await rig.books()]).toEqual([10_000, ['posted', ...changes.map(() => 'conflict')], { journals: 1, ...SOUND }])
  })

  it('out of order, with a gap before it, is booked when it comes and not again', async () => {
    const rig = await estatePaymentRig()
    rig.log.append(payment(1), payment(2), payment(3))
    await rig.send(rig.log.batch(3, 3))
    await rig.send(rig.log.batch(1, 2))
    await rig.send(rig.log.batch(1, 3))
    expect([await rig.balance('cash'), await rig.states()]).toEqual([30_000, ['posted', 'posted', 'posted']])
  })
})

it('a household of the same number at another estate is not paid for', async () => {
  const rig = await estatePaymentRig()
  await rig.db.transact(async (tx) => {
    await tx.estate.create({ data: { id: 'other', name: 'x', district: 'x', createdAtMs: 1n } })
    await tx.household.deleteMany()
    await tx.household.create({ data: { householdId: 'h-o', estateId: 'other', householdNo: HOUSEHOLD_NO, createdAtMs: 1n } })
  })
  await rig.report(payment(1))
  expect(await rig.states()).toEqual(['suspended'])
})
