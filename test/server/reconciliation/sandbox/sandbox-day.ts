import { pino } from 'pino'
import type { ChannelFault } from '../../../../firmware-sim/channel/channel-faults.js'
import { AppError } from '../../../../gateway/kernel/app-error.js'
import { type Clock, systemClock } from '../../../../gateway/kernel/clock.js'
import { err, ok } from '../../../../gateway/kernel/result.js'
import { createRunChange } from '../../../../server/audit/change.js'
import { civilDateOf } from '../../../../server/household/civil-date-rules.js'
import type { PayChannel } from '../../../../server/payment/channel/channel-port.js'
import { createBatchService } from '../../../../server/reconciliation/batch/batch-service.js'
import { createBillFetch } from '../../../../server/reconciliation/batch/bill-fetch.js'
import { createBillFiles } from '../../../../server/reconciliation/batch/bill-files.js'
import type { BillWork } from '../../../../server/reconciliation/batch/bill-work.js'
import { clearUnseen, storeFound } from '../../../../server/reconciliation/batch/found-case-repository.js'
import { loadBill } from '../../../../server/reconciliation/batch/load-bill.js'
import { matchBatch } from '../../../../server/reconciliation/batch/match-batch.js'
import { estateSums } from '../../../../server/reconciliation/batch/match-repository.js'
import type { Finding } from '../../../../server/reconciliation/file/finding.js'
import { matchFund } from '../../../../server/reconciliation/fund/match-fund.js'
import { sandboxRig } from '../../payment/channel/sandbox-rig.js'
import { systemIds, tempFolder } from '../../support/temp-database.js'
import { type OrderFixture, type ReconRig, putOrder, reconRig } from '../batch/recon-rig.js'

/** The work on whole bills, in the thread of the test. */
export const workOf = ({ bulk }: ReconRig): BillWork => ({
  load: (job) => loadBill(bulk, job).then((bill) => ok(bill), (error: unknown) => {
    if (error instanceof AppError && error.code === 'SV_RECON_FILE') return err(error.details as unknown as Finding)
    throw error
  }),
  match: async (job) => matchBatch(bulk, job),
  matchFund: async (job) => matchFund(bulk, job),
  async store(jobs) {
    for (const { scope, found, isAll } of jobs) {
      storeFound(bulk, scope, found)
      if (isAll) clearUnseen(bulk, scope)
    }
  },
  estates: async (job) => estateSums(bulk, job),
  stop: async () => undefined,
})

/** A clock that runs as the machine's, from a moment on, and can be set to a later one. */
export function movableClock(startMs: number): Clock & { setTo(wallMs: number): void } {
  let ahead = startMs - systemClock.wallMs()
  return { ...systemClock, wallMs: () => systemClock.wallMs() + ahead, setTo(wallMs) { ahead = wallMs - systemClock.wallMs() } }
}

/**
 * A day at the sandbox's channels beside our own orders, and the services that fetch its bills and match them. Nothing stands between but HTTP.
 * @param names channels whose bills are fetched
 */
export async function sandboxDay(clock: Clock = systemClock, names: ReadonlyArray<'wechat' | 'alipay'> = ['wechat', 'alipay']) {
  const recon = await reconRig()
  const sandbox = await sandboxRig(clock)
  const change = createRunChange({ db: recon.db, clock })
  const runtime = { clock, log: pino({ level: 'silent' }) }
  const work = workOf(recon)
  const files = createBillFiles({ folder: await tempFolder(), ids: systemIds })
  const batches = createBatchService({ read: recon.db.read, change, work, files, holidays: async () => new Map(), runtime })
  const channels = new Map(names.map((name) => [name, sandbox[name]]))
  const fetch = createBillFetch({ read: recon.db.read, change, channels, batches, runtime })
  const date = civilDateOf(clock.wallMs())
  const channelOf = (name: 'wechat' | 'alipay'): PayChannel => (name === 'wechat' ? sandbox.wechat : sandbox.alipay)
  return {
    ...recon, sandbox, date, change, work, files, fetch, batches, channels, channelOf,
    /** An order that is paid at the channel, and what we know of it. */
    async paid(name: 'wechat' | 'alipay', outTradeNo: string, fen: number, more: { faults?: ChannelFault[]; close?: true; ours?: Partial<OrderFixture> } = {}): Promise<void> {
      const channel = channelOf(name)
      sandbox.fault(outTradeNo, ...(more.faults ?? []))
      const made = await channel.createOrder({
        outTradeNo, description: '公租房租金 2026-09,2026-10', totalFen: fen, expiresAtMs: clock.wallMs() + 900_000, scene: 'qr', payerId: null, payerAddress: null, returnUrl: null,
      })
      if (!made.ok) throw new Error(made.error.message)
      if (more.close === true) await channel.closeOrder(outTradeNo)
      await sandbox.pay(name, outTradeNo)
      const told = await channel.queryOrder(outTradeNo)
      if (!told.ok || told.value.state !== 'paid') throw new Error(`${outTradeNo} was not paid`)
      const { transactionId, paidAtMs } = told.value
      const ours = { outTradeNo, fen, transactionId, createdAtMs: paidAtMs - 1_000, paidAtMs, channel: name, merchantId: channel.merchantId, ...more.ours }
      await recon.db.transact((tx) => putOrder(tx, ours))
    },
    async refund(name: 'wechat' | 'alipay', outTradeNo: string, outRefundNo: string, fen: number, totalFen: number, faults: ChannelFault[] = []): Promise<void> {
      sandbox.fault(outRefundNo, ...faults)
      const answer = await channelOf(name).refund({ outTradeNo, outRefundNo, refundFen: fen, totalFen, reason: '多缴' })
      if (!answer.ok) throw new Error(answer.error.message)
    },
    /** Cases that are open or explained themselves, as `class reference`. */
    async told(): Promise<string[]> {
      return (await recon.cases()).filter((one) => one.state === 'open' || one.state === 'auto').map(({ classCode, reference }) => `${classCode} ${reference}`).sort()
    },
    async batchOf(channel: 'wechat' | 'alipay', billDate = date, kind = 'trade') {
      return (await batches.list({ fromDate: billDate, untilDate: billDate })).find((batch) => batch.channel === channel && batch.kind === kind)
    },
  }
}
