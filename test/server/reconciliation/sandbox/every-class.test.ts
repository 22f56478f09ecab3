import { expect, it } from 'vitest'
import { addDays, startOfDayMs } from '../../../../server/household/civil-date-rules.js'
import { putOrder, putRefund } from '../batch/recon-rig.js'
import { sandboxDay } from './sandbox-day.js'

it('a day on which everything goes wrong once is told class by class, and nothing else is', async () => {
  const day = await sandboxDay()
  const { date, db } = day
  const open = { transactionId: null, paidAtMs: null } as const
  await day.paid('wechat', 'RT-good', 10_001)
  await day.paid('wechat', 'RT-missing', 10_002, { faults: ['bill-row-missing'] })
  await day.paid('wechat', 'RT-edited', 10_003, { faults: ['bill-row-edited'] })
  await day.paid('wechat', 'RT-repeated', 10_004, { faults: ['bill-row-repeated'] })
  await day.paid('wechat', 'RT-lost', 10_005, { faults: ['notify-lost'], ours: { ...open, state: 'paying' } })
  await day.paid('wechat', 'RT-late', 10_006, { faults: ['paid-after-close'], close: true, ours: { ...open, state: 'closed' } })
  await day.paid('wechat', 'RT-renamed', 10_007, { ours: { outTradeNo: 'RT-other' } })
  await day.paid('wechat', 'RT-eve', 10_008, { ours: { createdAtMs: startOfDayMs(date) - 60_000 } })
  await day.paid('alipay', 'RT-first', 10_009, { ours: { billId: 'B-twice' } })
  await day.paid('wechat', 'RT-second', 10_009, { ours: { billId: 'B-twice', prepaidFen: 10_009, paidAtMs: Date.now() } })
  await day.paid('wechat', 'RT-back', 20_000)
  await day.refund('wechat', 'RT-back', 'RF-good', 100, 20_000)
  await day.refund('wechat', 'RT-back', 'RF-amount', 200, 20_000)
  await day.refund('wechat', 'RT-back', 'RF-console', 300, 20_000)
  await day.refund('wechat', 'RT-back', 'RF-slow', 400, 20_000, ['refund-slow'])
  await day.refund('wechat', 'RT-back', 'RF-abnormal', 500, 20_000, ['refund-abnormal'])
  for (let tries = 0; tries < 200; tries += 1) {
    const [good, abnormal] = [await day.sandbox.wechat.queryRefund('RF-good', 'RT-back'), await day.sandbox.wechat.queryRefund('RF-abnormal', 'RT-back')]
    if (good.ok && good.value.state === 'succeeded' && abnormal.ok && abnormal.value.state === 'abnormal') break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const ours = (outRefundNo: string, fen: number, state = 'succeeded') => db.transact((tx) => putRefund(tx, { outRefundNo, outTradeNo: 'RT-back', fen, state, atMs: Date.now() }))
  await ours('RF-good', 100)
  await ours('RF-amount', 199)
  await ours('RF-slow', 400, 'processing')
  await ours('RF-abnormal', 500)
  await ours('RF-nowhere', 600)
  // Alipay agreed on 0.38 % and takes 0.60 %.
  await db.transact((tx) => tx.reconMerchant.create({ data: { channel: 'alipay', merchantId: day.sandbox.alipay.merchantId, feePpm: 3_800, bankAccount: null, settleDays: 1, setBy: 'c', setAtMs: 1n } }))
  day.sandbox.fault(date, 'bill-extra-row', 'bill-chargeback', 'bill-legacy', 'bill-no-mark')
  await day.fetch.fetchDay('maker', date)
  const extra = `XX${date.replaceAll('-', '')}0000009999`
  expect(await day.told()).toEqual([
    'AMOUNT_MISMATCH RT-edited', `CHANNEL_ONLY_UNKNOWN ${extra}`, `CHANNEL_ONLY_UNKNOWN ${extra}`, 'CROSS_DAY RT-eve', 'DOUBLE_PAY_SAME_RENT_BILL RT-second', 'DUP_CHANNEL_ROW RT-repeated',
    'CHARGEBACK CBRT-back', 'CHARGEBACK CBRT-first', 'FEE_MISMATCH RT-first', 'LATE_PAYMENT_AFTER_CLOSE RT-late', 'LOCAL_ONLY RT-missing', 'ORDER_NO_MISMATCH RT-renamed', 'REFUND_AMOUNT_MISMATCH RF-amount', 'REFUND_CHANNEL_ONLY RF-console',
    'REFUND_LOCAL_ONLY RF-nowhere', 'REFUND_PENDING_RECHECK RF-slow', 'REFUND_STATUS_MISMATCH RF-abnormal', 'STATUS_CHANNEL_SUCCESS_LOCAL_PENDING RT-lost',
  ].sort())
  expect([(await day.batchOf('wechat'))?.figures?.gapFen, (await day.batchOf('alipay'))?.figures?.gapFen]).toEqual([0, 0])
  expect((await day.batchOf('wechat', date, 'fund'))?.state).toBe('matched')
})

it('a bill that is late, damaged or unsafe is told and kept out, and the next good one clears it', async () => {
  const day = await sandboxDay()
  const { date } = day
  await day.paid('wechat', 'RT-0001', 10_000)
  await day.paid('alipay', 'RT-0002', 10_000)
  const rowsOf = (channel: string) => day.db.read.$queryRawUnsafe<Array<{ n: bigint }>>(
    `SELECT count(*) AS n FROM "ReconRow" r JOIN "ReconBatch" b ON b."batchNo" = r."batchNo" WHERE b."channel" = '${channel}'`).then(([row]) => Number(row?.n))
  day.sandbox.fault(date, 'bill-late')
  await day.fetch.fetchDay('maker', date)
  // STATEMENT_CREATING: nothing to tell yet, it is asked again.
  expect([(await day.batchOf('wechat'))?.state, (await day.batchOf('wechat'))?.tries, await day.told()]).toEqual(['waiting', 1, []])
  for (const [faults, wechat, alipay] of [
    [['bill-hash', 'bill-zip-slip'], 'hash', 'zip-name'], [['bill-cut', 'bill-zip-bomb'], 'truncated', 'zip-size'], [['bill-cut'], 'truncated', 'truncated'],
  ] as const) {
    day.sandbox.fault(date, ...faults)
    await day.fetch.fetchDay('maker', date)
    const found = [await day.batchOf('wechat'), await day.batchOf('alipay')].map((batch) => [batch?.state, batch?.finding?.code])
    expect(found, faults.join(', ')).toEqual([['fetched', wechat], ['fetched', alipay]])
    expect([await rowsOf('wechat'), await rowsOf('alipay')]).toEqual([0, 0])
    expect((await day.told()).map((one) => one.split(' ')[0])).toEqual(faults[0] === 'bill-hash' ? ['BILL_INTEGRITY', 'BILL_INTEGRITY', 'BILL_INTEGRITY'] : ['BILL_INTEGRITY', 'BILL_INTEGRITY'])
  }
  day.sandbox.fault(date)
  await day.fetch.fetchDay('maker', date)
  expect([(await day.batchOf('wechat'))?.state, (await day.batchOf('alipay'))?.state, await day.told()]).toEqual(['matched', 'matched', []])
})

it('a day of which the channel has no bill is an empty one only where we have nothing either (NO_STATEMENT_EXIST)', async () => {
  const day = await sandboxDay()
  const [empty, ours] = [addDays(day.date, -1), addDays(day.date, -2)]
  const atMs = startOfDayMs(ours) + 3_600_000
  await day.db.transact((tx) => putOrder(tx, { outTradeNo: 'RT-ours', fen: 1, transactionId: 'T', createdAtMs: atMs, paidAtMs: atMs, merchantId: day.sandbox.wechat.merchantId }))
  await day.fetch.fetchDay('maker', empty)
  await day.fetch.fetchDay('maker', ours)
  expect([(await day.batchOf('wechat', empty))?.state, (await day.batchOf('wechat', empty))?.figures?.gapFen, (await day.batchOf('alipay', ours))?.state]).toEqual(['matched', 0, 'matched'])
  expect([(await day.batchOf('wechat', ours))?.state, (await day.batchOf('wechat', ours))?.finding?.code]).toEqual(['waiting', 'no-bill'])
})
