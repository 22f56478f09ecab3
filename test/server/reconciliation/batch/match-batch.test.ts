import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BANK_MAPPING } from '../../../../server/reconciliation/file/own-files.js'
import { poolDays } from '../../../../server/reconciliation/bank/settle-rules.js'
import { loadBill } from '../../../../server/reconciliation/batch/load-bill.js'
import { type MatchOutcome, matchBatch } from '../../../../server/reconciliation/batch/match-batch.js'
import { reconcileOffline } from '../../../../server/reconciliation/offline.js'
import { DATE, ORDER_HEAD, orderLine, payment, refund, trade, wechatText, writeFiles } from '../bill-samples.js'
import { MERCHANT, type OrderFixture, type ReconRig, poolOf, putOrder, putRefund, reconRig } from './recon-rig.js'

type Entry = ReturnType<typeof payment>
const NEXT_DAY = '2026-09-23'
/** The first week of October, with a Saturday that is worked for it. */
const HOLIDAYS = new Map<string, 'holiday' | 'workday'>([...Array.from({ length: 8 }, (_, at) => [`2026-10-0${at + 1}`, 'holiday'] as const), ['2026-10-10', 'workday']])
const job = { channel: 'wechat', merchantId: MERCHANT, billDate: DATE, kind: 'trade', sha1: null, feePpm: null } as const

async function load(rig: ReconRig, entries: readonly Entry[], billDate = DATE): Promise<number> {
  const batchNo = await rig.batch({ billDate })
  const { 'bill.csv': path } = await writeFiles({ 'bill.csv': wechatText(entries) })
  await loadBill(rig.bulk, { ...job, billDate, batchNo, path })
  return batchNo
}
let runs = 0
const match = (rig: ReconRig, batchNo: number, billDate = DATE, pool = poolOf(billDate)): MatchOutcome =>
  matchBatch(rig.bulk, { batchNo, channel: 'wechat', merchantId: MERCHANT, billDate, pool, run: (runs += 1), atMs: runs })

const orderOf = (of: ReturnType<typeof trade>, more: Partial<OrderFixture> = {}): OrderFixture =>
  ({ outTradeNo: of.outTradeNo, fen: of.totalFen, transactionId: of.transactionId, createdAtMs: of.createdAtMs, paidAtMs: of.paidAtMs, ...more })

/** What may become of a payment. */
const FATES = ['same', 'amount', 'paying', 'closed', 'unknown', 'no-row', 'other-number', 'other-transaction', 'cross-day', 'fee', 'twice'] as const
const REFUND_FATES = ['none', 'none', 'none', 'same', 'processing', 'amount', 'unknown', 'no-row', 'failed'] as const

describe('a bill against our own orders', () => {
  it('finds of any day exactly what comparing every row finds, and the day adds up to nothing', async () => {
    const rig = await reconRig()
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ fate: fc.constantFrom(...FATES), back: fc.constantFrom(...REFUND_FATES), fen: fc.integer({ min: 100, max: 99_999 }) }),
      { minLength: 1, maxLength: 25 }), async (day) => {
      await rig.empty()
      const entries: Entry[] = []
      const orders: string[] = [ORDER_HEAD]
      const refunds: string[] = ['refund_no,order_no,amount_fen,state']
      await rig.db.transact(async (tx) => {
        for (const [index, { fate, back, fen }] of day.entries()) {
          const base = trade('wechat', index + 1, fen)
          const one = fate === 'cross-day' ? { ...base, createdAtMs: base.createdAtMs - 12 * 3_600_000 } : base
          const row = fate === 'fee' ? { ...payment(one), feeFen: payment(one).feeFen + 2 } : payment(one)
          if (fate !== 'no-row') entries.push(row)
          if (fate === 'twice') entries.push(row)
          const change = fate === 'amount' ? { fen: fen + 1 } : fate === 'paying' ? { state: 'PAYING' } : fate === 'closed' ? { state: 'CLOSED' } : {}
          const isPaid = fate !== 'paying' && fate !== 'closed'
          const outTradeNo = fate === 'other-number' ? `${one.outTradeNo}X` : one.outTradeNo
          const transactionId = isPaid ? (fate === 'other-transaction' ? `${one.transactionId}9` : one.transactionId) : ''
          if (fate !== 'unknown') {
            const line = orderLine({ ...one, outTradeNo }, { ...change, transactionId: transactionId ?? '' })
            orders.push(fate === 'cross-day' ? line.replace(`${DATE} 09:59:00`, '2026-09-21 21:59:00') : line)
            await putOrder(tx, {
              ...orderOf(one), outTradeNo, fen: change.fen ?? fen, state: fate === 'paying' ? 'paying' : fate === 'closed' ? 'closed' : 'paid', transactionId: isPaid ? transactionId : null,
              paidAtMs: isPaid ? one.paidAtMs : null,
            })
          }
          if (back === 'none') continue
          const given = refund(one, index + 1, 50, back === 'processing' ? 'processing' : back === 'failed' ? 'abnormal' : 'succeeded')
          const number = given.refund?.outRefundNo ?? ''
          if (back !== 'no-row') entries.push(given)
          // Nobody refunds an order that is not there.
          if (back === 'unknown' || fate === 'unknown' || fate === 'other-number') continue
          const ours = back === 'amount' ? 51 : 50
          refunds.push(`${number},${one.outTradeNo},${ours},SUCCESS`)
          await putRefund(tx, { outRefundNo: number, outTradeNo: one.outTradeNo, fen: ours, state: 'succeeded', atMs: given.atMs })
        }
      })
      const { 'bill.csv': wechat, 'orders.csv': ordersFile, 'refunds.csv': refundsFile } = await writeFiles({
        'bill.csv': wechatText(entries), 'orders.csv': `${orders.join('\n')}\n`, 'refunds.csv': `${refunds.join('\n')}\n`,
      })
      const offline = await reconcileOffline({ date: DATE, wechat: [wechat], alipay: [], orders: ordersFile, refunds: refundsFile, bank: null, bankMapping: BANK_MAPPING, sha1: null })
      const expected = Object.entries(offline.classes).filter(([code]) => code !== 'MATCHED' && code !== 'REFUND_MATCHED').flatMap(([code, list]) => list.map((one) => `${code} ${String(one)}`))
      const outcome = match(rig, await load(rig, entries))
      expect((await rig.cases()).map(({ classCode, reference }) => `${classCode} ${reference}`).sort()).toEqual(expected.sort())
      const total = Object.values(outcome.classes).reduce((sum, { differenceFen }) => sum + differenceFen, 0)
      const sums = entries.reduce((net, { refund: back, fen }) => net + (back === null ? fen : back.state === 'abnormal' ? 0 : -fen), 0)
      expect(sums - (outcome.local.paidFen - outcome.local.refundFen)).toBe(total)
    }), { numRuns: 25, seed: 20_261_123 })
  })

  it('is the same to the byte when done again, and stores nothing twice', async () => {
    const rig = await reconRig()
    const trades = Array.from({ length: 6 }, (_, index) => trade('wechat', index + 1, 10_000 + index))
    const [first, second, third] = trades as [typeof trades[0] & object, typeof trades[0] & object, typeof trades[0] & object]
    await rig.db.transact(async (tx) => {
      for (const one of trades.slice(2)) await putOrder(tx, orderOf(one as typeof first))
      await putOrder(tx, orderOf(first, { state: 'paying', transactionId: null, paidAtMs: null }))
    })
    const batchNo = await load(rig, [first, second, third].map((one) => payment(one)))
    const once = match(rig, batchNo)
    const stored = await rig.cases()
    expect(match(rig, batchNo)).toEqual(once)
    expect(await rig.cases()).toEqual(stored)
    // Loaded again as another version, in another database: still the same.
    const again = await reconRig()
    await again.db.transact(async (tx) => {
      for (const one of [...trades.slice(2)].reverse()) await putOrder(tx, orderOf(one as typeof first))
      await putOrder(tx, orderOf(first, { state: 'paying', transactionId: null, paidAtMs: null }))
    })
    expect(match(again, await load(again, [first, second, third].map((one) => payment(one))))).toEqual(once)
    expect(stored.map(({ classCode, state, differenceFen }) => [classCode, state, differenceFen])).toEqual([
      ['CHANNEL_ONLY_UNKNOWN', 'open', 10_001], ['LOCAL_ONLY', 'open', -10_003], ['LOCAL_ONLY', 'open', -10_004], ['LOCAL_ONLY', 'open', -10_005],
      ['STATUS_CHANNEL_SUCCESS_LOCAL_PENDING', 'open', 10_000],
    ])
  })

  it('what was put right is cleared by the next run, what was agreed on stays until it changes', async () => {
    const rig = await reconRig()
    const [a, b] = [trade('wechat', 1, 10_000), trade('wechat', 2, 20_000)]
    await rig.db.transact((tx) => putOrder(tx, orderOf(a, { state: 'paying', transactionId: null, paidAtMs: null })))
    const batchNo = await load(rig, [payment(a), payment(b)])
    match(rig, batchNo)
    await rig.db.transact(async (tx) => {
      await tx.payOrder.update({ where: { outTradeNo: a.outTradeNo }, data: { state: 'paid', transactionId: a.transactionId, paidFen: 10_000n, paidAtMs: BigInt(a.paidAtMs ?? 0), bizDate: DATE } })
      await tx.reconCase.updateMany({ where: { classCode: 'CHANNEL_ONLY_UNKNOWN' }, data: { state: 'approved' } })
    })
    match(rig, batchNo)
    expect((await rig.cases()).map(({ classCode, state }) => [classCode, state])).toEqual([['CHANNEL_ONLY_UNKNOWN', 'approved'], ['STATUS_CHANNEL_SUCCESS_LOCAL_PENDING', 'cleared']])
    await rig.db.transact((tx) => putOrder(tx, orderOf(b, { transactionId: `${b.transactionId ?? ''}1` })))
    match(rig, batchNo)
    expect((await rig.cases()).filter(({ classCode }) => classCode === 'CHANNEL_ONLY_UNKNOWN').map(({ state }) => state)).toEqual(['open'])
  })

  it('a payment that stands in the next day\'s bill is missing until that bill comes', async () => {
    const rig = await reconRig()
    const one = trade('wechat', 1, 10_000, '23:59:59')
    const late = { ...one, paidAtMs: (one.paidAtMs ?? 0) + 2_000 }
    await rig.db.transact((tx) => putOrder(tx, orderOf(one)))
    const today = await load(rig, [])
    match(rig, today)
    expect((await rig.cases()).map(({ classCode, state, bizDate }) => [classCode, state, bizDate])).toEqual([['LOCAL_ONLY', 'open', DATE]])
    match(rig, await load(rig, [payment(late)], NEXT_DAY), NEXT_DAY)
    const moved = [['MATCHED_NEXT_DAY', 'auto', -10_000, DATE], ['CROSS_DAY', 'auto', 0, NEXT_DAY], ['MATCHED_NEXT_DAY', 'auto', 10_000, NEXT_DAY]]
    const shown = async () => (await rig.cases()).map(({ classCode, state, differenceFen, bizDate }) => [classCode, state, differenceFen, bizDate])
    expect(await shown()).toEqual(moved)
    // The first day looked at again: it is known now where the payment stands.
    match(rig, today)
    expect(await shown()).toEqual(moved)
  })

  it('over holidays what a bill lacks may stand in a bill ten days later, and not in the one after that', async () => {
    const rig = await reconRig()
    const [eve, inTime, late] = ['2026-09-30', '2026-10-09', '2026-10-13'] as const
    const [a, b] = [trade('wechat', 1, 10_000), trade('wechat', 2, 20_000)]
    const eveMs = Date.parse(`${eve}T23:59:59+08:00`)
    await rig.db.transact(async (tx) => {
      for (const one of [a, b]) await putOrder(tx, orderOf(one, { createdAtMs: eveMs - 60_000, paidAtMs: eveMs }))
    })
    const shown = async () => (await rig.cases()).filter(({ bizDate }) => bizDate === eve).map(({ classCode, reference, state }) => [classCode, reference, state])
    const onDay = (of: typeof a, date: string) => payment({ ...of, paidAtMs: Date.parse(`${date}T00:00:03+08:00`) })
    match(rig, await load(rig, [], eve), eve, poolDays(eve, HOLIDAYS))
    match(rig, await load(rig, [onDay(a, inTime)], inTime), inTime, poolDays(inTime, HOLIDAYS))
    match(rig, await load(rig, [onDay(b, late)], late), late, poolDays(late, HOLIDAYS))
    expect(await shown()).toEqual([['LOCAL_ONLY', b.outTradeNo, 'open'], ['MATCHED_NEXT_DAY', a.outTradeNo, 'auto']])
  })

  it('two orders paid for one rent bill are told, with the number of the other', async () => {
    const rig = await reconRig()
    const [a, b] = [trade('wechat', 1, 10_000), trade('wechat', 2, 10_000, '11:00:00')]
    await rig.db.transact(async (tx) => {
      await putOrder(tx, orderOf(a, { billId: 'B' }))
      await putOrder(tx, orderOf(b, { billId: 'B', prepaidFen: 10_000 }))
    })
    match(rig, await load(rig, [payment(a), payment(b)]))
    const rows = await rig.db.read.reconCase.findMany()
    expect(rows.map(({ classCode, reference, ours }) => [classCode, reference, (JSON.parse(ours ?? '{}') as { others?: string[] }).others])).toEqual([
      ['DOUBLE_PAY_SAME_RENT_BILL', b.outTradeNo, [a.outTradeNo]],
    ])
  })

  it('of a bill that is damaged at its end no row is left, nor of what stood there before', async () => {
    const rig = await reconRig()
    const batchNo = await load(rig, [payment(trade('wechat', 1, 10_000))])
    const { 'cut.csv': path } = await writeFiles({ 'cut.csv': wechatText([payment(trade('wechat', 2, 100))]).replace('`1.00,`0.00,`0,`0', '`1.01,`0.00,`0,`0') })
    await expect(loadBill(rig.bulk, { ...job, batchNo, path })).rejects.toMatchObject({ code: 'SV_RECON_FILE', details: { code: 'totals' } })
    expect(await rig.db.read.reconRow.count()).toBe(0)
    await expect(loadBill(rig.bulk, { ...job, merchantId: '1900000110', batchNo, path: (await writeFiles({ 'b.csv': wechatText([payment(trade('wechat', 1, 100))]) }))['b.csv'] }))
      .rejects.toMatchObject({ details: { code: 'merchant', line: 2 } })
    expect(await rig.db.read.reconRow.count()).toBe(0)
  })
})
