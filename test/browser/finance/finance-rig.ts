import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import type { Page } from 'playwright-core'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { systemRandom } from '#kernel/random.js'
import { createUser } from '../../../server/commands.js'
import { parseConfig } from '../../../server/config.js'
import { startServer, withDatabase } from '../../../server/server-process.js'
import { freePort } from '../../../firmware-sim/demo/start-channels.js'
import { bulkWrite } from '../../../server/db/bulk.js'
import type { Tx } from '../../../server/db/transaction.js'
import { MERCHANT, putOrder } from '../../server/reconciliation/batch/recon-rig.js'
import { DATE, payment, trade, wechatText } from '../../server/reconciliation/bill-samples.js'
import { builtWeb } from '../support/built-web.js'
import { launchBrowser } from '../support/launch-browser.js'
import { mark } from '../support/manager-pages.js'
import { VIEWPORTS, watchComplaints } from '../support/page-checks.js'
import { seedBooks } from './finance-books.js'

const PASSWORD = 'correct-horse-battery'
const USERS = {
  maker: ['finance-maker'], checker: ['finance-checker'], auditor: ['auditor'], admin: ['admin'], officer: ['treasury-officer', 'estate-manager'], bureau: ['bureau-viewer'], cashier: ['cashier'],
} as const
/** Rows of the channel's bill, and differences among them: what a busy day of the whole city has. */
const ROWS = 20_000
export const DIFFERENCES = { amount: 8, late: 2, unknown: 2, missing: 4, fee: 10, second: 4 } as const
const DIFFERENT = Object.values(DIFFERENCES).reduce((sum, count) => sum + count, 0)
/** An order of today that was paid for a bill. */
export const REFUNDABLE = 'RTREFUNDABLE0001'

const ORDERS = {
  table: 'PayOrder', key: ['outTradeNo'], onConflict: 'ignore', columns: [
    'outTradeNo', 'estateId', 'householdId', 'billId', 'channel', 'merchantId', 'scene', 'totalFen', 'description', 'state', 'createdAtMs', 'expiresAtMs', 'transactionId', 'paidFen', 'paidAtMs', 'bizDate',
  ],
} as const
const ROWS_PER_WRITE = 5_000

type Trade = ReturnType<typeof trade>

/** A day at the channel and here: thousands of payments that match, and some differences of every kind among them. */
function seededDay() {
  const entries = []
  const matched: Trade[] = []
  for (let number = 1; number <= ROWS - DIFFERENT; number += 1) {
    const one = trade('wechat', number, 10_000 + number)
    entries.push(payment(one))
    matched.push(one)
  }
  const orders: Array<Parameters<typeof putOrder>[1]> = []
  let last = ROWS
  const some = (count: number, time?: string): Trade[] => Array.from({ length: count }, () => trade('wechat', last += 1, 12_480, time))
  const ours = ({ outTradeNo, transactionId, createdAtMs, paidAtMs }: Trade) => ({ outTradeNo, transactionId, createdAtMs, paidAtMs, fen: 12_480 })
  for (const one of some(DIFFERENCES.amount)) entries.push(payment(one)) && orders.push({ ...ours(one), fen: 12_470, paidFen: 12_470 })
  for (const one of some(DIFFERENCES.late)) entries.push(payment(one)) && orders.push({ ...ours(one), state: 'closed', transactionId: null, paidAtMs: null })
  for (const one of some(DIFFERENCES.unknown)) entries.push(payment(one))
  for (const one of some(DIFFERENCES.missing)) orders.push(ours(one))
  const fees = some(DIFFERENCES.fee)
  for (const one of fees) entries.push({ ...payment(one), feeFen: 175 }) && orders.push(ours(one))
  for (const [at, one] of some(DIFFERENCES.second, '11:00:00').entries()) entries.push(payment(one)) && orders.push({ ...ours(one), billId: `B-${fees[at]?.outTradeNo}`, prepaidFen: 12_480 })
  return { bill: wechatText(entries), matched, orders }
}

async function putMatched(tx: Tx, matched: readonly Trade[]): Promise<void> {
  for (let from = 0; from < matched.length; from += ROWS_PER_WRITE) {
    await bulkWrite(tx, ORDERS, matched.slice(from, from + ROWS_PER_WRITE).map((one) => ({
      outTradeNo: one.outTradeNo, estateId: 'jh', householdId: 'h-1', billId: `B-${one.outTradeNo}`, channel: 'wechat', merchantId: MERCHANT, scene: 'qr', totalFen: one.totalFen, description: '公租房租金',
      state: 'paid', createdAtMs: one.createdAtMs, expiresAtMs: one.createdAtMs + 900_000, transactionId: one.transactionId, paidFen: one.totalFen, paidAtMs: one.paidAtMs, bizDate: DATE,
    })), ['outTradeNo'])
  }
}

/** The server as its process runs it, on a real database with a seeded day. */
async function startCentre() {
  const folder = mkdtempSync(join(tmpdir(), 'finance-'))
  const port = await freePort(0)
  const origin = `http://127.0.0.1:${port}`
  const config = parseConfig({ dataDir: folder, https: { host: '127.0.0.1', port: 0 }, loopbackHttp: { port } }, join(folder, 'server.json'))
  const deps = { config, log: pino({ level: 'silent' }), clock: systemClock, random: systemRandom, ids: createIdSource({ clock: systemClock, random: systemRandom }) }
  for (const [login, role] of Object.entries(USERS)) await createUser(deps, { login, display: login, role: [...role], estate: [] }, Readable.from([`${PASSWORD}\n`]))
  const { bill, matched, orders } = seededDay()
  let payer = ''
  await withDatabase(deps, (db) => db.transact(async (tx) => {
    await tx.estate.create({ data: { id: 'jh', name: '示例·江海花园', district: '江海区', createdAtMs: 1n } })
    await putMatched(tx, matched)
    for (const order of orders) await putOrder(tx, order)
    payer = await seedBooks(tx, systemClock.wallMs())
    // Paid just now, for a bill: it can be given back.
    const nowMs = systemClock.wallMs()
    await putOrder(tx, { outTradeNo: REFUNDABLE, fen: 10_000, transactionId: REFUNDABLE, createdAtMs: nowMs, paidAtMs: nowMs })
    await tx.payEvent.create({ data: {
      channel: 'wechat', eventId: 'EV-0001', source: 'notify', outTradeNo: REFUNDABLE, receivedAtMs: BigInt(nowMs), verdict: 'paid', raw: '{"id":"EV-0001","event_type":"TRANSACTION.SUCCESS"}',
    } })
    const parts = JSON.stringify([{ billId: 'b', householdId: 'h-1', receivable: 'rent-receivable', fen: 10_000 }])
    await tx.payOrder.update({ where: { outTradeNo: REFUNDABLE }, data: { parts } })
  }))
  const server = await startServer(deps)
  return {
    origin, bill, payer,
    /** A household moves in, by the administrator's hand. @returns its number */
    async household(): Promise<string> {
      let cookie = ''
      const send = async (path: string, body: object): Promise<Record<string, unknown>> => {
        const answer = await fetch(`${origin}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-requested-with': 'smart-estates', cookie }, body: JSON.stringify(body) })
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
        cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie
        return await answer.json() as Record<string, unknown>
      }
      await send('/api/auth/login', { loginName: 'admin', password: PASSWORD })
      const { buildingId } = await send('/api/buildings', { estateId: 'jh', name: '3栋', floors: 6 })
      const { unitId } = await send('/api/units', { estateId: 'jh', buildingId, floor: 5, roomNo: '502', areaCentiM2: 4_512, layout: '一房一厅', hasElevator: false })
      await send('/api/households', {
        estateId: 'jh', unitId, householdNo: 'H-502', leaseNo: 'HT-502', fromDate: '2025-01-01', untilDate: '2029-12-31',
        members: [{ role: 'head', displayName: '陈大文', birthDate: '1980-05-01' }],
      })
      return 'H-502'
    },
    async stop(): Promise<void> {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface Desk {
  readonly page: Page
  readonly complaints: string[]
  find(name: string): ReturnType<typeof mark>
  open(path: string): Promise<unknown>
  press(...keys: string[]): Promise<void>
}

/** Pictures for people to look at, where they are asked for by a folder's name. */
export async function shot({ page }: Desk, name: string): Promise<void> {
  const folder = process.env['FINANCE_SHOTS']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/finance-${name}.png`, fullPage: true })
}

/** The centre with people at its desks; one browser for all of them. */
export async function startFinanceRig() {
  await builtWeb()
  const [centre, browser] = await Promise.all([startCentre(), launchBrowser()])
  return {
    centre,
    /** Somebody at a desk who is signed in and on `path`. */
    async desk(login: keyof typeof USERS, path = '/'): Promise<Desk> {
      const context = await browser.newContext({ viewport: VIEWPORTS.desk, locale: 'zh-CN', timezoneId: 'America/New_York' })
      context.setDefaultTimeout(90_000)
      const page = await context.newPage()
      const visitor: Desk = {
        page, complaints: watchComplaints(page), find: (name) => mark(page, name), open: (to) => page.goto(`${centre.origin}${to}`),
        async press(...keys) { for (const key of keys) await page.keyboard.press(key) },
      }
      await visitor.open(path === '/' ? '/login' : path)
      await visitor.find('login-name').fill(login)
      await visitor.find('login-password').fill(PASSWORD)
      await visitor.press('Enter')
      await visitor.find('menu').waitFor()
      return visitor
    },
    async stop(): Promise<void> {
      await browser.close()
      await centre.stop()
    },
  }
}
export type FinanceRig = Awaited<ReturnType<typeof startFinanceRig>>
