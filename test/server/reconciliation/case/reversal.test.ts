import { expect, it } from 'vitest'
import { err, ok } from '../../../../gateway/kernel/result.js'
import { reversePayment } from '../../../../server/payment/payment-reversal.js'
import { takeRealPayment } from '../../../../server/payment/payment-taking.js'
import type { PayChannel } from '../../../../server/payment/channel/channel-port.js'
import type { BatchService } from '../../../../server/reconciliation/batch/batch-service.js'
import type { BillFetch } from '../../../../server/reconciliation/batch/bill-fetch.js'
import { createBooksService } from '../../../../server/reconciliation/books/books-service.js'
import { createCarryOut } from '../../../../server/reconciliation/case/carry-out.js'
import type { CaseRecord } from '../../../../server/reconciliation/case/case-repository.js'
import { civilDateOf } from '../../../../server/household/civil-date-rules.js'
import { systemRandom } from '../../../../gateway/kernel/random.js'
import { paymentRig } from '../../payment/payment-rig.js'
import { systemIds } from '../../support/temp-database.js'
import { MERCHANT, putOrder } from '../batch/recon-rig.js'

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
  const { correct } = createCarryOut({
    channels: new Map([['wechat', channel]]), batches: {} as BatchService, fetch: {} as BillFetch, held: { settle: async () => false },
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
  const stored: unknown[] = []
  const work = { store: async (jobs: readonly unknown[]) => void stored.push(...jobs) } as unknown as Parameters<typeof createBooksService>[0]['work']
  const books = createBooksService({ read: rig.db.read, work, clock: rig.clock, holidays: async () => new Map() })
  expect([await books.match(civilDateOf(atMs)), stored]).toEqual([0, []])
  // Where the money comes after all it is late, and not lost.
  expect(await take()).toBe('late')
})
