import { describe, expect, it } from 'vitest'
import { createRunChange } from '../../../server/audit/change.js'
import { createTillService } from '../../../server/estate-payment/till-service.js'
import { systemClock } from '../../../gateway/kernel/clock.js'
import { sandboxRig } from '../payment/channel/sandbox-rig.js'
import { paymentRig } from '../payment/payment-rig.js'

const NO = 'L-2026-0001'
const GATEWAY = { gatewayId: 'gw-1', estateId: 'jh' }
const ASK = { deviceId: 'till-1', householdNo: NO }
const SET_UP = ['wechat', 'alipay']

/** Both channels in the sandbox; the till's service on a real database, with a household that may owe. */
async function start() {
  const sandbox = await sandboxRig()
  const channels = { wechat: sandbox.wechat, alipay: sandbox.alipay }
  const rig = await paymentRig(channels, systemClock as never)
  await rig.db.transact(async (tx) => {
    await tx.household.create({ data: { householdId: 'h-1', estateId: 'jh', householdNo: NO, createdAtMs: 1n } })
    await tx.household.create({ data: { householdId: 'h-2', estateId: 'jh', householdNo: 'L-2', createdAtMs: 1n } })
  })
  const tills = createTillService({
    read: rig.db.read, change: createRunChange({ db: rig.db, clock: systemClock }), orders: rig.orders, channels: new Map(Object.entries(channels) as Array<['wechat', unknown]>), clock: systemClock,
  })
  return { ...rig, sandbox, tills }
}

describe('what a till asks through its gateway', () => {
  it('tells what a household of the estate owes, and nothing of another estate\'s', async () => {
    const { tills, bill } = await start()
    expect(await tills.bills(GATEWAY, ASK)).toEqual({ known: true, bills: [], channels: SET_UP })
    await bill('b1', 12_480)
    expect(await tills.bills(GATEWAY, ASK)).toEqual({
      known: true, channels: SET_UP, bills: [{ billId: 'b1', label: '公租房租金 2026-09', dueDate: '2026-09-10', openFen: 12_480 }],
    })
    expect(await tills.bills({ ...GATEWAY, estateId: 'xh' }, ASK)).toEqual({ known: false, bills: [], channels: [] })
    expect(await tills.bills(GATEWAY, { ...ASK, householdNo: 'L-9' })).toEqual({ known: false, bills: [], channels: [] })
  })

  it.each(['wechat', 'alipay'] as const)('gives a code to pay with %s, the same to whoever asks again, and says when it was paid', async (channel) => {
    const rig = await start()
    await rig.bill('b1', 500)
    const wish = { ...ASK, billId: 'b1', channel }
    const shown = await rig.tills.place(GATEWAY, wish)
    expect(shown).toMatchObject({ channel, fen: 500, state: 'waiting', paidAtMs: null })
    expect(shown.codeText).toMatch(/^(weixin|https?):\/\//)
    const again = await rig.tills.place(GATEWAY, wish)
    expect([again.outTradeNo, again.codeText]).toEqual([shown.outTradeNo, shown.codeText])
    expect(await rig.tills.order(GATEWAY, shown.outTradeNo)).toMatchObject({ state: 'waiting', codeText: shown.codeText })
    await rig.sandbox.pay(channel, shown.outTradeNo)
    await rig.sandbox.until(() => rig.sandbox.came.length > 0, 'a notify')
    const [came] = rig.sandbox.came
    if (came !== undefined) await rig.notifies.receive(channel, came)
    const paid = await rig.tills.order(GATEWAY, shown.outTradeNo)
    expect(paid).toMatchObject({ state: 'paid', codeText: null, remainingMs: 0 })
    expect(paid.paidAtMs).toBeGreaterThan(0)
    expect(await rig.db.read.tillOrder.findMany()).toMatchObject([{ outTradeNo: shown.outTradeNo, gatewayId: 'gw-1', deviceId: 'till-1' }])
  })

  it('gives no code for a bill of somebody else, of another estate, or that owes nothing', async () => {
    const { tills, bill, db } = await start()
    await bill('b1', 500)
    const refusal = (wish: object, gateway = GATEWAY): Promise<string> =>
      tills.place(gateway, { ...ASK, billId: 'b1', channel: 'wechat', ...wish }).then(() => 'placed', (error: { code: string }) => error.code)
    expect(await refusal({ householdNo: 'L-2' })).toBe('SV_HTTP_NOT_FOUND')
    expect(await refusal({ householdNo: 'L-9' })).toBe('SV_HTTP_NOT_FOUND')
    expect(await refusal({ billId: 'no-such' })).toBe('SV_HTTP_NOT_FOUND')
    expect(await refusal({}, { ...GATEWAY, estateId: 'xh' })).toBe('SV_HTTP_NOT_FOUND')
    await db.transact((tx) => tx.billPart.updateMany({ data: { openFen: 0n, paidFen: 500n } }))
    expect(await refusal({})).toBe('SV_PAYMENT_BILL')
    expect([await db.read.payOrder.count(), await db.read.tillOrder.count()]).toEqual([0, 0])
  })

  it('says nothing of an order that this gateway\'s tills did not show', async () => {
    const { tills, bill } = await start()
    await bill('b1', 500)
    const { outTradeNo } = await tills.place(GATEWAY, { ...ASK, billId: 'b1', channel: 'wechat' })
    await expect(tills.order({ gatewayId: 'gw-2', estateId: 'jh' }, outTradeNo)).rejects.toMatchObject({ code: 'SV_HTTP_NOT_FOUND' })
  })
})
