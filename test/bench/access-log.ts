import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { systemRandom } from '#kernel/random.js'
import { addTallies, insertPassages } from '../../server/access-log/access-event-repository.js'
import { countPassages } from '../../server/access-log/access-log-repository.js'
import { createAccessLogService } from '../../server/access-log/access-log-service.js'
import { EXPORT_ROWS_MAX } from '../../server/access-log/export-rules.js'
import { createFiguresService } from '../../server/access-log/figures-service.js'
import { talliesOf } from '../../server/access-log/figure-rules.js'
import type { AccessLogQuery } from '../../server/access-log/schemas.js'
import { createRunChange } from '../../server/audit/change.js'
import type { Caller, EstateScope } from '../../server/auth/roles.js'
import { openDatabase } from '../../server/db/client.js'
import { migrate } from '../../server/db/migrate.js'
import type { Database, Tx } from '../../server/db/transaction.js'
import { packageRoot } from '../../server/package-root.js'
import { combinations } from './access-log/filters.js'
import { ESTATES, LAST_MS, type MadePassage, estateOf, passages } from './access-log/passages.js'
import { round, spread } from './timing.js'

const BATCH_ROWS = 500
const TARGET_MS = 200
const DAY_MS = 86_400_000
const auditor: Caller = { userId: '01940000-0000-7000-8000-000000000001', loginName: 'bench', displayName: 'bench', grants: [{ role: 'estate-manager', estateId: '*' }] }
/** As an administrator of the city sees it, and as somebody of three estates does. */
const SCOPES: Readonly<Record<string, EstateScope>> = { all: 'all', three: [0, 4, 10].map(estateOf) }

/** Rows as an upload brings them: a batch of one gateway is one transaction, its figures counted with it. */
async function fill(db: Database, rows: number): Promise<{ rowsPerSecond: number; batchMs: ReturnType<typeof spread> }> {
  const waiting = new Map<string, MadePassage[]>()
  const batchMs: number[] = []
  const store = async (estateId: string, batch: readonly MadePassage[]): Promise<void> => {
    const since = performance.now()
    await db.transact(async (tx) => {
      const origin = { gatewayId: batch[0]?.record.place.gatewayId ?? '', estateId }
      const fresh = await insertPassages(tx, origin, batch.map(({ record }) => record))
      const { tallies, waits } = talliesOf(fresh.map((record) => record.body))
      await addTallies(tx, origin, tallies, waits)
    })
    batchMs.push(performance.now() - since)
  }
  for (const made of passages(rows)) {
    const batch = waiting.get(made.estateId) ?? []
    waiting.set(made.estateId, batch)
    if (batch.push(made) === BATCH_ROWS) {
      await store(made.estateId, batch)
      waiting.delete(made.estateId)
    }
  }
  for (const [estateId, batch] of waiting) await store(estateId, batch)
  return { rowsPerSecond: round(rows / (batchMs.reduce((sum, ms) => sum + ms, 0) / 1_000)), batchMs: spread(batchMs) }
}

/** A database that also notes how each raw statement would be carried out. */
function explained(read: Tx): { read: Tx; plans: Set<string> } {
  const plans = new Set<string>()
  const proxy = new Proxy(read, {
    get(target, key) {
      if (key !== '$queryRawUnsafe') return Reflect.get(target, key, target) as unknown
      return async (sql: string, ...values: unknown[]) => {
        for (const { detail } of await target.$queryRawUnsafe<Array<{ detail: string }>>(`EXPLAIN QUERY PLAN ${sql}`, ...values)) plans.add(detail)
        return target.$queryRawUnsafe(sql, ...values)
      }
    },
  })
  return { read: proxy, plans }
}

interface Slowest {
  readonly ms: number
  readonly scope: string
  readonly query: AccessLogQuery
}

/** The first page of every combination of filters with every mix of values, for both scopes, and the pages after it. */
async function measure(db: Database, rounds: number) {
  const change = createRunChange({ db, clock: systemClock })
  const log = createAccessLogService({ read: db.read, change })
  const { read, plans } = explained(db.read)
  const explaining = createAccessLogService({ read, change })
  const byCombination: Record<string, ReturnType<typeof spread>> = {}
  const next: number[] = []
  let slowest: Slowest = { ms: 0, scope: '', query: {} }
  for (const { name, queries } of combinations()) {
    const samples: number[] = []
    for (const query of queries) {
      for (const [scopeName, whole] of Object.entries(SCOPES)) {
        const scope = query.estateId === undefined ? whole : [query.estateId]
        for (let turn = 0; turn < rounds; turn++) {
          const since = performance.now()
          const page = await log.list(auditor, scope, query)
          const ms = performance.now() - since
          samples.push(ms)
          if (ms > slowest.ms) slowest = { ms: round(ms), scope: scopeName, query }
          if (turn > 0 || page.older === null) continue
          const nextSince = performance.now()
          await log.list(auditor, scope, { ...query, before: page.older })
          next.push(performance.now() - nextSince)
        }
      }
    }
    await explaining.list(auditor, 'all', queries[0] ?? {})
    byCombination[name] = spread(samples)
  }
  return { byCombination, next: spread(next), slowest, plans: [...plans].sort() }
}

/** Figures of the latest quarter, and how many passages an export would have. */
async function measureFigures(db: Database, rounds: number) {
  const figures = createFiguresService({ read: db.read })
  const samples: { figures: number[]; count: number[] } = { figures: [], count: [] }
  for (let turn = 0; turn < rounds * 3; turn++) {
    const since = performance.now()
    await figures.passages('all', { fromMs: LAST_MS - 90 * DAY_MS, toMs: LAST_MS })
    samples.figures.push(performance.now() - since)
    const countSince = performance.now()
    await countPassages(db.read, 'all', {}, EXPORT_ROWS_MAX + 1)
    samples.count.push(performance.now() - countSince)
  }
  return { figuresMs: spread(samples.figures), countMs: spread(samples.count) }
}

/** Searches of the access log at `rows` passages on SQLite: the first page of every combination of filters, and what a row costs to store. */
export async function benchAccessLog({ rows, rounds }: { rows: number; rounds: number }) {
  const folder = await mkdtemp(join(tmpdir(), 'smart-estates-bench-'))
  try {
    const url = `file:${join(folder, 'server.db')}`
    const ids = createIdSource({ clock: systemClock, random: systemRandom })
    await migrate({ url, folder: join(packageRoot(), 'prisma/sqlite/migrations'), clock: systemClock, ids })
    const db = await openDatabase(url)
    try {
      for (let index = 0; index < ESTATES; index++) {
        await db.transact((tx) => tx.estate.create({ data: { id: estateOf(index), name: estateOf(index), district: 'x', createdAtMs: 0n } }))
      }
      const insert = await fill(db, rows)
      const { byCombination, ...found } = await measure(db, rounds)
      const worst = Object.entries(byCombination).sort(([, a], [, b]) => b.p95 - a.p95)
      return {
        rows, bytes: (await stat(join(folder, 'server.db'))).size, insert, targetMs: TARGET_MS, combinations: worst.length,
        ...await measureFigures(db, rounds),
        overTarget: worst.filter(([, figures]) => figures.p95 > TARGET_MS).map(([name]) => name), ...found, byCombination: Object.fromEntries(worst),
      }
    } finally {
      await db.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
