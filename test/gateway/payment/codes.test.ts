import { describe, expect, it } from 'vitest'
import { uuid } from '../../support/factories.js'
import { NO, taken, till, tillRig, type TillRig } from './till-rig.js'

const NUMBER = 'RT-b1-wechat'
const ORDER = { outTradeNo: NUMBER, channel: 'wechat', fen: 500, codeText: 'weixin://x', remainingMs: 900_000 }
const OVER = { ...ORDER, codeText: null, remainingMs: 0 }
const state = (outcome: string, change: object = {}) => ({ v: 1, requestId: uuid(7), outcome, reason: null, order: null, receipt: null, ...change })
const PAID_AT = Date.parse('2026-03-01T15:59:59Z')

const show = async (rig: TillRig, deviceId = 'till-1') => {
  await rig.handlers.codeQuestion(till(deviceId), { v: 1, requestId: uuid(7), householdNo: NO, billId: 'b1', channel: 'wechat' })
  return rig.answers()
}
const check = async (rig: TillRig, deviceId = 'till-1') => {
  await rig.handlers.codeCheck(till(deviceId), { v: 1, requestId: uuid(7), outTradeNo: NUMBER })
  return rig.answers()
}
const pay = (rig: TillRig) => rig.orders.set(NUMBER, { ...ORDER, channel: 'wechat', state: 'paid', codeText: null, remainingMs: 0, paidAtMs: PAID_AT })
const receipt = { number: 1, epoch: 1, seq: 1, hash: expect.any(String) as unknown }

describe('a code to pay by phone', () => {
  it('is the server\'s, and what is paid against it is a record of the till, once', async () => {
    const rig = await tillRig()
    expect(await show(rig)).toEqual([state('waiting', { order: ORDER })])
    expect(await check(rig)).toEqual([state('waiting', { order: ORDER })])
    pay(rig)
    expect(await check(rig)).toEqual([state('paid', { order: OVER, receipt })])
    expect(await rig.records()).toMatchObject([{ kind: 'payment.v1', way: 'wechat', fen: 500, outTradeNo: NUMBER, billId: 'b1', takenAtMs: PAID_AT, deviceWallMs: null, number: 1 }])
    expect([await check(rig), await show(rig), await rig.codes.follow()]).toEqual([[state('paid', { order: OVER, receipt })], [state('paid', { order: OVER, receipt })], true])
    rig.server.away = true
    expect(await check(rig)).toEqual([state('paid', { order: OVER, receipt })])
    expect((await rig.records()).length).toBe(1)
  })

  it('takes the next number of its till, between two payments in cash', async () => {
    const rig = await tillRig()
    await rig.take(taken(1))
    await show(rig)
    pay(rig)
    await check(rig)
    await rig.take(taken(2))
    expect((await rig.records()).map(({ way, number }) => [way, number])).toEqual([['cash', 1], ['wechat', 2], ['cash', 3]])
  })

  it('that nobody at the till waits for is followed until it is paid or over', async () => {
    const rig = await tillRig()
    await show(rig)
    expect(await rig.codes.follow()).toBe(true)
    rig.server.away = true
    expect(await rig.codes.follow()).toBe(false)
    rig.server.away = false
    pay(rig)
    expect(await rig.codes.follow()).toBe(true)
    expect(await rig.records()).toMatchObject([{ way: 'wechat', outTradeNo: NUMBER }])
    expect(await rig.store.openTillOrders()).toEqual([])
  })

  it('that nobody paid is over, and counted nowhere', async () => {
    const rig = await tillRig()
    await show(rig)
    rig.orders.set(NUMBER, { ...OVER, channel: 'wechat', state: 'over', paidAtMs: null })
    expect(await check(rig)).toEqual([state('over', { order: OVER })])
    expect([await rig.records(), await rig.store.openTillOrders()]).toEqual([[], []])
  })

  it('is not there while the server is away, or says no, or for another till\'s order', async () => {
    const rig = await tillRig()
    rig.server.away = true
    expect(await show(rig)).toEqual([state('unavailable')])
    rig.server.away = false
    rig.server.refusal = 'SV_PAYMENT_OTHER_ORDER'
    expect(await show(rig)).toEqual([state('refused', { reason: 'SV_PAYMENT_OTHER_ORDER' })])
    rig.server.refusal = null
    await show(rig)
    expect(await check(rig, 'till-2')).toEqual([state('refused', { reason: 'unknown-order' })])
    rig.server.away = true
    expect(await check(rig)).toEqual([state('unavailable')])
  })
})
