import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { systemRandom } from '#kernel/random.js'
import { createRunChange } from '../../server/audit/change.js'
import { createRunService } from '../../server/billing/run-service.js'
import { openDatabase } from '../../server/db/client.js'
import { migrate } from '../../server/db/migrate.js'
import type { Database } from '../../server/db/transaction.js'
import { balances, verifyLedger } from '../../server/ledger/ledger-service.js'
import { packageRoot } from '../../server/package-root.js'
import { fillEstate } from './billing/estate.js'
import { round } from './timing.js'

const ESTATE = 'bench'
const TARGET_MS = 30_000

const seconds = async <T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> => {
  const since = performance.now()
  const value = await work()
  return { ms: round(performance.now() - since), value }
}

/** What the books and the bills say of the same thing, each by its own sum. */
async function proof(db: Database): Promise<object> {
  const [sums] = await db.read.$queryRawUnsafe<Array<Record<string, bigint | number>>>(
    'SELECT count(*) AS bills, sum("totalFen") AS totalFen, (SELECT sum("openFen") FROM "BillPart" WHERE "receivable" = \'rent-receivable\') AS openFen, ' +
    '(SELECT sum("fen") FROM "BillLine") AS linesFen, (SELECT count(DISTINCT "householdId") FROM "Bill") AS households FROM "Bill"')
  const booked = (await balances(db.read, [ESTATE], '2099-12-31')).filter((row) => row.balanceFen !== 0).map(({ account, balanceFen }) => [account, balanceFen])
  return { ...Object.fromEntries(Object.entries(sums ?? {}).map(([name, value]) => [name, Number(value)])), booked: Object.fromEntries(booked), ledger: await verifyLedger(db.read) }
}

/**
 * A month's bills of an estate by the server's own path: previewed, issued, posted, committed in a fresh SQLite file, then
 * issued again, which must add nothing.
 */
export async function benchBilling(options: { households: number }): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-billing-'))
  const url = `file:${join(folder, 'server.db')}`
  const ids = createIdSource({ clock: systemClock, random: systemRandom })
  await migrate({ url, folder: join(packageRoot(), 'prisma/sqlite/migrations'), clock: systemClock, ids })
  const db = await openDatabase(url)
  try {
    await fillEstate(db, ids, ESTATE, options.households)
    const runs = createRunService({ read: db.read, change: createRunChange({ db, clock: systemClock }), clock: systemClock, ids })
    const preview = await seconds(() => runs.preview('maker', ESTATE, '2026-09'))
    const issue = await seconds(() => runs.issue('checker', preview.value.runId))
    const again = await runs.preview('maker', ESTATE, '2026-09')
    const { problems: _problems, before: _before, ...figures } = preview.value.figures
    return {
      households: options.households, previewMs: preview.ms, issueMs: issue.ms, totalMs: round(preview.ms + issue.ms), targetMs: TARGET_MS,
      billsPerSecond: round(issue.value.issuedBills / (issue.ms / 1_000)), issuedBills: issue.value.issuedBills, figures, leftForSecondRun: again.figures.bills,
      databaseMiB: round((await stat(join(folder, 'server.db'))).size / 2 ** 20), proof: await proof(db),
    }
  } finally {
    await db.close()
    await rm(folder, { recursive: true })
  }
}
