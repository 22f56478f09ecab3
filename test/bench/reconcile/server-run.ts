import { createReadStream } from 'node:fs'
import { pino } from 'pino'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { systemRandom } from '#kernel/random.js'
import { createRunChange } from '../../../server/audit/change.js'
import { openDatabase } from '../../../server/db/client.js'
import { createBatchService } from '../../../server/reconciliation/batch/batch-service.js'
import { createBillFiles } from '../../../server/reconciliation/batch/bill-files.js'
import { createBillWork } from '../../../server/reconciliation/batch/bill-work.js'
import { DATE, MERCHANT } from './day.js'

/** A process of its own: a bill from its file into committed cases by the services of the server, with its longest pause and its memory. */
const [url = '', billFile = '', folder = ''] = process.argv.slice(2)
const db = await openDatabase(url)
const change = createRunChange({ db, clock: systemClock })
const work = createBillWork(url)
const batches = createBatchService({
  read: db.read, change, work, files: createBillFiles({ folder, ids: createIdSource({ clock: systemClock, random: systemRandom }) }),
  holidays: async () => new Map(),
  runtime: { clock: systemClock, log: pino({ level: 'warn' }) },
})
let longestPauseMs = 0
let before = performance.now()
const watch = setInterval(() => {
  const now = performance.now()
  longestPauseMs = Math.max(longestPauseMs, now - before - 10)
  before = now
}, 10)
const since = performance.now()
const cpuBefore = process.cpuUsage()
const bill = { channel: 'wechat', merchantId: MERCHANT, billDate: DATE, kind: 'trade', fileName: 'bill.csv', sha1: null } as const
const batch = await batches.take('bench', bill, createReadStream(billFile))
const totalMs = performance.now() - since
const { user, system } = process.cpuUsage(cpuBefore)
clearInterval(watch)
const again = process.argv[5] === 'again' ? await batches.rematch('bench', batch.batchNo) : batch
await work.stop()
await db.close()
process.stdout.write(`${JSON.stringify({
  totalMs, longestPauseMs, cpuMs: (user + system) / 1_000, rssMiB: process.resourceUsage().maxRSS / 1_024, state: batch.state, finding: batch.finding, gapFen: batch.figures?.gapFen ?? null,
  classes: batch.figures?.match?.classes ?? null, digest: batch.digest, digestAgain: again.digest,
})}\n`)
