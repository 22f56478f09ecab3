import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { gatewayError } from '../../../gateway/errors.js'
import { uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { NO, SLIP, bill, taken, till, tillRig } from './till-rig.js'

const receipt = (number: number, seq: number) => ({ number, epoch: 1, seq, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown })
const recorded = (payment: number, number: number, seq = number) => ({ v: 1, paymentId: uuid(payment, 0xb1), outcome: 'recorded', reason: null, receipt: receipt(number, seq) })
const refused = (payment: number, reason: string) => ({ v: 1, paymentId: uuid(payment, 0xb1), outcome: 'refused', reason, receipt: null })

describe('money that a till took', () => {
  it('is a record of the log before the till hears of it, under the number that it prints', async () => {
    const rig = await tillRig()
    expect(await rig.take(taken(1, { way: 'pos', pos: SLIP, billId: 'b1' }))).toEqual([recorded(1, 1)])
    expect(await rig.records()).toEqual([{
      kind: 'payment.v1', recordId: expect.any(String), occurredAtMs: START_WALL_MS, monoMs: expect.any(Number), bootId: uuid(9), paymentId: uuid(1, 0xb1), deviceId: 'till-1', number: 1,
      way: 'pos', fen: 10_000, householdNo: NO, billId: 'b1', outTradeNo: null, pos: SLIP, takenAtMs: START_WALL_MS, deviceWallMs: 1_000,
    }])
    expect((await rig.store.tillPayment(uuid(1, 0xb1)))?.hash).toBe(await rig.store.hashAt(1, 1))
  })

  it('has numbers without gaps for each till, whatever is refused or repeated in between', async () => {
    const rig = await tillRig()
    expect(await rig.take(taken(1))).toEqual([recorded(1, 1)])
    expect(await rig.take(taken(2), 'till-2')).toEqual([recorded(2, 1, 2)])
    expect(await rig.take(taken(3, { way: 'pos' }))).toEqual([refused(3, 'no-slip')])
    expect(await rig.take(taken(4, { pos: SLIP }))).toEqual([refused(4, 'no-slip')])
    expect(await rig.take(taken(1, { fen: 1 }))).toEqual([refused(1, 'other-content')])
    expect(await rig.take(taken(1), 'till-2')).toEqual([refused(1, 'other-content')])
    expect(await rig.take(taken(1))).toEqual([recorded(1, 1)])
    expect(await rig.take(taken(5))).toEqual([recorded(5, 2, 3)])
    expect((await rig.records()).map(({ deviceId, number }) => [deviceId, number])).toEqual([['till-1', 1], ['till-2', 1], ['till-1', 2]])
  })

  it('is recorded once, however many copies come at once and whatever dies before the answer', async () => {
    const rig = await tillRig()
    await Promise.all(Array.from({ length: 20 }, () => rig.handlers.paymentTaken(till(), taken(1))))
    expect(rig.answers()).toEqual(Array.from({ length: 20 }, () => recorded(1, 1)))
    await rig.store.close()
    const again = await openStore({ path: rig.store.path, clock: rig.clock })
    await rig.wire(again).handlers.paymentTaken(till(), taken(1))
    expect(rig.answers()).toEqual([recorded(1, 1)])
    expect((await again.recordsAfter(1, 0, 10)).length).toBe(1)
  })

  it('is not answered where it could not be stored: the till keeps it', async () => {
    const rig = await tillRig()
    const broken = { ...rig.store, transact: () => Promise.reject(gatewayError('GW_STORE_FULL')) }
    await expect(rig.wire(broken).handlers.paymentTaken(till(), taken(1))).rejects.toMatchObject({ code: 'GW_STORE_FULL' })
    expect([rig.answers(), await rig.records()]).toEqual([[], []])
  })

  it('goes on from the number that the till printed last, at a gateway whose log was lost', async () => {
    const rig = await tillRig()
    expect(await rig.take(taken(1, { lastNumber: 41 }))).toEqual([recorded(1, 42, 1)])
    expect(await rig.take(taken(2, { lastNumber: 41 }))).toEqual([recorded(2, 43, 2)])
  })

  it('whose record the server will never take is written again into the new epoch, once', async () => {
    const rig = await tillRig()
    await rig.take(taken(1))
    await rig.take(taken(2))
    await rig.store.markUploaded(1, 1)
    expect(await rig.book.rescue()).toBe(0)
    await rig.store.beginEpoch(2, 'f'.repeat(64))
    expect([await rig.book.rescue(), await rig.book.rescue()]).toEqual([1, 0])
    const [first] = await rig.records(2)
    expect(first).toMatchObject({ paymentId: uuid(2, 0xb1), number: 2, takenAtMs: START_WALL_MS, deviceWallMs: 1_000 })
    expect(await rig.take(taken(2))).toEqual([{ ...recorded(2, 2), receipt: { ...receipt(2, 1), epoch: 2 } }])
  })
})

describe('what a household owes', () => {
  const found = (asOfMs: number, bills: object[], channels: string[]) => [{ v: 1, requestId: uuid(7), outcome: 'found', asOfMs, bills, channels }]
  const nothing = (outcome: string) => [{ v: 1, requestId: uuid(7), outcome, asOfMs: null, bills: [], channels: [] }]

  it('comes from the server, and from memory while that is away, with no way to pay by phone', async () => {
    const rig = await tillRig()
    rig.server.households.set(NO, [bill('b1', 300), bill('b2', 500)])
    expect(await rig.ask()).toEqual(found(START_WALL_MS, [bill('b1', 300), bill('b2', 500)], ['wechat', 'alipay']))
    rig.server.away = true
    rig.clock.advance(60_000)
    expect(await rig.ask()).toEqual(found(START_WALL_MS, [bill('b1', 300), bill('b2', 500)], []))
    expect(await rig.ask('L-9')).toEqual(nothing('not-here'))
  })

  it('is less by what was paid here since: for its bill, or from the oldest on', async () => {
    const rig = await tillRig()
    rig.server.households.set(NO, [bill('b1', 300), bill('b2', 500)])
    await rig.ask()
    rig.server.away = true
    await rig.take(taken(1, { billId: 'b2', fen: 100 }))
    await rig.take(taken(2, { fen: 450 }))
    expect(await rig.ask()).toEqual(found(START_WALL_MS, [bill('b2', 250)], []))
  })

  it('is less by what is still on its way to a server that answers', async () => {
    const rig = await tillRig()
    rig.server.households.set(NO, [bill('b1', 300)])
    await rig.take(taken(1, { billId: 'b1', fen: 300 }))
    expect(await rig.ask()).toEqual(found(START_WALL_MS, [], ['wechat', 'alipay']))
    await rig.store.markUploaded(1, 1)
    rig.server.households.set(NO, [bill('b1', 40)])
    expect(await rig.ask()).toEqual(found(START_WALL_MS, [bill('b1', 40)], ['wechat', 'alipay']))
  })

  it('is forgotten once the server knows no such household', async () => {
    const rig = await tillRig()
    rig.server.households.set(NO, [bill('b1', 300)])
    await rig.ask()
    rig.server.households.clear()
    expect(await rig.ask()).toEqual(nothing('unknown'))
    rig.server.away = true
    expect(await rig.ask()).toEqual(nothing('not-here'))
  })

  it('lies sealed on the disk', async () => {
    const rig = await tillRig()
    rig.server.households.set(NO, [bill('a-bill-that-tells', 300)])
    await rig.ask()
    await rig.store.close()
    const file = readFileSync(rig.store.path)
    expect([file.includes(NO), file.includes('a-bill-that-tells')]).toEqual([true, false])
  })

  it('is not told as fast as somebody can guess numbers; money is taken all the same', async () => {
    const rig = await tillRig({ mayAsk: () => false })
    rig.server.households.set(NO, [bill('b1', 300)])
    expect(await rig.ask()).toEqual(nothing('slow-down'))
    expect(await rig.take(taken(1))).toEqual([recorded(1, 1)])
  })
})
