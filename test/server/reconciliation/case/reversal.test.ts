import { expect, it } from 'vitest'
import { err, ok } from '../../../../gateway/kernel/result.js'
import { reversePayment } from '../../../../server/payment/payment-reversal.js'
import { takeRealPayment } from '../../../../server/payment/payment-taking.js'
import type { PayChannel } from '../../../../server/payment/channel/channel-port.js'
import type { BatchService } from '../../../../server/reconciliation/batch/batch-service.js'
import type { BillFetch } from '../../../../server/reconciliation/batch/bill-fetch.js'
import { createCaseService } from '../../../../server/reconciliation/case/case-service.js'
import { createSecurityAlarm } from '../../../../server/reconciliation/case/security-alarm.js'
import { createBooksService } from '../../../../server/reconciliation/books/books-service.js'
import { createCarryOut } from '../../../../server/reconciliation/case/carry-out.js'
import type { CaseRecord } from '../../../../server/reconciliation/case/case-repository.js'
import { civilDateOf } from '../../../../server/household/civil-date-rules.js'
import { systemRandom } from '../../../../gateway/kernel/random.js'
import { paymentRig } from '../../payment/payment-rig.js'
import { systemIds } from '../../support/temp-database.js'
import { MERCHANT, putOrder } from '../batch/recon-rig.js'
import { movableClock } from '../sandbox/sandbox-day.js'

it('what we have as paid and the channel says was not is taken back: the bill is owed again, and the books tie out (it reversed nothing)', async () => {
  const rig = await paymentRig({})
  const atMs = rig.clock.wallMs()
  const taking = { ids: systemIds, random: systemRandom, doublePayment: 'prepayment' } as const
  const payment = { channel: 'wechat', merchantId: MERCHANT, outTradeNo: 'RT-1', transactionId: 'T-1', fen: 10_500, paidAtMs: atMs } as const
  const take = () => rig.change(null, (one) => takeRealPayment(one, payment, taking))
  await rig.bill('b-1', 10_000)
  await rig.db.transact((tx) => tx.estate.create({ data: { id: 'jh', name: '嘉禾苑', district: '江海', createdAtMs: 1n } }))
  await rig.db.transact((tx) => putOrder(tx, { outTradeNo: 'RT-1', fen: 10_500, state: 'paying', billId: 'b-1', createdAtMs: atMs, paidAtMs: null }))
  expect([await take(), await rig.owed('b-1'), await rig.balance('prepayment'), await rig.balance('transit-wechat')]).toEqual(['paid', 0, 500, 10_500])

  let state: Awaited<ReturnType<PayChannel['queryOrder']>> = err({ kind: 'retry', code: 'BUSY', message: '' })
  const channel = { channel: 'wechat', merchantId: MERCHANT, queryOrder: async () => state } as unknown as PayChannel
  const alarms: Array<string | null> = []
  const { correct } = createCarryOut({
    channels: new Map([['wechat', channel]]), batches: {} as BatchService, fetch: {} as BillFetch, held: { settle: async () => false }, alarm: async (one) => void alarms.push(one.orderNo),
    payments: {
      takePayment: async () => '', proposeRefund: async () => ({ outRefundNo: '' }), refundTold: async () => undefined,
      reversePayment: (by, outTradeNo) => rig.change(by, (one) => reversePayment(one, outTradeNo, async () => false)),
    },
  })
  const one = { classCode: 'LOCAL_ONLY', channel: 'wechat', merchantId: MERCHANT, orderNo: 'RT-1', batchNo: null, proposal: null } as unknown as CaseRecord
  expect((await correct?.(one))?.ok).toBe(false)
  state = ok({ state: 'paid', transactionId: 'T-1', paidFen: 10_500, paidAtMs: atMs })
  expect((await correct?.(one))?.ok).toBe(false)
  expect(await rig.owed('b-1')).toBe(0)
  state = ok({ state: 'not-here' })
  expect((await correct?.(one))?.ok).toBe(true)
  expect([await rig.owed('b-1'), await rig.balance('prepayment'), await rig.balance('transit-wechat'), await rig.books()]).toMatchObject([10_000, 0, 0, { brokenAtSeq: null, wrongSums: 0 }])
  expect(await rig.orderOf('RT-1')).toMatchObject({ state: 'closed', transactionId: null, paidFen: null, bizDate: null, prepaidFen: 0n })
  // A second time there is nothing to take back.
  expect((await correct?.(one))?.ok).toBe(false)
  expect(alarms).toEqual(['RT-1'])
  const stored: unknown[] = []
  const work = { store: async (jobs: readonly unknown[]) => void stored.push(...jobs) } as unknown as Parameters<typeof createBooksService>[0]['work']
  const books = createBooksService({ read: rig.db.read, work, clock: rig.clock, holidays: async () => new Map() })
  expect([await books.match(civilDateOf(atMs)), stored]).toEqual([0, []])
  // Where the money comes after all it is late, and not lost.
  expect(await take()).toBe('late')
})

it('a payment that no bill has is not taken back before the bank days of the pool are over, and then with a security alarm (it could be on the first day)', async () => {
  const at = (date: string): number => Date.parse(`${date}T12:00:00+08:00`)
  const clock = movableClock(at('2026-09-30'))
  const { db, change, log } = await paymentRig({}, clock as unknown as Parameters<typeof paymentRig>[1])
  const holidays = new Map(Array.from({ length: 7 }, (_, day) => [`2026-10-0${day + 1}`, 'holiday'] as const))
  await db.transact((tx) => putOrder(tx, { outTradeNo: 'RT-1', fen: 10_000, transactionId: 'T-1', createdAtMs: at('2026-09-30'), paidAtMs: at('2026-09-30') }))
  const caseId = '11111111-1111-8111-9111-111111111111'
  await db.transact((tx) => tx.reconCase.create({ data: {
    caseId, caseKey: 'k', leg: 1, channel: 'wechat', merchantId: MERCHANT, bizDate: '2026-09-30', estateId: 'jh', classCode: 'LOCAL_ONLY', reference: 'RT-1', orderNo: 'RT-1',
    transactionId: 'T-1', riskFen: 10_000n, differenceFen: -10_000n, contentHash: 'h', state: 'open', seenRun: 1, foundAtMs: 1n, changedAtMs: 1n,
  } }))
  const none = async (): Promise<never> => { throw new Error('nothing of the kind was agreed on') }
  const channel = { channel: 'wechat', merchantId: MERCHANT, queryOrder: async () => ok({ state: 'not-paid' }) } as unknown as PayChannel
  const held = { settle: async () => false, isResolved: async () => false }
  const carryOut = createCarryOut({
    channels: new Map([['wechat', channel]]), batches: {} as BatchService, fetch: {} as BillFetch, held, alarm: createSecurityAlarm({ change, log }),
    payments: { takePayment: none, proposeRefund: none, refundTold: none, reversePayment: (by, outTradeNo) => change(by, (one) => reversePayment(one, outTradeNo, async () => false)) },
  })
  const cases = createCaseService({ read: db.read, change, carryOut, held, holidays: async () => holidays, runtime: { clock, log } })
  const propose = (action: 'correct' | 'claim') => cases.propose('maker', [caseId], { action, reason: '渠道没有' }, null)
  const early = { caseId, problem: 'early', until: '2026-10-12' }
  for (const date of ['2026-09-30', '2026-10-09', '2026-10-12']) {
    clock.setTo(at(date))
    expect(await propose('correct'), date).toEqual([{ ...early, state: 'open' }])
  }
  expect(await db.read.reconCaseEvent.count()).toBe(0)
  clock.setTo(at('2026-10-13'))
  expect(await propose('correct')).toEqual([{ caseId, state: 'proposed', problem: null }])
  clock.setTo(at('2026-10-12'))
  expect(await cases.approve('checker', [caseId], null)).toEqual([{ ...early, state: 'proposed' }])
  clock.setTo(at('2026-10-13'))
  expect(await cases.approve('checker', [caseId], null)).toEqual([{ caseId, state: 'approved', problem: null }])
  expect((await db.read.payOrder.findUniqueOrThrow({ where: { outTradeNo: 'RT-1' } })).state).toBe('closed')
  expect((await db.read.auditEntry.findMany({ where: { action: { startsWith: 'security.' } } })).map(({ action, subject, estateId }) => [action, subject, estateId]))
    .toEqual([['security.payment-forged', 'order:RT-1', 'jh']])
})
