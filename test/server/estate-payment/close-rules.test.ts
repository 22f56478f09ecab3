import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PaidOrder } from '../../../server/payment/payment-register.js'
import { type DayFacts, differencesOf } from '../../../server/estate-payment/close-rules.js'
import type { CloseRecord, EstatePaymentRecord } from '../../../server/estate-payment/estate-payment-repository.js'
import { uuid } from '../../support/factories.js'
import { DAY, estateClose, payment } from './estate-payment-rig.js'

const place = { gatewayId: uuid(1), epoch: 1, seq: 1 }
const stored = (number: number, change: Partial<EstatePaymentRecord> = {}): EstatePaymentRecord => {
  const { paymentId, deviceId, way, fen, householdNo, billId, outTradeNo, pos, takenAtMs } = payment(number)
  return {
    place, paymentId, deviceId, number, way, fen, householdNo, billId, outTradeNo, pos, takenAtMs, estateId: 'jh', householdId: null, bizDate: DAY, state: 'posted', parts: [], prepaidFen: 0,
    receivedAtMs: 0, ...change,
  }
}
const counted = (count: number, fen: number, change: object = {}): CloseRecord => {
  const { ways, tills, cause, operatorRef } = { ...estateClose(1, count, fen), ...change }
  return { place, estateId: 'jh', bizDate: DAY, ways, tills, cause, operatorRef, closedAtMs: 0 }
}
const order = (outTradeNo: string, fen: number): PaidOrder => ({ outTradeNo, channel: 'wechat', fen, bizDate: DAY })
const factsOf = (closes: CloseRecord[], payments: EstatePaymentRecord[], orders: PaidOrder[] = []): DayFacts => ({
  closes, payments, orders, numbers: new Map([['till-1', new Set(payments.map(({ number }) => number))]]),
})
const noted = (number: number, outTradeNo: string, fen = 500): EstatePaymentRecord => stored(number, { state: 'noted', way: 'wechat', outTradeNo, fen })
const till = (first: number, last: number, count = last - first + 1) => [{ deviceId: 'till-1', first, last, count }]

describe('a day at a till', () => {
  it.each<[string, DayFacts, object[]]>([
    ['that nobody counted', factsOf([], [stored(1)]), [{ kind: 'not-counted' }]],
    ['with nothing', factsOf([counted(0, 0)], []), []],
    ['that both count the same', factsOf([counted(2, 20_000)], [stored(1), stored(2)]), []],
    ['with money in suspense, which is in the books', factsOf([counted(1, 10_000)], [stored(1, { state: 'suspended' })]), []],
    ['with a repeat, which is none', factsOf([counted(1, 10_000)], [stored(1), stored(1, { state: 'repeat' })]), []],
    ['of which two numbers did not come in', factsOf([counted(4, 40_000)], [stored(1), stored(4)]), [
      { kind: 'sum', way: 'cash', gateway: { count: 4, fen: 40_000 }, server: { count: 2, fen: 20_000 } }, { kind: 'missing-numbers', deviceId: 'till-1', from: 2, to: 3 },
    ]],
    ['of which the first and the last did not come in', factsOf([counted(3, 30_000)], [stored(2)]), [
      { kind: 'sum', way: 'cash', gateway: { count: 3, fen: 30_000 }, server: { count: 1, fen: 10_000 } },
      { kind: 'missing-numbers', deviceId: 'till-1', from: 1, to: 1 }, { kind: 'missing-numbers', deviceId: 'till-1', from: 3, to: 3 },
    ]],
    ['into which something came after the count', factsOf([counted(1, 10_000)], [stored(1), stored(2, { fen: 7 })]), [
      { kind: 'sum', way: 'cash', gateway: { count: 1, fen: 10_000 }, server: { count: 2, fen: 10_007 } }, { kind: 'after-count', deviceId: 'till-1', number: 2, way: 'cash', fen: 7 },
    ]],
    ['with the right number of payments and another sum', factsOf([counted(1, 9_999)], [stored(1)]), [
      { kind: 'sum', way: 'cash', gateway: { count: 1, fen: 9_999 }, server: { count: 1, fen: 10_000 } },
    ]],
    ['with a code that was paid and told', factsOf([counted(0, 0, { ways: [{ way: 'wechat', count: 1, fen: 500 }], tills: till(1, 1) })], [noted(1, 'RT1')], [order('RT1', 500)]), []],
    ['with a code that was paid and not told', factsOf([counted(0, 0)], [], [order('RT1', 500)]), [
      { kind: 'sum', way: 'wechat', gateway: { count: 0, fen: 0 }, server: { count: 1, fen: 500 } }, { kind: 'not-told', outTradeNo: 'RT1', way: 'wechat', fen: 500 },
    ]],
    ['with a code that was told and not paid', factsOf([counted(0, 0, { ways: [{ way: 'wechat', count: 1, fen: 500 }], tills: till(1, 1) })], [noted(1, 'RT1')]), [
      { kind: 'sum', way: 'wechat', gateway: { count: 1, fen: 500 }, server: { count: 0, fen: 0 } },
      { kind: 'not-paid', outTradeNo: 'RT1', deviceId: 'till-1', number: 1, way: 'wechat', fen: 500 },
    ]],
    ['with a contradiction', factsOf([counted(1, 10_000)], [stored(1), stored(1, { state: 'conflict', fen: 3 })]), [
      { kind: 'conflict', paymentId: payment(1).paymentId, deviceId: 'till-1', number: 1, fen: 3 },
    ]],
    ['counted by two gateways, one in the place of the other', factsOf(
      [counted(1, 10_000), { ...counted(1, 10_000, { tills: till(2, 2) }), place: { ...place, gatewayId: uuid(2) } }], [stored(1), stored(2)]), []],
  ])('%s', (_, facts, differences) => expect(differencesOf(facts)).toEqual(differences))

  it('whose gateway names numbers without an end costs no more than what is there', () => {
    const facts = factsOf([counted(1, 10_000, { tills: till(1, Number.MAX_SAFE_INTEGER, 1) })], [stored(1)])
    expect(differencesOf(facts)).toEqual([{ kind: 'missing-numbers', deviceId: 'till-1', from: 2, to: Number.MAX_SAFE_INTEGER }])
  })

  it('is equal where nothing is lost, and names a difference for every payment that is', () => {
    fc.assert(fc.property(fc.array(fc.record({ fen: fc.integer({ min: 1, max: 1_000_000 }), lost: fc.boolean() }), { minLength: 1, maxLength: 30 }), (taken) => {
      const all = taken.map(({ fen }, index) => stored(index + 1, { fen }))
      const came = all.filter((_, index) => taken[index]?.lost !== true)
      const differences = differencesOf(factsOf([counted(all.length, all.reduce((sum, { fen }) => sum + fen, 0))], came))
      const named = differences.flatMap((one) => (one.kind === 'missing-numbers' ? Array.from({ length: one.to - one.from + 1 }, (_, index) => one.from + index) : []))
      expect(named).toEqual(taken.flatMap(({ lost }, index) => (lost ? [index + 1] : [])))
      expect(differences.length === 0).toBe(came.length === all.length)
    }))
  })
})
