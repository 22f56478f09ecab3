import { expect, it } from 'vitest'
import { err, ok } from '../../../../gateway/kernel/result.js'
import { createRunChange } from '../../../../server/audit/change.js'
import type { PayChannel, RefundState } from '../../../../server/payment/channel/channel-port.js'
import { createBatchService } from '../../../../server/reconciliation/batch/batch-service.js'
import { createBillFiles } from '../../../../server/reconciliation/batch/bill-files.js'
import type { BillFetch } from '../../../../server/reconciliation/batch/bill-fetch.js'
import { createAskChannels } from '../../../../server/reconciliation/case/ask-channels.js'
import { createCarryOut } from '../../../../server/reconciliation/case/carry-out.js'
import type { CaseRecord } from '../../../../server/reconciliation/case/case-repository.js'
import { createRecordingLog } from '../../../support/recording-log.js'
import { systemIds, tempFolder } from '../../support/temp-database.js'
import { DATE, payment, refund, trade, wechatText } from '../bill-samples.js'
import { MERCHANT, putOrder, putRefund, reconRig } from '../batch/recon-rig.js'
import { movableClock, workOf } from '../sandbox/sandbox-day.js'

/** What the channel says of a refund that its bill froze, by the number of its order; undefined: it does not answer. */
const ANSWERS: ReadonlyArray<RefundState['state'] | undefined> = ['succeeded', 'closed', 'abnormal', 'processing', undefined]

it('refunds that a bill froze are asked about: what moved is taken over and matched again, what did not stays, and nobody is asked twice in a day', async () => {
  const rig = await reconRig()
  const clock = movableClock(Date.parse('2026-09-23T12:00:00+08:00'))
  const log = createRecordingLog()
  const change = createRunChange({ db: rig.db, clock })
  const runtime = { clock, log }
  const batches = createBatchService({
    read: rig.db.read, change, work: workOf(rig), files: createBillFiles({ folder: await tempFolder(), ids: systemIds }), holidays: async () => new Map(), runtime,
  })
  const entries = ANSWERS.map((_, at) => {
    const one = trade('wechat', at + 1, 10_000)
    return { paid: payment(one), back: refund(one, at + 1, 100 + at, 'processing') }
  })
  const numberOf = (at: number): string => entries[at]?.back.refund?.outRefundNo ?? ''
  // Paid here, and nowhere at the channel: somebody made that up.
  const forged = trade('wechat', 9, 900)
  await rig.db.transact(async (tx) => {
    for (const { paid: { trade: of }, back } of [...entries, { paid: payment(forged), back: null }]) {
      await putOrder(tx, { outTradeNo: of.outTradeNo, fen: of.totalFen, transactionId: of.transactionId, createdAtMs: of.createdAtMs, paidAtMs: of.paidAtMs })
      if (back !== null) await putRefund(tx, { outRefundNo: back.refund?.outRefundNo ?? '', outTradeNo: of.outTradeNo, fen: back.fen, state: 'processing', atMs: back.atMs })
    }
  })
  async function* bill(): AsyncGenerator<Uint8Array> { yield Buffer.from(wechatText(entries.flatMap(({ paid, back }) => [paid, back]))) }
  await batches.take('maker', { channel: 'wechat', merchantId: MERCHANT, billDate: DATE, kind: 'trade', fileName: 'b.csv', sha1: null }, bill())
  const open = async () => (await rig.cases()).filter(({ state }) => state === 'open').map(({ classCode, reference }) => `${classCode} ${reference}`)
  expect(await open()).toEqual([`LOCAL_ONLY ${forged.outTradeNo}`, ...ANSWERS.map((_, at) => `REFUND_PENDING_RECHECK ${numberOf(at)}`)])

  const asked: string[] = []
  const channel = {
    channel: 'wechat', merchantId: MERCHANT,
    queryOrder: async () => ok({ state: 'not-here' }),
    async queryRefund(outRefundNo: string) {
      asked.push(outRefundNo)
      const at = ANSWERS.findIndex((_, index) => numberOf(index) === outRefundNo)
      const state = ANSWERS[at]
      return state === undefined ? err({ kind: 'retry', code: 'SYSTEM_ERROR', message: '' }) : ok({ state, refundId: '50', refundFen: 100 + at, succeededAtMs: null })
    },
  } as unknown as PayChannel
  const told: string[] = []
  const ask = createAskChannels({
    read: rig.db.read, change, channels: new Map([['wechat', channel]]), batches, runtime,
    async refundTold(outRefundNo, { state }) {
      told.push(`${outRefundNo} ${state}`)
      await rig.db.transact((tx) => tx.payRefund.update({ where: { outRefundNo }, data: { state } }))
    },
  })
  expect(await ask()).toBe(6)
  expect(asked.sort()).toEqual(ANSWERS.map((_, at) => numberOf(at)))
  expect(told.sort()).toEqual(['succeeded', 'closed', 'abnormal', 'processing'].map((state, at) => `${numberOf(at)} ${state}`))
  const left = [`LOCAL_ONLY ${forged.outTradeNo}`, ...[3, 4].map((at) => `REFUND_PENDING_RECHECK ${numberOf(at)}`), ...[1, 2].map((at) => `REFUND_STATUS_MISMATCH ${numberOf(at)}`)]
  expect(await open()).toEqual(left)
  const texts = Object.fromEntries((await rig.db.read.reconCase.findMany({ where: { suggestion: { not: null } } })).map(({ classCode, reference, suggestion }) =>
    [`${classCode} ${reference}`, (JSON.parse(suggestion ?? '[]') as Array<{ text: string }>).map((one) => one.text)]))
  expect(texts).toMatchObject({
    [`REFUND_PENDING_RECHECK ${numberOf(0)}`]: ['渠道查询：退款成功'], [`REFUND_PENDING_RECHECK ${numberOf(1)}`]: ['渠道查询：退款已关闭'],
    [`REFUND_PENDING_RECHECK ${numberOf(2)}`]: ['渠道查询：退款异常，需人工处理'], [`REFUND_PENDING_RECHECK ${numberOf(3)}`]: ['渠道查询：仍在处理'],
    [`LOCAL_ONLY ${forged.outTradeNo}`]: ['渠道查询：没有这个订单，可能是伪造的通知，请查安全日志'],
  })
  // Those that were answered rest; the one without an answer, and what is new since, do not.
  asked.length = 0
  await ask()
  expect(asked.sort()).toEqual([1, 2, 4].map(numberOf))
  clock.setTo(clock.wallMs() + 13 * 3_600_000)
  asked.length = 0
  await ask()
  expect(asked.sort()).toEqual([1, 2, 3, 4].map(numberOf))

  // The same by two people's decision: what is still under way, and no answer at all, leave it open.
  const none = async (): Promise<never> => { throw new Error('nothing of the kind was agreed on') }
  const carryOut = createCarryOut({
    channels: new Map([['wechat', channel]]), batches, fetch: {} as BillFetch, held: { settle: async () => false }, alarm: none,
    payments: { takePayment: none, reversePayment: none, proposeRefund: none, refundTold: async (no, { state }) => void told.push(`${no} ${state}`) },
  })
  told.length = 0
  const agreed = await Promise.all([1, 3, 4].map(async (at) => carryOut.ask?.({
    channel: 'wechat', merchantId: MERCHANT, orderNo: 'RT', reference: numberOf(at), ours: {}, batchNo: null,
  } as unknown as CaseRecord)))
  expect(agreed).toEqual([ok('渠道查询：退款已关闭'), err('渠道仍在处理，请次日再查'), err('渠道没有答复（SYSTEM_ERROR）')])
  expect(told).toEqual([`${numberOf(1)} closed`])
})
