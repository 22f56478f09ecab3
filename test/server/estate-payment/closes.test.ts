import fc from 'fast-check'
import { expect, it } from 'vitest'
import { seededRandom } from '../../../gateway/kernel/random.js'
import { createRunChange } from '../../../server/audit/change.js'
import { tillsDiffer } from '../../../server/estate-payment/close-service.js'
import { createBooksService } from '../../../server/reconciliation/books/books-service.js'
import { createCloseService } from '../../../server/reconciliation/close/close-service.js'
import { systemIds } from '../support/temp-database.js'
import { DAY, ESTATE, estateClose, estatePaymentRig, payment } from './estate-payment-rig.js'

it('a day is compared as both ends count it, and a later count takes the place of an earlier one, in whatever order they come', async () => {
  const rig = await estatePaymentRig()
  const differs = (day = DAY): Promise<boolean> => tillsDiffer(rig.db.read, ESTATE, day)
  expect(await rig.day()).toMatchObject({ countedAtMs: null, equal: false, differences: [{ kind: 'not-counted' }] })
  expect(await differs()).toBe(false)
  rig.log.append(payment(1), estateClose(2, 1, 10_000), payment(2, { fen: 500 }), estateClose(4, 2, 10_500, { cause: 'late' }))
  await rig.send(rig.log.batch(1, 1))
  await rig.send(rig.log.batch(4, 4))
  expect((await rig.day()).differences).toEqual([
    { kind: 'sum', way: 'cash', gateway: { count: 2, fen: 10_500 }, server: { count: 1, fen: 10_000 } }, { kind: 'missing-numbers', deviceId: 'till-1', from: 2, to: 2 },
  ])
  expect([await differs(), await differs('2000-01-01')]).toEqual([true, false])
  await rig.send(rig.log.batch(2, 3))
  expect([await differs(), await differs('2099-01-01')]).toEqual([false, true])
  expect(await rig.day()).toMatchObject({ equal: true, differences: [], gateway: [{ way: 'cash', count: 2, fen: 10_500 }], server: [{ way: 'cash', count: 2, fen: 10_500 }] })
})

it('the books of a day do not close over tills that differ', async () => {
  const rig = await estatePaymentRig()
  const unused = (): never => { throw new Error('there is no bill to look at') }
  const change = createRunChange({ db: rig.db, clock: rig.clock })
  const work = { load: unused, match: unused, matchFund: unused, store: async () => undefined, estates: unused, stop: async () => undefined }
  const closes = createCloseService({
    read: rig.db.read, change, work, books: createBooksService({ read: rig.db.read, work, clock: rig.clock, holidays: async () => new Map() }), runtime: { clock: rig.clock, ids: systemIds },
  })
  const wish = { estateId: ESTATE, kind: 'day', period: DAY } as const
  const inTheWay = async (): Promise<string[]> => (await closes.preview(wish)).problems.map(({ what }) => what).filter((what) => what === 'tills-differ')
  expect(await inTheWay()).toEqual([])
  await rig.report(payment(1))
  expect(await inTheWay()).toEqual(['tills-differ'])
  await expect(closes.prepare('u1', wish)).rejects.toMatchObject({ code: 'SV_RECON_CLOSE' })
  await rig.report(estateClose(2, 1, 10_000))
  expect(await inTheWay()).toEqual([])
})

it('a payment against a till\'s code counts on the day of the channel, told by the gateway or not', async () => {
  const rig = await estatePaymentRig()
  const outTradeNo = 'RT202609220842001234567890'
  const nowMs = BigInt(rig.clock.wallMs())
  await rig.db.transact(async (tx) => {
    await tx.payOrder.create({ data: {
      outTradeNo, estateId: ESTATE, householdId: 'h-1', billId: 'b', channel: 'wechat', merchantId: 'm', scene: 'qr', totalFen: 500n, description: 'x', state: 'paid', createdAtMs: nowMs, expiresAtMs: nowMs,
      transactionId: 't', paidFen: 500n, paidAtMs: nowMs, bizDate: DAY,
    } })
    await tx.tillOrder.create({ data: { outTradeNo, estateId: ESTATE, gatewayId: rig.gateway.gatewayId, deviceId: 'till-1', shownAtMs: nowMs } })
  })
  await rig.report(estateClose(1, 0, 0))
  expect((await rig.day()).differences.map(({ kind }) => kind)).toEqual(['sum', 'not-told'])
  await rig.report(payment(1, { way: 'wechat', fen: 500, outTradeNo, deviceWallMs: null }),
    estateClose(2, 0, 0, { ways: [{ way: 'wechat', count: 1, fen: 500 }], tills: [{ deviceId: 'till-1', first: 1, last: 1, count: 1 }], cause: 'late' }))
  expect(await rig.day()).toMatchObject({ equal: true, gateway: [{ way: 'wechat', count: 1, fen: 500 }] })
})

it('whatever repeats and whatever comes first, the books have each payment once and the day is equal', async () => {
  const rig = await estatePaymentRig()
  const random = seededRandom(41)
  const taken = Array.from({ length: 24 }, (_, index) => payment(index + 1, { fen: 100 + index, ...(index % 5 === 0 ? { householdNo: 'L-TYPO' } : {}) }))
  const total = taken.reduce((sum, { fen }) => sum + fen, 0)
  rig.log.append(...taken, estateClose(30, taken.length, total), { ...payment(31), ...taken[3], recordId: payment(31).recordId })
  for (const [from, length] of fc.sample(fc.tuple(fc.integer({ min: 1, max: 26 }), fc.integer({ min: 1, max: 6 })), { seed: 41, numRuns: 20 })) {
    await rig.send(rig.log.batch(from, Math.min(26, from + length - 1)))
  }
  for (let from = 1; from <= 26; from += 1 + Math.floor(random.float() * 3)) await rig.send(rig.log.batch(from, Math.min(26, from + 3)))
  const states = await rig.states()
  expect([states.length, states.filter((state) => state === 'repeat').length]).toEqual([25, 1])
  expect([await rig.balance('cash'), (await rig.balance('prepayment')) + (await rig.balance('suspense'))]).toEqual([total, total])
  expect(await rig.books()).toEqual({ journals: 24, brokenAtSeq: null, wrongSums: 0 })
  expect(await rig.day()).toMatchObject({ equal: true, server: [{ way: 'cash', count: 24, fen: total }] })
})
