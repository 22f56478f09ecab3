import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChannelFault } from '../../firmware-sim/channel/channel-faults.js'
import { type RandomSource, seededRandom } from '../../gateway/kernel/random.js'
import { verifyAuditChain } from '../../server/audit/audit-log.js'
import { verifyLedger } from '../../server/ledger/ledger-service.js'
import { packageRoot } from '../../server/package-root.js'
import { copyProgram } from '../chaos/program.js'
import { eventually } from '../flow/support/child.js'
import { violationsOf } from './checks.js'
import { CUTS, type Cut } from './cuts.js'
import { ESTATE, type PaymentProcess, createPaymentProcess } from './payment-process.js'

export interface MoneyProcessReport {
  readonly layer: 'money processes'
  readonly seed: number
  readonly runs: number
  readonly clean: number
  readonly violations: ReadonlyArray<{ readonly seed: number; readonly what: readonly string[] }>
  /** How often the server died where. */
  readonly kills: Readonly<Record<Cut, number>>
  readonly payments: number
  readonly refunds: number
  readonly seconds: number
}

const RATES: Partial<Record<ChannelFault, number>> = { 'notify-lost': 0.2, 'notify-first': 0.15, 'notify-repeated': 0.2, 'lost-answer': 0.3, 'busy': 0.1, 'refund-again-refused': 0.3 }
const KILLS_MIN = 3
const KILLS_MORE = 3
const ACTS_PER_LIFE = 5
/** Orders whose notify is lost are asked about after five, ten and thirty seconds. */
const REST_MS_MAX = 180_000

interface Order {
  readonly outTradeNo: string
  readonly billId: string
  readonly channel: 'wechat' | 'alipay'
  readonly state: string
  readonly refundedFen: number
}
interface Refund {
  readonly outRefundNo: string
  readonly outTradeNo: string
  readonly state: string
}

const pick = <T>(random: RandomSource, items: readonly T[]): T | undefined => items[Math.floor(random.float() * items.length)]
const ordersOf = async (world: PaymentProcess): Promise<Order[]> => ((await world.call('maker', 'GET', '/api/payments/orders'))?.body['items'] ?? []) as Order[]
const refundsOf = async (world: PaymentProcess): Promise<Refund[]> => ((await world.call('maker', 'GET', '/api/payments/refunds'))?.body['items'] ?? []) as Refund[]
const place = (world: PaymentProcess, billId: string, channel: string): Promise<unknown> => world.call('maker', 'POST', '/api/payments/orders', { billId, channel, scene: 'qr' })
const pay = ({ sandbox: { trades } }: PaymentProcess, channel: Order['channel'], outTradeNo: string): void => {
  const trade = trades.find(channel, outTradeNo)
  if (trade !== undefined) trades.pay(trade)
}

/** Proposes and decides a refund; one of an order is enough, for the next would wait a minute. */
async function refund(world: PaymentProcess, random: RandomSource): Promise<void> {
  const begun = new Set((await refundsOf(world)).map((one) => one.outTradeNo))
  const order = pick(random, (await ordersOf(world)).filter((one) => one.state === 'paid' && !begun.has(one.outTradeNo)))
  if (order === undefined) return
  const { totalFen } = world.sandbox.trades.find(order.channel, order.outTradeNo) ?? { totalFen: 1 }
  const wish = { outTradeNo: order.outTradeNo, refundFen: Math.max(1, Math.floor(totalFen * random.float())), reason: '多缴退回' }
  const no = (await world.call('maker', 'POST', '/api/payments/refunds', wish))?.body['outRefundNo']
  if (typeof no === 'string') await world.call('checker', 'POST', `/api/payments/refunds/${no}/decision`, { decision: 'approve' })
}

async function act(world: PaymentProcess, random: RandomSource, billIds: readonly string[]): Promise<void> {
  const dice = random.float()
  if (dice < 0.35) await place(world, pick(random, billIds) ?? '', random.float() < 0.5 ? 'wechat' : 'alipay')
  else if (dice < 0.65) {
    const trade = pick(random, world.sandbox.trades.all().filter((one) => one.state === 'waiting'))
    if (trade !== undefined) world.sandbox.trades.pay(trade)
  } else await refund(world, random)
}

/** What is under way is paid, and whatever the channels know reaches the server. */
async function comeToRest(world: PaymentProcess): Promise<void> {
  await eventually('everything is over', async () => {
    const live = (await ordersOf(world)).filter((one) => one.state === 'created' || one.state === 'paying')
    for (const { billId, channel, outTradeNo } of live) {
      if (world.sandbox.trades.find(channel, outTradeNo) === undefined) await place(world, billId, channel)
      pay(world, channel, outTradeNo)
    }
    const moving = (await refundsOf(world)).filter((one) => one.state === 'approved' || one.state === 'processing')
    const unheard = world.sandbox.trades.all().filter((one) => one.state === 'paid').length - (await ordersOf(world)).filter((one) => one.state.includes('paid') || one.state.includes('refunded')).length
    return live.length === 0 && moving.length === 0 && unheard === 0 ? true : undefined
  }, REST_MS_MAX)
}

async function runOnce(seed: number, folder: string, root: string, kills: Record<Cut, number>): Promise<{ what: string[]; payments: number; refunds: number }> {
  const random = seededRandom(seed)
  const billIds = ['b1', 'b2', 'b3'].slice(0, 2 + Math.floor(random.float() * 2))
  const world = await createPaymentProcess({ folder, seed, root, bills: billIds.map((billId) => ({ billId, fen: 1 + Math.floor(random.float() * 50_000) })) })
  try {
    for (const [fault, rate] of Object.entries(RATES)) world.faults.setRate(fault as ChannelFault, rate)
    await world.start()
    // Something to give back from the first life on.
    await place(world, 'b1', 'wechat')
    await comeToRest(world)
    const times = KILLS_MIN + Math.floor(random.float() * KILLS_MORE)
    for (let time = 0; time < times; time += 1) {
      const where = pick(random, CUTS) ?? 'after a call'
      world.arm({ where, at: 1 + Math.floor(random.float() * 3), of: '' })
      for (let acts = 0; acts < ACTS_PER_LIFE && world.isRunning(); acts += 1) await act(world, random, billIds)
      if (!await world.dies(1_500)) continue
      kills[where] += 1
      await world.start()
    }
    await comeToRest(world)
    const db = await world.database()
    try {
      const [books, audit] = [await verifyLedger(db.read), await verifyAuditChain(db.read)]
      const proven = books.brokenAtSeq === null && books.wrongSums === 0 && audit.brokenAtSeq === null ? [] : [`books or audit log do not hold: ${JSON.stringify({ books, audit })}`]
      const trades = world.sandbox.trades.all()
      const payments = trades.filter((trade) => trade.state === 'paid').length
      return { what: [...await violationsOf({ db, channel: world.sandbox, estateId: ESTATE }), ...proven], payments, refunds: trades.reduce((sum, trade) => sum + trade.refunds.length, 0) }
    } finally {
      await db.close()
    }
  } catch (error) {
    return { what: [`broke: ${error instanceof Error ? error.message : String(error)}`], payments: 0, refunds: 0 }
  } finally {
    await world.end()
  }
}

/** Payments by a real server process that is killed at seeded places, again and again; the channels' sandbox lives on. */
export async function runMoneyProcesses({ seed, runs, onLine }: { seed: number; runs: number; onLine: (line: string) => void }): Promise<MoneyProcessReport> {
  const beganMs = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'chaos-money-processes-'))
  const kills = Object.fromEntries(CUTS.map((cut) => [cut, 0])) as Record<Cut, number>
  const violations: Array<MoneyProcessReport['violations'][number]> = []
  let [payments, refunds] = [0, 0]
  try {
    const root = copyProgram(join(folder, 'program'))
    cpSync(join(packageRoot(), 'dist/test/chaos-money'), join(root, 'dist/test/chaos-money'), { recursive: true })
    for (let run = seed; run < seed + runs; run += 1) {
      const found = await runOnce(run, mkdtempSync(join(folder, 'run-')), root, kills)
      payments += found.payments
      refunds += found.refunds
      if (found.what.length > 0) violations.push({ seed: run, what: found.what })
      onLine(`seed ${run}: ${found.what.length === 0 ? 'clean' : found.what.join('; ')}, ${found.payments} payments, ${found.refunds} refunds`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return { layer: 'money processes', seed, runs, clean: runs - violations.length, violations, kills, payments, refunds, seconds: Math.round((performance.now() - beganMs) / 1_000) }
}
