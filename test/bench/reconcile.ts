import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { systemRandom } from '#kernel/random.js'
import { migrate } from '../../server/db/migrate.js'
import { packageRoot } from '../../server/package-root.js'
import { type Truth, writeDay } from './reconcile/day.js'
import { round } from './timing.js'

interface ServerRun {
  readonly totalMs: number
  readonly longestPauseMs: number
  readonly cpuMs: number
  readonly rssMiB: number
  readonly state: string
  readonly finding: unknown
  readonly gapFen: number | null
  readonly digest: string
  readonly digestAgain: string
}
interface ReadBack {
  readonly classes: Record<string, string[]>
  readonly rows: number
  readonly state: string
}

const TARGETS: Readonly<Record<number, { ms: number; rssMiB: number }>> = { 20_000: { ms: 2_000, rssMiB: 300 }, 1_000_000: { ms: 20_000, rssMiB: 300 } }
/** Classes that explain themselves. */
const SETTLED = new Set(['CROSS_DAY', 'MATCHED_NEXT_DAY'])

async function inProcess<T>(script: string, args: readonly string[]): Promise<T> {
  const path = fileURLToPath(new URL(`./reconcile/${script}.js`, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args], { maxBuffer: 256 * 2 ** 20 })
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as T
}

/** Truth and cases side by side. */
export function judge(truth: Truth, classes: Readonly<Record<string, readonly string[]>>) {
  const found = new Map(Object.entries(classes).filter(([code]) => !SETTLED.has(code)).map(([code, references]) => [code, new Set(references)]))
  const named = new Set([...found.values()].flatMap((references) => [...references]))
  const wrong = Object.entries(truth.faults).flatMap(([code, references]) => references.map((reference) => ({ code, reference })))
  const expected = new Map(Object.entries(truth.faults).map(([code, references]) => [code, new Set(references)]))
  // An order under another number is told with the channel's number; nothing else is.
  const needless = [...found].flatMap(([code, references]) => [...references].filter((reference) => expected.get(code)?.has(reference) !== true))
  return {
    faults: wrong.length,
    /** Told by the right class. */
    foundRightly: wrong.filter(({ code, reference }) => found.get(code)?.has(reference) === true).length,
    /** Taken for the same although something is wrong. */
    falseMatches: wrong.filter(({ reference }) => !named.has(reference)).length,
    needless: needless.length,
    autoMatchPercent: round(((truth.matchable - new Set(needless).size) / truth.matchable) * 100),
  }
}

/** A made-up day by the server's own path, read back by another process, beside a plain join in SQL over the same data. */
export async function benchReconcile(options: { rows: number; seed: number; again: boolean }): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-reconcile-'))
  const databaseFile = join(folder, 'server.db')
  const url = `file:${databaseFile}`
  const billFile = join(folder, 'bill.csv')
  try {
    const ids = createIdSource({ clock: systemClock, random: systemRandom })
    await migrate({ url, folder: join(packageRoot(), 'prisma/sqlite/migrations'), clock: systemClock, ids })
    const truth = await writeDay({ rows: options.rows, seed: options.seed, billFile, databaseFile })
    const billMiB = round((await stat(billFile)).size / 2 ** 20)
    const join1 = await inProcess<{ totalMs: number; loadedMs: number; cpuMs: number; rssMiB: number; classes: object }>('sql-join', [databaseFile, billFile, join(folder, 'scratch.db')])
    const server = await inProcess<ServerRun>('server-run', [url, billFile, join(folder, 'bills'), options.again ? 'again' : 'once'])
    const back = await inProcess<ReadBack>('read-back', [url])
    const { totalMs, longestPauseMs, cpuMs, rssMiB, digest, digestAgain, state, finding, gapFen } = server
    return {
      rows: truth.rows, billMiB, targets: TARGETS[options.rows] ?? null,
      server: { ms: round(totalMs), cpuMs: round(cpuMs), rowsPerSecond: Math.round(truth.rows / (totalMs / 1_000)), rssMiB: round(rssMiB), longestPauseMs: round(longestPauseMs), state, finding, gapFen,
        ...(options.again ? { sameAgain: digest === digestAgain } : {}) },
      readBack: { rows: back.rows, state: back.state, cases: Object.fromEntries(Object.entries(back.classes).map(([code, references]) => [code, references.length])) },
      judged: judge(truth, back.classes),
      plainJoin: { ms: round(join1.totalMs), loadMs: round(join1.loadedMs), cpuMs: round(join1.cpuMs), rssMiB: round(join1.rssMiB), classes: join1.classes, serverToPlain: round(totalMs / join1.totalMs) },
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
