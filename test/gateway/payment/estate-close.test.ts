import { describe, expect, it } from 'vitest'
import { uuid } from '../../support/factories.js'
import { SLIP, taken, tillRig, type TillRig } from './till-rig.js'

const CASH = { way: 'cash', count: 1, fen: 10_000 }
const TILL = { deviceId: 'till-1', first: 1, last: 1, count: 1 }
/** Midnight in Asia/Shanghai. */
const midnight = (day: string): number => Date.parse(`${day}T00:00:00+08:00`)
const at = (rig: TillRig, day: string, minutes: number): void => rig.clock.jumpWall(midnight(day) + minutes * 60_000 - rig.clock.wallMs())
const closes = async (rig: TillRig) => (await rig.records()).filter(({ kind }) => kind === 'estate-close.v1')
  .map(({ bizDate, ways, tills, cause, operatorRef }) => ({ bizDate, ways, tills, cause, operatorRef }))

describe('a day at the tills', () => {
  it('is counted ten minutes after it is over, by way and by till, and told once', async () => {
    const rig = await tillRig()
    at(rig, '2026-03-10', 23 * 60 + 59)
    await rig.take(taken(1))
    await rig.take(taken(2, { way: 'pos', pos: SLIP, fen: 7 }))
    await rig.take(taken(3, { fen: 5 }), 'till-2')
    at(rig, '2026-03-11', 9)
    expect(await rig.close.closeDays()).toEqual(['2026-03-09'])
    at(rig, '2026-03-11', 10)
    expect([await rig.close.closeDays(), await rig.close.closeDays()]).toEqual([['2026-03-10'], []])
    expect(await closes(rig)).toEqual([
      { bizDate: '2026-03-09', ways: [], tills: [], cause: 'day-end', operatorRef: null },
      {
        bizDate: '2026-03-10', ways: [{ way: 'cash', count: 2, fen: 10_005 }, { way: 'pos', count: 1, fen: 7 }],
        tills: [{ ...TILL, last: 2, count: 2 }, { ...TILL, deviceId: 'till-2' }], cause: 'day-end', operatorRef: null,
      },
    ])
  })

  it('for which something comes in later is counted again', async () => {
    const rig = await tillRig()
    at(rig, '2026-03-10', 600)
    await rig.take(taken(1))
    at(rig, '2026-03-11', 600)
    await rig.close.closeDays()
    await rig.handlers.codeQuestion({ estateId: 'e1', deviceKind: 'till', deviceId: 'till-1' }, { v: 1, requestId: uuid(7), householdNo: 'L-1', billId: 'b1', channel: 'alipay' })
    rig.orders.set('RT-b1-alipay', { outTradeNo: 'RT-b1-alipay', channel: 'alipay', fen: 500, state: 'paid', codeText: null, remainingMs: 0, paidAtMs: midnight('2026-03-10') + 86_399_000 })
    await rig.codes.follow()
    expect(await rig.close.closeDays()).toEqual(['2026-03-10'])
    expect((await closes(rig)).at(-1)).toMatchObject({ ways: [{ way: 'alipay', count: 1, fen: 500 }, CASH], tills: [{ ...TILL, last: 2, count: 2 }], cause: 'late' })
  })

  it('of several that nobody was there to count is counted when the gateway is back', async () => {
    const rig = await tillRig()
    for (const [number, day] of ['2026-03-10', '2026-03-12'].entries()) {
      at(rig, day, 600)
      await rig.take(taken(number + 1))
    }
    at(rig, '2026-03-15', 600)
    expect(await rig.close.closeDays()).toEqual(['2026-03-10', '2026-03-12', '2026-03-14'])
  })

  it('is counted at any time for who wants to compare, in that name, and again when more came', async () => {
    const rig = await tillRig()
    at(rig, '2026-03-10', 600)
    await rig.take(taken(1))
    expect(await rig.close.today()).toEqual({ bizDate: '2026-03-10', takings: { ways: [CASH], tills: [TILL] }, closed: null })
    expect(await rig.close.closeNow(uuid(5))).toMatchObject({ closed: { ways: [CASH] } })
    await rig.close.closeNow(uuid(5))
    await rig.take(taken(2))
    expect(await rig.close.today()).toMatchObject({ takings: { ways: [{ ...CASH, count: 2, fen: 20_000 }] }, closed: { ways: [CASH] } })
    await rig.close.closeNow(uuid(5))
    expect((await closes(rig)).map(({ ways, cause, operatorRef }) => [ways, cause, operatorRef]))
      .toEqual([[[CASH], 'operator', uuid(5)], [[{ ...CASH, count: 2, fen: 20_000 }], 'operator', uuid(5)]])
  })

  it('is nothing to count where there is no till', async () => {
    const rig = await tillRig({ hasTills: false })
    expect([await rig.close.closeDays(), await rig.records()]).toEqual([[], []])
  })

  it('keeps its payments long enough, and its numbers for ever', async () => {
    const rig = await tillRig()
    at(rig, '2026-03-10', 600)
    await rig.take(taken(1))
    const prune = (day: string) => rig.store.prune({ recordsBeforeMs: 0, claimsBeforeMs: midnight(day) })
    await prune('2026-05-11')
    expect((await rig.store.takingsOf('2026-03-10')).takings.ways).toEqual([CASH])
    await prune('2026-05-13')
    expect((await rig.store.takingsOf('2026-03-10')).takings.ways).toEqual([])
    expect(await rig.take(taken(2))).toMatchObject([{ receipt: { number: 2 } }])
  })
})
