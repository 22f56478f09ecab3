import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { verifyLedger } from '../../server/ledger/ledger-service.js'
import { eventually } from '../flow/support/child.js'
import { violationsOf } from './checks.js'
import { ESTATE, createPaymentProcess } from './payment-process.js'

async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'payment-process-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const world = await createPaymentProcess({ folder, seed: 1, bills: [{ billId: 'b1', fen: 12_480 }] })
  onTestFinished(() => world.end())
  await world.start()
  const orders = async () => (await world.call('maker', 'GET', '/api/payments/orders'))?.body['items'] as Array<{ outTradeNo: string; state: string; refundedFen: number }>
  const place = async () => String((await world.call('maker', 'POST', '/api/payments/orders', { billId: 'b1', channel: 'wechat', scene: 'qr' }))?.body['outTradeNo'])
  const pay = (no: string) => { const trade = world.sandbox.trades.find('wechat', no); if (trade !== undefined) world.sandbox.trades.pay(trade) }
  const until = (no: string, state: string) => eventually(`${no} is ${state}`, async () => ((await orders()).some((one) => one.outTradeNo === no && one.state === state) ? true : undefined))
  return { ...world, place, pay, until }
}

/** A short part of `npm run chaos -- --campaign money --processes`. */
describe('the server process, killed with SIGKILL', () => {
  it('between a refund\'s call and its commit, and between a notify\'s commit and its answer: one posting each, and the books balance', async () => {
    const world = await start()
    const first = await world.place()
    world.pay(first)
    await world.until(first, 'paid')

    const { outRefundNo } = (await world.call('maker', 'POST', '/api/payments/refunds', { outTradeNo: first, refundFen: 12_480, reason: '多缴退回' }))?.body ?? {}
    world.arm({ where: 'after a call', at: 1, of: '/v3/refund/domestic/refunds' })
    expect(await world.call('checker', 'POST', `/api/payments/refunds/${String(outRefundNo)}/decision`, { decision: 'approve' })).toBeNull()
    expect([await world.dies(20_000), world.sandbox.trades.find('wechat', first)?.refunds.length]).toEqual([true, 1])

    await world.start()
    await world.until(first, 'refunded')
    const second = await world.place()
    expect(second).not.toBe(first)
    world.arm({ where: 'after a commit', at: 1, of: 'POST /notify/wechat' })
    world.pay(second)
    expect(await world.dies(20_000)).toBe(true)

    await world.start()
    await world.until(second, 'paid')
    const db = await world.database()
    onTestFinished(() => db.close())
    expect(await violationsOf({ db, channel: world.sandbox, estateId: ESTATE })).toEqual([])
    expect(await verifyLedger(db.read)).toMatchObject({ brokenAtSeq: null, wrongSums: 0 })
    expect((await db.read.ledgerJournal.findMany({ orderBy: { seq: 'asc' } })).map(({ cause, causeRef }) => `${cause} ${causeRef}`))
      .toEqual(['billed b1', `paid ${first}`, `refunded ${String(outRefundNo)}`, `paid ${second}`])
    expect(world.sandbox.trades.find('wechat', first)?.refunds.length).toBe(1)
  }, 240_000)
})
