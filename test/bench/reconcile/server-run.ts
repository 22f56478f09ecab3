import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { type Clock, systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { systemRandom } from '#kernel/random.js'
import { createRunChange } from '../../../server/audit/change.js'
import { openDatabase } from '../../../server/db/client.js'
import { createBankService } from '../../../server/reconciliation/bank/bank-service.js'
import { createSettlementPosting } from '../../../server/reconciliation/bank/settlement-posting.js'
import { createBatchService } from '../../../server/reconciliation/batch/batch-service.js'
import { createBillFiles } from '../../../server/reconciliation/batch/bill-files.js'
import { createBillWork } from '../../../server/reconciliation/batch/bill-work.js'
import { createMerchantService } from '../../../server/reconciliation/merchant/merchant-register.js'
import { DATE, DAY_BEFORE, MERCHANT, dayStartMs } from './bill-text.js'
import { FILES } from './day.js'

/** A process of its own: a day's files into committed cases by the services of the server, with its longest pause and its memory. */
const [url = '', folder = '', ...wishes] = process.argv.slice(2)
const ACCOUNT = '6222-0001'
/** Two days later: settlements have come. */
const clock: Clock = { ...systemClock, wallMs: () => dayStartMs(DATE) + 58 * 3_600_000 }
const db = await openDatabase(url)
const change = createRunChange({ db, clock })
const work = createBillWork(url)
const files = createBillFiles({ folder: join(folder, 'kept'), ids: createIdSource({ clock, random: systemRandom }) })
const holidays = async () => new Map()
const batches = createBatchService({ read: db.read, change, work, files, holidays, runtime: { clock, log: pino({ level: 'warn' }) } })
const settled = createSettlementPosting({ read: db.read, change, work })
const bank = createBankService({ read: db.read, change, work, files, holidays, runtime: { clock, settled, settleHeld: async () => 0, suggest: async () => 0 } })

const bytesOf = (name: keyof typeof FILES) => createReadStream(join(folder, FILES[name]))
const take = (name: Exclude<keyof typeof FILES, 'bank'>, billDate: string) =>
  batches.take('bench', { channel: 'wechat', merchantId: MERCHANT, billDate, kind: name.startsWith('fund') ? 'fund' : 'trade', fileName: FILES[name], sha1: null }, bytesOf(name))

const withFund = wishes.includes('fund')
if (withFund) {
  await createMerchantService({ read: db.read, change }).put('bench', { channel: 'wechat', merchantId: MERCHANT, feePpm: null, bankAccount: ACCOUNT, settleDays: 1 })
  // The day before is small, and was looked at yesterday.
  await take('tradeBefore', DAY_BEFORE)
  await take('fundBefore', DAY_BEFORE)
}
let longestPauseMs = 0
let before = performance.now()
const watch = setInterval(() => {
  const now = performance.now()
  longestPauseMs = Math.max(longestPauseMs, now - before - 10)
  before = now
}, 10)

interface Step { readonly ms: number; readonly cpuMs: number; readonly rssMiB: number }
const steps: Record<string, Step> = {}
async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const since = performance.now()
  const cpuBefore = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(cpuBefore)
  steps[name] = { ms: performance.now() - since, cpuMs: (user + system) / 1_000, rssMiB: process.resourceUsage().maxRSS / 1_024 }
  return result
}

const trade = await step('trade', () => take('trade', DATE))
const fund = withFund ? await step('fund', () => take('fund', DATE)) : null
if (withFund) {
  await step('settlement', async () => {
    await bank.upload('bench', ACCOUNT, FILES.bank, bytesOf('bank'))
    await bank.match('bench')
  })
}
clearInterval(watch)
const again = wishes.includes('again') ? [await batches.rematch('bench', trade.batchNo), ...(fund === null ? [] : [await batches.rematch('bench', fund.batchNo)])] : []
await work.stop()
await db.close()
process.stdout.write(`${JSON.stringify({
  steps, longestPauseMs, findings: [trade, fund].flatMap((batch) => batch?.finding ?? []), gapFen: [trade, fund].map((batch) => batch?.figures?.gapFen ?? null),
  sameAgain: again.length === 0 ? null : again.every((batch, at) => batch.digest === [trade, fund][at]?.digest),
})}\n`)
