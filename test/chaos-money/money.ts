import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openSandboxKeys } from '../../firmware-sim/channel/sandbox-keys.js'
import { systemClock } from '../../gateway/kernel/clock.js'
import { createIdSource } from '../../gateway/kernel/ids.js'
import { systemRandom } from '../../gateway/kernel/random.js'
import { verifyAuditChain } from '../../server/audit/audit-log.js'
import { openDatabase } from '../../server/db/client.js'
import { migrate } from '../../server/db/migrate.js'
import type { Database } from '../../server/db/transaction.js'
import { verifyLedger } from '../../server/ledger/ledger-service.js'
import { packageRoot } from '../../server/package-root.js'
import { memoryFolder } from '../support/run-folders.js'
import { type RunOutcome, runOnce } from './run.js'
import { type MerchantKeys, readMerchantKeys } from './server-side.js'

export interface MoneyOptions {
  /** Of the first run; the next runs have the next ones. */
  readonly seed: number
  readonly runs: number
  /** Ends with the first run that breaks something. */
  readonly first?: boolean
  readonly onLine: (line: string) => void
}

export interface MoneySummary {
  readonly campaign: 'money'
  readonly seed: number
  readonly runs: number
  readonly clean: number
  readonly violations: ReadonlyArray<{ readonly seed: number; readonly what: readonly string[]; readonly history: readonly string[] }>
  /** Over all runs: steps, faults, kills by place, refusals by code. */
  readonly counts: Readonly<Record<string, number>>
  /** Over all that happened: one seed, one digest. */
  readonly digest: string
  readonly virtualHours: number
  readonly journals: number
  readonly seconds: number
}

/** A killed process keeps what was committed wherever its file lies; in memory nobody waits for a disk. */
const scratch = (name: string): Promise<string> => mkdtemp(join(memoryFolder(), name))

/** Runs on one database: its books are proved from the first entry to the last at the end of each. */
const RUNS_PER_DATABASE = 50
/** Zones that processes run in; the money's day is Beijing's in all of them. */
const ZONES = ['UTC', 'America/New_York', 'Asia/Shanghai', 'Pacific/Kiritimati'] as const

async function withDatabase<T>(folder: string, work: (db: Database) => Promise<T>): Promise<T> {
  const url = `file:${join(folder, 'server.db')}`
  await migrate({ url, folder: join(packageRoot(), 'prisma/sqlite/migrations'), clock: systemClock, ids: createIdSource({ clock: systemClock, random: systemRandom }) })
  const db = await openDatabase(url)
  try {
    return await work(db)
  } finally {
    await db.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function inZone<T>(zone: string, work: () => Promise<T>): Promise<T> {
  const before = process.env['TZ']
  process.env['TZ'] = zone
  try {
    return await work()
  } finally {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  }
}

interface Batch {
  readonly outcomes: ReadonlyArray<{ readonly seed: number; readonly outcome: RunOutcome }>
  readonly journals: number
  readonly broken: readonly string[]
}

const runBatch = (keys: MerchantKeys, seeds: readonly number[], first: boolean, folder: string): Promise<Batch> => withDatabase(folder, async (db) => {
  const outcomes: Array<Batch['outcomes'][number]> = []
  for (const seed of seeds) {
    if (first && outcomes.some(({ outcome }) => outcome.violations.length > 0)) break
    const zone = ZONES[Math.abs(seed) % ZONES.length] ?? 'UTC'
    outcomes.push({ seed, outcome: await inZone(zone, () => runOnce({ db, keys, seed, estateId: `e${seed}` })) })
  }
  const [books, audit] = [await verifyLedger(db.read), await verifyAuditChain(db.read)]
  const broken = [
    ...(books.brokenAtSeq === null && books.wrongSums === 0 ? [] : [`the books do not hold: ${JSON.stringify(books)}`]),
    ...(audit.brokenAtSeq === null ? [] : [`the audit log breaks at ${audit.brokenAtSeq}`]),
  ]
  return { outcomes, journals: books.journals, broken }
})

/**
 * Payments under every fault: the real services on real SQLite against the channels' sandbox in one process, on a virtual clock.
 * One seed is one history; where something does not hold, its line says the seed.
 */
export async function runMoney({ seed, runs: runsWanted, first = false, onLine }: MoneyOptions): Promise<MoneySummary> {
  const since = systemClock.monoMs()
  const keyFolder = await scratch('chaos-money-keys-')
  const keys = await readMerchantKeys(keyFolder, await openSandboxKeys(keyFolder, systemClock.wallMs()))
  const violations: Array<MoneySummary['violations'][number]> = []
  const counts: Record<string, number> = {}
  const digest = createHash('sha256')
  let [runs, journals, ms] = [0, 0, 0]
  try {
    for (let from = 0; from < runsWanted && !(first && violations.length > 0); from += RUNS_PER_DATABASE) {
      const seeds = Array.from({ length: Math.min(RUNS_PER_DATABASE, runsWanted - from) }, (_, at) => seed + from + at)
      const batch = await runBatch(keys, seeds, first, await scratch('chaos-money-'))
      runs += batch.outcomes.length
      journals += batch.journals
      for (const { seed: one, outcome } of batch.outcomes) {
        ms += outcome.ms
        digest.update(`${one}\n${outcome.history.join('\n')}\n`)
        for (const [name, value] of Object.entries(outcome.counts)) counts[name] = (counts[name] ?? 0) + value
        if (outcome.violations.length === 0) continue
        violations.push({ seed: one, what: outcome.violations, history: outcome.history })
        onLine(`seed ${one}: ${outcome.violations.join('; ')}\n  again: npm run chaos -- --campaign money --seed ${one} --runs 1`)
      }
      if (batch.broken.length > 0) violations.push({ seed: seed + from, what: batch.broken, history: [`runs ${seed + from} to ${seed + from + seeds.length - 1}`] })
      onLine(`${runs} of ${runsWanted} runs, ${violations.length} with violations`)
    }
  } finally {
    await rm(keyFolder, { recursive: true, force: true })
  }
  const sorted = Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
  return {
    campaign: 'money', seed, runs, clean: runs - new Set(violations.map((one) => one.seed)).size, violations, counts: sorted,
    digest: digest.digest('hex'), virtualHours: Math.round(ms / 360_000) / 10, journals, seconds: Math.round((systemClock.monoMs() - since) / 100) / 10,
  }
}
