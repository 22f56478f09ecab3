import { createPublicKey } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFaultPlan } from '../../firmware-sim/channel/channel-faults.js'
import { wechatLetter, wechatTransaction } from '../../firmware-sim/channel/notify-letters.js'
import { type SandboxKeys, openSandboxKeys } from '../../firmware-sim/channel/sandbox-keys.js'
import { createTradeStore } from '../../firmware-sim/channel/trade-store.js'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { systemRandom } from '#kernel/random.js'
import { verifyAuditChain } from '../../server/audit/audit-log.js'
import { createRunChange } from '../../server/audit/change.js'
import { openDatabase } from '../../server/db/client.js'
import { migrate } from '../../server/db/migrate.js'
import type { Database } from '../../server/db/transaction.js'
import { balances, verifyLedger } from '../../server/ledger/ledger-service.js'
import { packageRoot } from '../../server/package-root.js'
import type { NotifyRequest, PayChannel } from '../../server/payment/channel/channel-port.js'
import { readWechatNotify } from '../../server/payment/channel/wechat-notify.js'
import { rsaVerify } from '../../server/payment/channel/wechat-signature.js'
import { createNotifyService } from '../../server/payment/notify-service.js'
import { issueRent } from '../chaos-money/bills.js'
import { round } from './timing.js'

const ESTATE = 'bench'
const FEN = 12_480
const ROWS = 2_000
/** Notifies that are each waited for before the next is given. */
const ONE_BY_ONE = 300
const FLOOR_ROUNDS = 300
const PAGE_BYTES = 4_096

const outTradeNoOf = (at: number): string => `RT20260922${String(at).padStart(16, '0')}`

/** A bill and an order that waits for its payment, for each notify. */
async function fill(db: Database, merchantId: string, count: number): Promise<void> {
  const nowMs = systemClock.wallMs()
  for (let from = 0; from < count; from += ROWS) {
    const some = Array.from({ length: Math.min(ROWS, count - from) }, (_, at) => from + at)
    for (const [index, householdId] of ['even', 'odd'].entries()) {
      const bills = some.filter((at) => at % 2 === index).map((at) => ({ billId: `b${at}`, fen: FEN }))
      await issueRent(db, { estateId: ESTATE, householdId, bills, atMs: nowMs })
    }
    await db.transact((tx) => tx.payOrder.createMany({ data: some.map((at) => ({
      outTradeNo: outTradeNoOf(at), estateId: ESTATE, householdId: at % 2 === 0 ? 'even' : 'odd', billId: `b${at}`, liveBillId: `b${at}`, channel: 'wechat', merchantId, scene: 'qr',
      totalFen: BigInt(FEN), description: '公租房租金', state: 'paying', createdAtMs: BigInt(nowMs), expiresAtMs: BigInt(nowMs + 900_000), nextQueryAtMs: BigInt(nowMs + 900_000),
    })) }))
  }
}

/** Notifies as WeChat Pay posts them, encrypted and signed by its key. */
function letters(keys: SandboxKeys, count: number): NotifyRequest[] {
  const store = createTradeStore({ clock: systemClock, seed: 1 })
  const deps = { keys, faults: createFaultPlan(1), clock: systemClock }
  return Array.from({ length: count }, (_, at) => {
    const order = { channel: 'wechat', outTradeNo: outTradeNoOf(at), scene: 'native', description: '公租房租金', totalFen: FEN, notifyUrl: '', returnUrl: '', attach: '', expiresAtMs: 0 } as const
    const trade = store.add(order)
    store.pay(trade)
    const event = { id: `EV-${at}`, type: 'TRANSACTION.SUCCESS', summary: '支付成功', original: 'transaction', resource: wechatTransaction(keys, trade) } as const
    const { headers, body } = wechatLetter(deps, trade, 0, event)
    return { headers, body: Buffer.from(body) }
  })
}

const perSecond = (count: number, ms: number): number => round(count / (ms / 1_000))
function floor(rounds: number, work: () => void): number {
  const since = performance.now()
  for (let at = 0; at < rounds; at += 1) work()
  return perSecond(rounds, performance.now() - since)
}

/** What cannot be undercut on this machine: a signature checked, a page brought to the disk. */
function floors(folder: string, keys: SandboxKeys, platformPem: string): { rsaVerifiesPerSecond: number; fsyncsPerSecond: number } {
  const [letter] = letters(keys, 1)
  const key = createPublicKey(platformPem)
  const headers = letter?.headers ?? {}
  const text = Buffer.concat([Buffer.from(`${String(headers['wechatpay-timestamp'])}\n${String(headers['wechatpay-nonce'])}\n`), letter?.body ?? Buffer.alloc(0), Buffer.from('\n')])
  const file = openSync(join(folder, 'floor'), 'a')
  const page = Buffer.alloc(PAGE_BYTES)
  try {
    return {
      rsaVerifiesPerSecond: floor(FLOOR_ROUNDS * 10, () => { if (!rsaVerify(text, String(headers['wechatpay-signature']), key)) throw new Error('the floor\'s own signature does not hold') }),
      fsyncsPerSecond: floor(FLOOR_ROUNDS, () => { writeSync(file, page); fsyncSync(file) }),
    }
  } finally {
    closeSync(file)
  }
}

async function proof(db: Database): Promise<object> {
  const booked = (await balances(db.read, [ESTATE], '2099-12-31')).filter((row) => row.balanceFen !== 0).map(({ account, balanceFen }) => [account, balanceFen])
  return {
    paidOrders: await db.read.payOrder.count({ where: { state: 'paid' } }), events: await db.read.payEvent.count(), booked: Object.fromEntries(booked),
    ledger: await verifyLedger(db.read), audit: await verifyAuditChain(db.read),
  }
}

/**
 * Notifies verified, decrypted, taken, posted and committed to SQLite with `synchronous=FULL`, by the server's own path behind its
 * route: each awaited before the next, and many under way as the channel sends them.
 */
export async function benchPay(options: { notifies: number; inFlight: number }): Promise<object> {
  const { notifies, inFlight } = options
  const folder = await mkdtemp(join(tmpdir(), 'bench-pay-'))
  const ids = createIdSource({ clock: systemClock, random: systemRandom })
  const url = `file:${join(folder, 'server.db')}`
  await migrate({ url, folder: join(packageRoot(), 'prisma/sqlite/migrations'), clock: systemClock, ids })
  const db = await openDatabase(url)
  try {
    const keys = await openSandboxKeys(join(folder, 'keys'), systemClock.wallMs())
    const pem = await readFile(join(folder, 'keys/wechat-platform-public.pem'), 'utf8')
    const { mchid: merchantId, appid: appId, apiV3Key, publicKeyId } = keys.wechat
    const platform = createPublicKey(pem)
    const keyOf = (serial: string) => (serial === publicKeyId ? platform : undefined)
    const channel = {
      channel: 'wechat', merchantId, notifyAnswers: { taken: { status: 204, contentType: '', body: '' }, refused: { status: 400, contentType: '', body: '' } },
      readNotify: (request: NotifyRequest) => readWechatNotify(request, { merchantId, appId, apiV3Key, keyOf, nowMs: systemClock.wallMs() }),
    } as unknown as PayChannel
    const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silent }
    const service = createNotifyService({ change: createRunChange({ db, clock: systemClock }), channels: new Map([['wechat', channel]]), taking: { ids, random: systemRandom, doublePayment: 'prepayment' }, log: silent, refundMoved: () => Promise.resolve() })
    await fill(db, merchantId, notifies)
    const posted = letters(keys, notifies)
    const floorsNow = floors(folder, keys, pem)
    const waits: number[] = []
    const give = async (request: NotifyRequest | undefined): Promise<void> => {
      const since = performance.now()
      const answer = request === undefined ? undefined : await service.receive('wechat', request)
      if (answer?.status !== 204) throw new Error(`a notify was answered ${answer?.status ?? 'never'}`)
      waits.push(performance.now() - since)
    }
    const singleFrom = performance.now()
    for (const request of posted.slice(0, ONE_BY_ONE)) await give(request)
    const oneByOne = perSecond(ONE_BY_ONE, performance.now() - singleFrom)
    waits.length = 0
    let next = ONE_BY_ONE
    const manyFrom = performance.now()
    await Promise.all(Array.from({ length: inFlight }, async () => { while (next < posted.length) await give(posted[next++]) }))
    const rate = perSecond(notifies - ONE_BY_ONE, performance.now() - manyFrom)
    waits.sort((a, b) => a - b)
    return {
      notifies, inFlight, notifiesPerSecond: rate, targetPerSecond: 500, oneByOnePerSecond: oneByOne, p99WaitMs: round(waits[Math.floor(waits.length * 0.99)] ?? 0), ...floorsNow,
      ofRsaFloor: round(rate / floorsNow.rsaVerifiesPerSecond), proof: await proof(db),
    }
  } finally {
    await db.close()
    await rm(folder, { recursive: true, force: true })
  }
}
