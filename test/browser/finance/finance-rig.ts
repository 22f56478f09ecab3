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
import { putOrder } from '../../server/reconciliation/batch/recon-rig.js'
import { payment, trade, wechatText } from '../../server/reconciliation/bill-samples.js'
import { builtWeb } from '../support/built-web.js'
import { launchBrowser } from '../support/launch-browser.js'
import { mark } from '../support/manager-pages.js'
import { VIEWPORTS, watchComplaints } from '../support/page-checks.js'

const PASSWORD = 'correct-horse-battery'
const USERS = {
  maker: ['finance-maker'], checker: ['finance-checker'], auditor: ['auditor'], admin: ['admin'],
} as const
const MATCHED_ROWS = 40
/** An order of today that was paid for a bill. */
export const REFUNDABLE = 'RTREFUNDABLE0001'

type Trade = ReturnType<typeof trade>

/** A day at the channel and here: forty payments that match, and one of each difference below. */
function seededDay() {
  const entries = []
  const orders = []
  for (let number = 1; number <= MATCHED_ROWS; number += 1) {
    const one = trade('wechat', number, 10_000 + number)
    entries.push(payment(one))
    orders.push({ outTradeNo: one.outTradeNo, fen: one.totalFen, transactionId: one.transactionId, createdAtMs: one.createdAtMs, paidAtMs: one.paidAtMs })
  }
  const [amount, late, unknown, missing, fee, second] = [101, 102, 103, 104, 105, 106].map((number) => trade('wechat', number, 12_480, number === 106 ? '11:00:00' : '10:00:00')) as [Trade, Trade, Trade, Trade, Trade, Trade]
  const ours = ({ outTradeNo, transactionId, createdAtMs, paidAtMs }: Trade) => ({ outTradeNo, transactionId, createdAtMs, paidAtMs, fen: 12_480 })
  entries.push(payment(amount), payment(late), payment(unknown), { ...payment(fee), feeFen: 175 }, payment(second))
  orders.push(
    { ...ours(amount), fen: 12_470, paidFen: 12_470 }, { ...ours(late), state: 'closed' as const, transactionId: null, paidAtMs: null }, ours(missing), ours(fee),
    { ...ours(second), billId: `B-${fee.outTradeNo}`, prepaidFen: 12_480 },
  )
  return { bill: wechatText(entries), orders }
}

/** The server as its process runs it, on a real database with a seeded day. */
async function startCentre() {
  const folder = mkdtempSync(join(tmpdir(), 'finance-'))
  const port = await freePort(0)
  const origin = `http://127.0.0.1:${port}`
  const config = parseConfig({ dataDir: folder, https: { host: '127.0.0.1', port: 0 }, loopbackHttp: { port } }, join(folder, 'server.json'))
  const deps = { config, log: pino({ level: 'silent' }), clock: systemClock, random: systemRandom, ids: createIdSource({ clock: systemClock, random: systemRandom }) }
  for (const [login, role] of Object.entries(USERS)) await createUser(deps, { login, display: login, role: [...role], estate: [] }, Readable.from([`${PASSWORD}\n`]))
  const { bill, orders } = seededDay()
  await withDatabase(deps, (db) => db.transact(async (tx) => {
    await tx.estate.create({ data: { id: 'jh', name: '示例·江海花园', district: '江海区', createdAtMs: 1n } })
    for (const order of orders) await putOrder(tx, order)
    // Paid just now, for a bill: it can be given back.
    const nowMs = systemClock.wallMs()
    await putOrder(tx, { outTradeNo: REFUNDABLE, fen: 10_000, transactionId: REFUNDABLE, createdAtMs: nowMs, paidAtMs: nowMs })
    const parts = JSON.stringify([{ billId: 'b', householdId: 'h-1', receivable: 'rent-receivable', fen: 10_000 }])
    await tx.payOrder.update({ where: { outTradeNo: REFUNDABLE }, data: { parts } })
  }))
  const server = await startServer(deps)
  return {
    origin, bill,
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
